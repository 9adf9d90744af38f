import type { V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { onControlPlane } from './on-control-plane.ts';

/** Specs that this cluster cannot carry out, each with the whole sentence that the user reads. Its Kubernetes is 1.36.3. */
const refusals = [
  {
    when: 'the line of the release is unknown',
    spec: { version: '0.12.0' },
    reason: 'UnknownVersion',
    says: 'spec.version: this operator does not know metrics-server 0.12.0; it knows the lines 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9.',
  },
  {
    when: "the release is not made for the cluster's Kubernetes",
    spec: { version: '0.3.7' },
    reason: 'UnsupportedKubernetes',
    says: 'spec.version: metrics-server 0.3.7 is made for Kubernetes 1.8 to 1.21, and this is 1.36.3. Made for it: 0.6, 0.7, 0.8, 0.9.',
  },
  {
    when: 'the release wants to read everything',
    spec: { version: 'v0.5.2' },
    reason: 'LegacyRelease',
    says: 'spec.version: metrics-server 0.5.2 reads all ConfigMaps and Namespaces, so it is deployed only where the operator was started with LEGACY_RELEASES=true. Lines that need no such right: 0.6, 0.7, 0.8, 0.9.',
  },
  {
    when: 'the release cannot select nodes',
    spec: { version: '0.6.4', nodes: { selector: { matchLabels: { a: 'b' } } } },
    reason: 'UnsupportedFlag',
    says: 'spec.nodes.selector: metrics-server 0.6.4 has no flag --node-selector, which is in 0.7.0 and later. Leave the field out, or choose such a release.',
  },
  {
    when: 'the release cannot be told how long a kubelet may take',
    spec: { version: '0.6.4', kubelet: { requestTimeout: '5s' } },
    reason: 'UnsupportedFlag',
    says: 'spec.kubelet.requestTimeout: metrics-server 0.6.4 has no flag --kubelet-request-timeout, which is in 0.7.0 and later. Leave the field out, or choose such a release.',
  },
  {
    when: 'the patch refuses all flags of the log',
    spec: { version: '0.6.0', logging: { verbosity: 2 } },
    reason: 'UnsupportedFlag',
    says: 'spec.logging.verbosity: metrics-server 0.6.0 has no flag --v, which is in 0.3.3 and later except 0.6.0. Leave the field out, or choose such a release.',
  },
  {
    when: 'the release cannot log JSON',
    spec: { version: '0.6.4', logging: { format: 'json' } },
    reason: 'UnsupportedFlag',
    says: 'spec.logging.format: metrics-server 0.6.4 has no flag --logging-format, which is in 0.7.0 and later. Leave the field out, or choose such a release.',
  },
  {
    when: 'an extra flag came with a later release',
    spec: { version: '0.7.2', extraFlags: { 'max-requests-inflight': '100' } },
    reason: 'UnsupportedFlag',
    says: 'spec.extraFlags.max-requests-inflight: metrics-server 0.7.2 has no flag --max-requests-inflight, which is in 0.8.0 and later. Leave the field out, or choose such a release.',
  },
  {
    when: 'an extra flag went before the release',
    spec: { extraFlags: { logtostderr: 'true' } },
    reason: 'UnsupportedFlag',
    says: 'spec.extraFlags.logtostderr: metrics-server 0.8.1 has no flag --logtostderr, which is in 0.3.3 until before 0.7.0 except 0.6.0. Leave the field out, or choose such a release.',
  },
];

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
    const old = await deployment();
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

  for (const { when, spec, reason, says } of refusals) {
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
