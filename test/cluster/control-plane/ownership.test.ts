import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { title } from '../../../src/resources/names.ts';
import { objects } from '../../../src/resources/objects.ts';
import { someSpec } from '../../crds/some-spec.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { grantRightsFor } from '../rights.ts';
import { onControlPlane, sayReady } from './on-control-plane.ts';

const refused = { status: 'False' as const, reason: 'ForeignObject' };
// The garbage collector learns of a new kind, such as ours, only every 30 s.
const collectedMs = 90_000;

function desired(config: string): KubernetesObject[] {
  return objects(config, someSpec());
}

const whereIs = ({ kind = '', metadata }: KubernetesObject) => [
  ...(metadata?.namespace ? ['-n', metadata.namespace] : []),
  kind,
  metadata?.name ?? '',
];

describe('ownership', function () {
  this.timeout(240_000);
  const running = onControlPlane('ownership');
  const api = ['apiservice', 'v1beta1.metrics.k8s.io'];

  const gone = async (config: string) => {
    const { cluster, objects } = running();
    await cluster.kubectl(['delete', 'msc', config, '--wait=false']);
    await eventually(async () => expect(await objects(config)).to.deep.equal([]), collectedMs);
    await eventually(async () => expect(await get(cluster, ...api)).to.equal(undefined), collectedMs);
  };

  for (const object of desired('metrics-server')) {
    it(`touches nothing where ${title(object)} is someone else's, and names object and manager`, async () => {
      const { cluster, writes } = running();
      // What Helm or kubectl would have made: the very object, without our marks.
      await cluster.kubectl(['create', '--field-manager=by-hand', '-f', '-'], {
        input: JSON.stringify(object),
      });
      const before = await get(cluster, ...whereIs(object));
      const since = new Date();
      await applyYaml(cluster, configYaml());
      const { message } = await eventually(() => expectCondition(cluster, 'Accepted', refused), 30_000);
      expect(message).to.include(title(object)).and.include('by-hand').and.include('nothing is touched');
      await expectCondition(cluster, 'Stalled', { status: 'True' });
      await expectCondition(cluster, 'Ready', { status: 'False', reason: 'ForeignObject' });
      expect(declared(await get(cluster, ...whereIs(object)))).to.deep.equal(declared(before));
      const written = (await writes(since)).filter(({ uri }) => !uri.includes('/status'));
      expect(written.map(({ uri }) => uri)).to.deep.equal([]);
      await cluster.kubectl(['delete', 'msc', 'metrics-server']);
      await cluster.kubectl(['delete', ...whereIs(object)]);
    });
  }

  it("leaves Kubernetes' own system:node alone for a config called node", async () => {
    const { cluster, writes } = running();
    await grantRightsFor(cluster, 'node');
    const before = await get(cluster, 'clusterrole', 'system:node');
    const since = new Date();
    await applyYaml(cluster, configYaml({}, 'node'));
    const { message } = await eventually(() => expectCondition(cluster, 'Accepted', refused, 'node'), 30_000);
    expect(message).to.include('ClusterRole system:node');
    expect(await get(cluster, 'clusterrole', 'system:node')).to.deep.equal(before);
    expect((await writes(since)).filter(({ uri }) => !uri.includes('/status'))).to.deep.equal([]);
    await cluster.kubectl(['delete', 'msc', 'node']);
  });

  it('leaves a real coredns alone for a config called coredns', async () => {
    const { cluster, writes } = running();
    await grantRightsFor(cluster, 'coredns');
    const labels = { 'k8s-app': 'kube-dns' };
    const containers = [{ name: 'coredns', image: 'registry.k8s.io/coredns/coredns:v1.12.0' }];
    const coredns = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'coredns', namespace: 'kube-system' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    };
    await cluster.kubectl(['create', '--field-manager=kubeadm', '-f', '-'], {
      input: JSON.stringify(coredns),
    });
    const before = await get(cluster, ...whereIs(coredns));
    const since = new Date();
    await applyYaml(cluster, configYaml({}, 'coredns'));
    const { message } = await eventually(
      () => expectCondition(cluster, 'Accepted', refused, 'coredns'),
      30_000,
    );
    expect(message).to.include('Deployment kube-system/coredns').and.include('kubeadm');
    expect(await get(cluster, ...whereIs(coredns))).to.deep.equal(before);
    expect((await writes(since)).filter(({ uri }) => !uri.includes('/status'))).to.deep.equal([]);
    await cluster.kubectl(['delete', 'msc', 'coredns']);
  });

  it('begins to work the moment the foreign object is gone', async () => {
    const { cluster } = running();
    const [foreign] = desired('metrics-server').filter(({ kind }) => kind === 'Service');
    if (foreign === undefined) throw new Error('no Service');
    await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(foreign) });
    await applyYaml(cluster, configYaml());
    await eventually(() => expectCondition(cluster, 'Accepted', refused), 30_000);
    await cluster.kubectl(['delete', ...whereIs(foreign)]);
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 10_000);
    await gone('metrics-server');
  });

  it('gives the metrics API to one of two configs of the same second, and to the next when it goes', async () => {
    const { cluster, objects } = running();
    await grantRightsFor(cluster, 'alpha');
    await grantRightsFor(cluster, 'zeta');
    await applyYaml(cluster, [configYaml({}, 'zeta'), configYaml({}, 'alpha')].join('\n---\n'));
    const [owner, other] = await eventually(async () => {
      const all = await Promise.all(
        ['alpha', 'zeta'].map(async (name) => ({ name, applied: await conditionOf(name, 'Applied') })),
      );
      const first = all.find(({ applied }) => applied?.status === 'True');
      const second = all.find(({ applied }) => applied?.reason === 'NotAccepted');
      if (first === undefined || second === undefined) throw new Error(JSON.stringify(all));
      return [first.name, second.name];
    }, 30_000);
    const { message } = await expectCondition(cluster, 'Accepted', { reason: 'Superseded' }, other);
    expect(message).to.include(`MetricsServerConfig ${owner}`);
    await eventually(async () => expect(await objects(owner)).to.have.length(10), 30_000);
    // The other one has made nothing: what exists under its names is the role that all share.
    expect((await objects(other)).map(({ metadata }) => metadata?.name)).to.deep.equal([
      'system:aggregated-metrics-reader',
    ]);
    await sayReady(cluster, owner);
    await eventually(async () => expect(await get(cluster, ...api)).not.to.equal(undefined), 30_000);

    await cluster.kubectl(['delete', 'msc', owner ?? '', '--wait=false']);
    await sayReady(cluster, other);
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }, other), collectedMs);
    await eventually(async () => {
      const apiService = await get(cluster, ...api);
      expect(apiService?.metadata?.ownerReferences?.[0]?.name).to.equal(other);
    }, 30_000);
    await gone(other ?? '');

    async function conditionOf(name: string, type: string) {
      return (await statusOf(cluster, name)).conditions?.find((one) => one.type === type);
    }
  });

  it('names the one right that is missing, and disturbs nothing that runs', async () => {
    const { cluster, writes } = running();
    await applyYaml(cluster, configYaml());
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 30_000);
    const role = ['-n', 'kube-system', 'role', 'metrics-server-operator'];
    const { rules = [] } = (await get<KubernetesObject & { rules?: Rule[] }>(cluster, ...role)) ?? {};
    const without = rules.map((rule) =>
      rule.resources.includes('deployments')
        ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'patch') }
        : rule,
    );
    const grant = (granted: Rule[]) =>
      cluster.kubectl(['patch', ...role, '--type=merge', '-p', JSON.stringify({ rules: granted })]);
    await grant(without);
    const since = new Date();
    await applyYaml(cluster, configYaml({ resolution: '30s' }));
    const { message } = await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'Forbidden' }),
      30_000,
    );
    expect(message).to.include('Deployment kube-system/metrics-server').and.include('config/rbac');
    expect(
      (await writes(since)).filter(({ code, uri }) => code < 300 && !uri.includes('/status')),
    ).to.deep.equal([]);
    await grant(rules);
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 90_000);
    await gone('metrics-server');
  });

  it('takes back what kubectl delete --cascade=orphan left, from a config of the same name', async () => {
    const { cluster, objects, writes } = running();
    await applyYaml(cluster, configYaml());
    await sayReady(cluster);
    await eventually(async () => expect(await get(cluster, ...api)).not.to.equal(undefined), 30_000);
    await eventually(async () => expect(await objects()).to.have.length(10), 60_000);
    const uids = async () => (await objects()).map(({ metadata }) => metadata?.uid);
    const before = await uids();
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--cascade=orphan']);
    const since = new Date();
    await applyYaml(cluster, configYaml());
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 30_000);
    expect(await uids()).to.deep.equal(before);
    for (const { kind, metadata } of await objects()) {
      expect(metadata?.ownerReferences, kind).to.have.length(1);
    }
    expect((await writes(since)).filter(({ verb }) => verb === 'delete')).to.deep.equal([]);
    await gone('metrics-server');
  });

  it('was refused nothing but the right that was taken away', async () => {
    const all = await requests(running().cluster.auditLog, { user: operatorUser });
    const refusals = all.filter(
      ({ code, uri }) => code === 403 && !uri.includes('/deployments/metrics-server'),
    );
    expect(refusals.map(({ verb, uri }) => `${verb} ${uri}`)).to.deep.equal([]);
  });
});

/** All of an object but what its own controller says of it, as the API server does of an APIService when it sees it. */
function declared(object: (KubernetesObject & { status?: unknown }) | undefined) {
  const { status: _, metadata, ...rest } = object ?? {};
  const { resourceVersion: _version, managedFields, ...marks } = metadata ?? {};
  return { ...rest, marks, managers: managedFields?.filter(({ subresource }) => subresource !== 'status') };
}

interface Rule {
  resources: string[];
  verbs: string[];
}
