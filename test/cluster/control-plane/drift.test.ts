import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { connectAsAdmin } from '../../../local-cluster/admin.ts';
import { requestsByVerb } from '../../../local-cluster/audit.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { objectPath, referenceOf } from '../../../src/platform/paths.ts';
import { title } from '../../../src/resources/names.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { onControlPlane, sayReady } from './on-control-plane.ts';

/** What someone might do to an object of each kind, as a merge patch, and how it shows. */
const edits: Record<string, object> = {
  ServiceAccount: { metadata: { labels: { 'k8s-app': 'other' } } },
  ClusterRole: { rules: [] },
  ClusterRoleBinding: { subjects: [] },
  RoleBinding: { subjects: [] },
  Service: { spec: { selector: { app: 'other' } } },
  Deployment: { spec: { replicas: 3, template: { spec: { priorityClassName: 'other' } } } },
  Secret: { metadata: { labels: { 'k8s-app': 'other' } } },
  APIService: { spec: { groupPriorityMinimum: 1 } },
};

const titles = [
  'APIService v1beta1.metrics.k8s.io',
  'ClusterRole system:aggregated-metrics-reader',
  'ServiceAccount kube-system/metrics-server',
  'ClusterRole system:metrics-server',
  'ClusterRoleBinding system:metrics-server',
  'ClusterRoleBinding metrics-server:system:auth-delegator',
  'RoleBinding kube-system/metrics-server-auth-reader',
  'Service kube-system/metrics-server',
  'Deployment kube-system/metrics-server',
  'Secret kube-system/metrics-server-serving-ca',
  'Secret kube-system/metrics-server-serving-cert',
];

/** What the operator wants of an object, without what the API server and other writers add. */
function essence({
  metadata,
  ...rest
}: KubernetesObject & { status?: unknown; spec?: object; data?: object }): object {
  // A certificate is never made twice, and whom the API server trusts follows from it.
  const { status: _, spec: all, data: __, ...others } = rest;
  const { caBundle: ___, ...spec }: { caBundle?: unknown } = { ...all };
  // Defaults of the API server that a merge patch does not touch stay in; what it assigns anew to a new object does not.
  const { clusterIP: _a, clusterIPs: _b, ...kept } = Object.assign({ clusterIP: '', clusterIPs: [] }, spec);
  // A new APIService has not answered yet, and its hash says so.
  const notes = others.kind === 'APIService' ? ['metrics-server.io/served', 'metrics-server.io/applied'] : [];
  const foreign = ['example.com/', 'deployment.kubernetes.io/', ...notes];
  const ours = (all: Record<string, string> = {}) =>
    Object.entries(all).filter(([key]) => !foreign.some((prefix) => key.startsWith(prefix)));
  const [labels, annotations] = [ours(metadata?.labels).sort(), ours(metadata?.annotations).sort()];
  return { ...others, spec: kept, labels, annotations, ownerReferences: metadata?.ownerReferences };
}

describe('drift', function () {
  this.timeout(120_000);
  const running = onControlPlane('drift');

  const objectsNow = async () => {
    const { cluster, objects } = running();
    const apiService = await get(cluster, 'apiservice', 'v1beta1.metrics.k8s.io');
    return [...(await objects()), ...(apiService ? [apiService] : [])];
  };
  const live = async (wanted: string): Promise<KubernetesObject> => {
    const found = (await objectsNow()).find((one) => title(one) === wanted);
    if (found === undefined) throw new Error(`${wanted} does not exist`);
    return found;
  };
  const where = ({ kind = '', metadata }: KubernetesObject) => [
    ...(metadata?.namespace ? ['-n', metadata.namespace] : []),
    kind,
    metadata?.name ?? '',
  ];
  const patch = (object: KubernetesObject, change: object) =>
    running().cluster.kubectl(['patch', ...where(object), '--type=merge', '-p', JSON.stringify(change)]);
  /** Runs a disturbance, waits for the repair, and prints what it cost. */
  const repaired = async (
    wanted: string,
    what: string,
    disturb: (object: KubernetesObject) => Promise<unknown>,
  ) => {
    const { cluster } = running();
    const before = await live(wanted);
    const since = new Date();
    await disturb(before);
    const disturbedAt = Date.now();
    await eventually(async () => {
      expect(essence(await live(wanted))).to.deep.equal(essence(before));
    }, 10_000);
    const byVerb = await requestsByVerb(cluster.auditLog, { user: operatorUser, since });
    console.log(
      `      ${what}: seen repaired after ${Date.now() - disturbedAt} ms, ${JSON.stringify(byVerb)}`,
    );
  };

  /** A new CA has its steps, ten seconds apart, and each comes with the next look. */
  const isThrough = async () => {
    const written = await running().writes(new Date(Date.now() - 20_000));
    expect(written.filter(({ uri }) => !uri.includes('/status'))).to.deep.equal([]);
  };

  before(async () => {
    await applyYaml(running().cluster, configYaml());
    await sayReady(running().cluster);
    await eventually(async () => expect(await objectsNow()).to.have.length(titles.length), 30_000);
    await eventually(() => expectCondition(running().cluster, 'Applied', { status: 'True' }), 30_000);
  });

  /** Nothing serves here, so the registration would be withdrawn after a minute: the test says that it has answered once. */
  beforeEach(async () => {
    const annotations = async (): Promise<Record<string, string>> =>
      (await live('APIService v1beta1.metrics.k8s.io')).metadata?.annotations ?? {};
    const before = await annotations();
    if (before['metrics-server.io/served'] === 'true') return;
    await patch(await live('APIService v1beta1.metrics.k8s.io'), {
      metadata: { annotations: { 'metrics-server.io/served': 'true' } },
    });
    await eventually(async () => {
      const now = await annotations();
      expect(now['metrics-server.io/applied'], 'the operator has made it its own').not.to.equal(
        before['metrics-server.io/applied'],
      );
    }, 10_000);
  });

  for (const wanted of titles) {
    it(`is repaired in ${wanted}: edited, a label removed, garbage in our annotations, deleted`, async () => {
      const { cluster } = running();
      const edit = edits[wanted.split(' ')[0] ?? ''] ?? {};
      await repaired(wanted, 'edited', (object) => patch(object, edit));
      await repaired(wanted, 'label removed', (object) =>
        patch(object, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }),
      );
      const garbage = { 'metrics-server.io/applied': '{', 'metrics-server.io/owner': '\u0000?'.slice(1) };
      await repaired(wanted, 'garbage', (object) => patch(object, { metadata: { annotations: garbage } }));
      const uid = (await live(wanted)).metadata?.uid;
      await repaired(wanted, 'deleted', (object) => cluster.kubectl(['delete', ...where(object)]));
      expect((await live(wanted)).metadata?.uid).not.to.equal(uid);
      if (wanted.startsWith('Secret ')) await eventually(isThrough, 100_000);
    });

    it(`leaves what others add to ${wanted}`, async () => {
      const { writes } = running();
      const since = new Date();
      const mine = { annotations: { 'example.com/mine': 'kept' }, labels: { 'example.com/mine': 'kept' } };
      await patch(await live(wanted), { metadata: mine });
      await patch(await live(wanted), { metadata: { labels: { 'k8s-app': 'other' } } });
      await eventually(async () => {
        const { metadata } = await live(wanted);
        expect(metadata?.labels).to.include({ 'k8s-app': 'metrics-server', 'example.com/mine': 'kept' });
        expect(metadata?.annotations).to.include({ 'example.com/mine': 'kept' });
      }, 10_000);
      const written = (await writes(since)).filter(({ uri }) => !uri.includes('/status'));
      expect(written, 'one repair, nothing for what is not ours').to.have.length(1);
    });
  }

  it('of the time while the operator was down is repaired: everything deleted or re-created with an edit', async () => {
    const { cluster, stop, start } = running();
    await stop(); // also forgets what was corrected so far
    const before = (await objectsNow()).filter(({ kind }) => kind !== 'APIService'); // that comes and goes here
    for (const [index, object] of before.entries()) {
      if (index % 2 === 0) await cluster.kubectl(['delete', ...where(object)]);
      else await recreated(object);
    }
    start();
    await eventually(async () => {
      for (const object of before) expect(essence(await live(title(object)))).to.deep.equal(essence(object));
    }, 30_000);
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 30_000);
  });

  /** As `kubectl get -o yaml | kubectl replace --force` does, with an edit on the way. */
  const recreated = async (object: KubernetesObject) => {
    const { labels, annotations, ownerReferences, name, namespace } = object.metadata ?? {};
    const edited = { ...labels, 'k8s-app': 'other' };
    const metadata = { name, namespace, labels: edited, annotations, ownerReferences };
    await running().cluster.kubectl(['replace', '--force', '-f', '-'], {
      input: JSON.stringify({ ...object, metadata, status: undefined }),
    });
  };

  it('that comes back at once is corrected once a minute after five times, and its writer is named', async function () {
    this.timeout(360_000);
    const { cluster, writes, stop, start } = running();
    const service = ['-n', 'kube-system', 'service', 'metrics-server'];
    const since = new Date();
    const ending = new AbortController();
    const rival = (async () => {
      while (!ending.signal.aborted) {
        const labels = (await get(cluster, ...service))?.metadata?.labels;
        if (labels?.['app.kubernetes.io/name'] === 'rival') continue;
        const label = ['app.kubernetes.io/name=rival', '--overwrite', '--field-manager=rival'];
        await cluster.kubectl(['label', ...service, ...label]);
      }
    })();
    try {
      const { message } = await eventually(
        () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'DriftContested' }),
        90_000,
      );
      expect(message)
        .to.include('Service kube-system/metrics-server')
        .and.include('rival')
        .and.include('metadata.labels.app.kubernetes.io/name');
      await expectCondition(cluster, 'Stalled', { status: 'True' });
      const corrections = (await writes(since)).filter(
        ({ uri, code }) => uri.includes('/services/') && code === 200,
      );
      expect(corrections).to.have.length(5);
    } finally {
      ending.abort();
      await rival;
    }
    // The rival is gone: a minute after the last correction, and at the next look, the field is right.
    await eventually(async () => {
      const { metadata } = await live('Service kube-system/metrics-server');
      expect(metadata?.labels).to.include({ 'app.kubernetes.io/name': 'metrics-server' });
    }, 150_000);
    await stop(); // what is remembered of the fight, see past.ts, would only delay the next test
    start();
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 30_000);
  });

  it('under a storm of writes is told as Overtaken, and repaired when the storm is over', async function () {
    this.timeout(300_000);
    const { cluster } = running();
    const admin = connectAsAdmin(cluster);
    const deployment = await live('Deployment kube-system/metrics-server');
    const path = objectPath(referenceOf(deployment));
    const ending = new AbortController();
    const storm = Promise.all(
      [1, 2, 3, 4].map(async (writer) => {
        for (let round = 0; !ending.signal.aborted; round += 1) {
          const metadata = { annotations: { 'example.com/storm': `${writer}-${round}` } };
          await admin.send({
            method: 'PATCH',
            path,
            query: { fieldManager: 'storm' },
            contentType: 'application/merge-patch+json',
            body: { metadata, spec: { minReadySeconds: round, revisionHistoryLimit: 3, replicas: 2 } },
          });
        }
      }),
    );
    try {
      const { message } = await eventually(
        () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'Overtaken' }),
        60_000,
      );
      expect(message).to.include('Deployment kube-system/metrics-server').and.include('storm');
    } finally {
      ending.abort();
      await storm;
    }
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 180_000);
  });
});
