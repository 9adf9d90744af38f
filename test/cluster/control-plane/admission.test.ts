import { join } from 'node:path';
import { expect } from 'chai';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { installOperator } from '../../../local-cluster/operator.ts';
import {
  type MetricsServerConfig,
  MetricsServerConfigSpec,
} from '../../../src/crds/metrics-server-config.ts';
import { badNames, badSpecs } from '../../crds/bad-input.ts';
import { badKubeletTls } from '../../crds/bad-kubelet-tls.ts';
import { badOptions } from '../../crds/bad-options.ts';
import { kstatus } from '../../kstatus.ts';
import { goldenConfigs } from '../../resources/golden-configs.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, get } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';

const samples = join(import.meta.dirname, '../../../config/samples');
const sample = join(samples, 'forbid-insecure.yaml');

const mirror = 'registry.example.com/google_containers/metrics-server';

interface GuardRail {
  policy: string;
  breaks: [object, ...object[]];
  says: string;
  fits: object[];
}

const guardRails: GuardRail[] = [
  {
    policy: 'allow-registries',
    breaks: [
      { image: { repository: 'docker.io/someone/metrics-server' } },
      { image: { mirrors: [mirror, 'docker.io/someone/metrics-server'] } },
      { image: { mirrors: ['registry.example.com.evil.test/metrics-server'], repository: mirror } },
    ],
    says: 'spec.image names ',
    fits: [{}, { image: { mirrors: [mirror] } }, { image: { repository: mirror } }],
  },
  {
    policy: 'minimum-resolution',
    breaks: [{ resolution: '10s' }, { resolution: '14s999ms' }],
    says: 'spec.resolution ',
    fits: [{}, { resolution: '15s' }, { resolution: '1m' }],
  },
];

/** What kubectl prints when the API server refuses a config; throws where it is accepted. */
async function refusal(cluster: LocalCluster, yaml: string): Promise<string> {
  const said = await applyYaml(cluster, yaml).catch((error: Error) => error.message);
  expect(await get(cluster, 'msc'), 'it must not be stored').to.equal(undefined);
  return said;
}

describe('the API server', function () {
  this.timeout(600_000); // the first run builds the API server
  let cluster: LocalCluster;

  before(async () => {
    cluster = await startControlPlane({ state: stateFolder('admission'), say: console.log });
    await installOperator(cluster);
  });
  after(() => cluster?.down());

  for (const { when, spec, says } of [...badSpecs, ...badOptions, ...badKubeletTls]) {
    it(`refuses a config when ${when}`, async () =>
      expect(await refusal(cluster, configYaml(spec))).to.include(says));
  }

  for (const name of badNames) {
    it(`refuses the name ${name}`, async () => {
      expect(await refusal(cluster, configYaml({}, name))).to.include('at most 40 characters');
    });
  }

  it('refuses an unknown field by name', async () => {
    expect(await refusal(cluster, configYaml({ resolutoin: '15s' }))).to.include(
      'unknown field "spec.resolutoin"',
    );
  });

  it('accepts every field at once', async () => {
    const everything = goldenConfigs.find(({ file }) => file === 'everything')?.spec;
    const spec = { ...everything, mode: 'Paused', health: { minNodesScraped: 3 }, deletionPolicy: 'Orphan' };
    expect(await applyYaml(cluster, configYaml(spec, 'all'))).to.include('created');
    expect(await get(cluster, 'msc', 'all'))
      .to.have.property('spec')
      .that.deep.equals(spec);
    await cluster.kubectl(['delete', 'msc', 'all']);
  });

  it('persists the same defaults as the operator uses, and explains every field', async () => {
    await applyYaml(cluster, configYaml());
    expect(await get(cluster, 'msc', 'metrics-server'))
      .to.have.property('spec')
      .that.deep.equals(MetricsServerConfigSpec.parse({}));
    expect(await cluster.kubectl(['explain', 'msc.spec', '--recursive'])).not.to.include('<no description>');
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
  });

  it('gives a config a status at once, so that kstatus does not take it for done', async () => {
    await applyYaml(cluster, configYaml());
    const config = await get<MetricsServerConfig>(cluster, 'msc', 'metrics-server');
    expect(config?.status).to.deep.equal({ observedGeneration: -1 });
    expect(config && kstatus(config)).to.equal('InProgress');
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
  });

  it('refuses to change the namespace', async () => {
    await applyYaml(cluster, configYaml());
    const change = applyYaml(cluster, configYaml({ namespace: 'default' }));
    expect(await change.catch((error: Error) => error.message)).to.include('namespace cannot be changed');
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
  });

  describe('with the sample that forbids insecure modes', () => {
    const selfSigned = { tls: { serving: { mode: 'SelfSigned' } } };
    const noSelfSigned =
      'spec.tls.serving.mode SelfSigned is forbidden in this cluster: leave the field out, and the operator keeps a certificate that the API server verifies';
    const by = "ValidatingAdmissionPolicy 'metrics-server-forbid-insecure'";

    before(async () => {
      await applyYaml(cluster, configYaml({ tls: { kubelet: { mode: 'Insecure' } } }, 'earlier'));
      await cluster.kubectl(['apply', '-f', sample]);
      await eventually(async () => {
        const asked = cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], {
          input: configYaml(selfSigned),
        });
        expect(await asked.catch((error: Error) => error.message)).to.include(by);
      }, 60_000);
    });

    it('one that was there before can be deleted, in the foreground, too', async () => {
      await cluster.kubectl(['delete', 'msc', 'earlier', '--cascade=foreground', '--wait=false']);
      const finalizers = JSON.stringify({ metadata: { finalizers: null } });
      await cluster.kubectl(['patch', 'msc', 'earlier', '--type=merge', '-p', finalizers]);
      expect(await get(cluster, 'msc', 'earlier')).to.equal(undefined);
    });

    const forbidden: Record<string, { spec: object; says: string }> = {
      'kubelets that are not verified': {
        spec: { tls: { kubelet: { mode: 'Insecure', acceptInsecureUntil: '2099-12-31' } } },
        says: "spec.tls.kubelet.mode Insecure is forbidden in this cluster: give the kubelets certificates of the cluster's CA and leave the field out, or name the CA that they have (CustomCA)",
      },
      'a certificate of its own': { spec: selfSigned, says: noSelfSigned },
    };
    for (const [what, { spec, says }] of Object.entries(forbidden)) {
      it(`refuses ${what}`, async () => {
        const said = await refusal(cluster, configYaml(spec));
        console.log(`      ${/denied request: .*/.exec(said)?.[0]}`);
        expect(said).to.include(by).and.include(`denied request: ${says}`);
      });
    }

    it('accepts what is verified, and refuses to change it', async () => {
      expect(await applyYaml(cluster, configYaml())).to.include('created');
      const change = applyYaml(cluster, configYaml(selfSigned));
      expect(await change.catch((error: Error) => error.message)).to.include(noSelfSigned);
      expect(await applyYaml(cluster, configYaml({ resolution: '30s' }))).to.include('configured');
      await cluster.kubectl(['delete', 'msc', 'metrics-server']);
    });
  });

  for (const { policy, breaks, says, fits } of guardRails) {
    describe(`with config/samples/${policy}.yaml`, () => {
      const by = `ValidatingAdmissionPolicy 'metrics-server-${policy}'`;
      const tried = (spec: object) =>
        cluster
          .kubectl(['apply', '--dry-run=server', '-f', '-'], { input: configYaml(spec) })
          .catch((error: Error) => error.message);

      before(async () => {
        await cluster.kubectl(['apply', '-f', join(samples, `${policy}.yaml`)]);
        await eventually(async () => expect(await tried(breaks[0])).to.include(by), 60_000);
      });
      after(() => cluster.kubectl(['delete', '-f', join(samples, `${policy}.yaml`)]));

      for (const spec of breaks) {
        it(`refuses ${JSON.stringify(spec)} with a sentence`, async () => {
          const said = await refusal(cluster, configYaml(spec));
          expect(said).to.include(by).and.include(`denied request: ${says}`);
        });
      }
      for (const spec of fits) {
        it(`accepts ${JSON.stringify(spec)}`, async () => expect(await tried(spec)).to.include('created'));
      }
    });
  }
});
