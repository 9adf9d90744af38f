import { expect } from 'chai';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { grantRightsFor } from '../rights.ts';
import { onControlPlane, sayReady } from './on-control-plane.ts';

const api = ['apiservice', 'v1beta1.metrics.k8s.io'];
const service = ['-n', 'kube-system', 'service', 'metrics-server'];

/** A webhook that nobody serves, as when the policy engine of a cluster is down. */
const deadWebhook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'dead' },
  webhooks: [
    {
      name: 'dead.example.com',
      clientConfig: { url: 'https://127.0.0.1:9/validate' },
      rules: [
        {
          apiGroups: ['apps'],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['deployments'],
        },
      ],
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 2,
    },
  ],
};

describe('trouble that others make', function () {
  this.timeout(180_000);
  const running = onControlPlane('trouble');

  const registered = async (spec: object = {}, namespace = 'kube-system') => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml(spec));
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 120_000);
    await sayReady(cluster, 'metrics-server', namespace);
    await eventually(async () => expect(await get(cluster, ...api)).not.to.equal(undefined), 30_000);
  };

  it('a webhook that is down is told, keeps nothing else from being repaired, and is got over', async () => {
    const { cluster } = running();
    await registered();
    await applyYaml(cluster, JSON.stringify(deadWebhook));
    await applyYaml(cluster, configYaml({ resolution: '30s' }));
    const { message } = await eventually(
      () =>
        expectCondition(cluster, 'Applied', {
          status: 'False',
          reason: 'ServerError',
          observedGeneration: 2,
        }),
      30_000,
    );
    expect(message).to.include('Deployment kube-system/metrics-server').and.include('dead.example.com');
    await cluster.kubectl(['delete', ...service]);
    await eventually(async () => expect(await get(cluster, ...service)).not.to.equal(undefined), 30_000);
    await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'dead']);
    await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'True', observedGeneration: 2 }),
      30_000,
    );
  });

  it('a finalizer on a config that is deleted is named, and Ready does not stay True', async () => {
    const { cluster } = running();
    const finalizers = (all: string[]) =>
      cluster.kubectl([
        'patch',
        'msc',
        'metrics-server',
        '--type=merge',
        '-p',
        JSON.stringify({ metadata: { finalizers: all } }),
      ]);
    await finalizers(['example.com/backup']);
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    const { message } = await eventually(
      () => expectCondition(cluster, 'Ready', { status: 'False', reason: 'Deleting' }),
      30_000,
    );
    expect(message).to.include('example.com/backup');
    expect(await get(cluster, ...api)).to.equal(undefined);
    await finalizers([]);
    await eventually(async () => expect(await running().objects()).to.deep.equal([]), 120_000);
  });

  it('a namespace that is deleted takes the APIService along also while the release is unknown', async () => {
    const { cluster } = running();
    await cluster.kubectl(['create', 'namespace', 'metrics']);
    await grantRightsFor(cluster, 'metrics-server', 'metrics');
    await registered({ namespace: 'metrics' }, 'metrics');
    await applyYaml(cluster, configYaml({ namespace: 'metrics', version: '9.9.9' }));
    await eventually(
      () => expectCondition(cluster, 'Accepted', { status: 'False', reason: 'UnknownVersion' }),
      30_000,
    );
    expect(await get(cluster, ...api), 'what runs is not disturbed').not.to.equal(undefined);
    await cluster.kubectl(['delete', 'namespace', 'metrics', '--timeout=60s']);
    expect(await get(cluster, ...api)).to.equal(undefined);
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
  });

  it('an object that is deleted again and again is made again, at last once a minute, and that is told', async () => {
    const { cluster } = running();
    await eventually(async () => expect(await running().objects()).to.deep.equal([]), 120_000);
    await registered();
    for (let time = 1; time <= 5; time += 1) {
      await cluster.kubectl(['delete', ...service]);
      await eventually(async () => expect(await get(cluster, ...service)).not.to.equal(undefined), 10_000);
    }
    const { message } = await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'DriftContested' }),
      10_000,
    );
    expect(message).to.include('Service kube-system/metrics-server').and.include('keeps deleting it');
    const described = await cluster.kubectl(['describe', 'msc', 'metrics-server']);
    expect(described).to.match(/DriftCorrected.*was deleted and is made again/);
  });

  it('garbage in the annotations does not hide what was changed along with it', async () => {
    const { cluster } = running();
    const role = ['clusterrole', 'system:metrics-server'];
    const garbage = { metadata: { annotations: { 'metrics-server.io/applied': '{' } }, rules: [] };
    await cluster.kubectl(['patch', ...role, '--type=merge', '-p', JSON.stringify(garbage)]);
    await eventually(async () => {
      const described = await cluster.kubectl(['describe', 'msc', 'metrics-server']);
      expect(described).to.match(
        /DriftCorrected.*ClusterRole system:metrics-server: .*rules.*was changed by kubectl-patch/,
      );
    }, 10_000);
  });
});
