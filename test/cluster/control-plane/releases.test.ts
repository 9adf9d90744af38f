import type { V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { badReleases } from '../../crds/bad-releases.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { onControlPlane } from './on-control-plane.ts';

describe('releases of metrics-server', function () {
  this.timeout(120_000);
  const running = onControlPlane('releases');
  const deployment = () =>
    get<V1Deployment>(running().cluster, '-n', 'kube-system', 'deployment', 'metrics-server');
  const image = async () => (await deployment())?.spec?.template.spec?.containers[0]?.image;
  const settles = async (spec: object) => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml(spec));
    const generation = (await get(cluster, 'msc', 'metrics-server'))?.metadata?.generation;
    return await eventually(
      () => expectCondition(cluster, 'Accepted', { observedGeneration: generation }),
      30_000,
    );
  };

  it('are the one that is asked for, by the name of its image and by its flags', async () => {
    expect(await settles({ version: '0.6.4' })).to.include({ status: 'True' });
    const old = await eventually(async () => {
      const made = await deployment();
      expect(made).not.to.equal(undefined);
      return made;
    }, 30_000);
    expect(old?.spec?.template.spec?.containers[0]?.image).to.match(/:v0\.6\.4$/);
    expect(old?.spec?.template.spec?.containers[0]?.args?.join(' ')).not.to.include('request-timeout');
  });

  it('change when another one is asked for', async () => {
    await settles({ version: 'v0.8.1' });
    await eventually(async () => expect(await image()).to.match(/:v0\.8\.1$/), 30_000);
  });

  it('stay when none is asked for any more, and a newer one is recommended', async () => {
    expect(await settles({})).to.include({ status: 'True', reason: 'Valid' });
    expect(await image()).to.match(/:v0\.8\.1$/);
    expect(await statusOf(running().cluster)).to.deep.include({ recommendedVersion: '0.9.0' });
  });

  it('may be a patch that the operator does not know, with a warning', async () => {
    const { status, message } = await settles({ version: '0.9.17' });
    expect(status).to.equal('True');
    expect(message).to.equal(
      'This operator does not know the patch 0.9.17; it is run with what is known of the line 0.9.',
    );
    await settles({ version: '0.8.1' });
    await eventually(async () => expect(await image()).to.match(/:v0\.8\.1$/), 30_000);
  });

  for (const { when, spec, reason, says } of badReleases) {
    it(`are refused, and what runs is not touched, when ${when}`, async () => {
      const before = await deployment();
      const { status, reason: word, message } = await settles(spec);
      expect({ status, reason: word, message }).to.deep.equal({ status: 'False', reason, message: says });
      const { uid, generation } = (await deployment())?.metadata ?? {};
      expect({ uid, generation }).to.deep.equal({
        uid: before?.metadata?.uid,
        generation: before?.metadata?.generation,
      });
    });
  }

  it('go on after a refusal as if nothing had been', async () => {
    await settles({});
    await eventually(async () => expect(await image()).to.match(/:v0\.8\.1$/), 30_000);
    const all = await requests(running().cluster.auditLog, { user: operatorUser });
    expect(all.filter(({ code }) => code === 403)).to.deep.equal([]);
    expect(all.filter(({ uri }) => uri === '/version')).to.have.length(1);
  });
});
