import { expect } from 'chai';
import { network } from '../../../local-cluster/layout.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import type { Problem } from '../../../src/crds/status.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { fakeKubelet, firewall, occupied, reconfigureKubelet, type Undo } from './node-faults.ts';
import { onNodes } from './on-nodes.ts';

/** Something that goes wrong, and what the status has to say of it. */
export interface Fault {
  /** As in "is named where ...". */
  where: string;
  reason: string;
  /** The nodes that have it; none where it is none of single nodes. */
  nodes?: string[];
  /** A part of what to do. */
  remedy: string;
  /** Fields of the spec, beside those that all have. It is made anew with each other spec. */
  spec?: object;
  /** Undefined: the spec itself is the fault. */
  inject?: (cluster: LocalCluster) => Promise<Undo>;
}

const inKubelet = 'tcp --dport 10250';
const onNode = (node: number) => ({ nodeSelector: { 'kubernetes.io/hostname': `node-${node}` } });
const [first, second] = [{ scheduling: onNode(1) }, { scheduling: onNode(2) }];

const ofOneNode = (fault: Omit<Fault, 'nodes' | 'spec'>): Fault => ({
  ...fault,
  nodes: ['node-2'],
  spec: first,
});

// metrics-server runs on node-1, and something is wrong with node-2; then other things.
export const faults: Fault[] = [
  ofOneNode({
    where: 'a kubelet does not check tokens',
    reason: 'KubeletUnauthorized',
    remedy: 'authentication.webhook.enabled: true',
    inject: (cluster) =>
      reconfigureKubelet(cluster, 2, { authentication: authentication({ anonymous: false }, cluster) }),
  }),
  ofOneNode({
    where: 'a kubelet takes everybody for anonymous',
    reason: 'KubeletForbidden',
    remedy: 'the API server grants it, so the kubelet does not ask the API server who that is',
    inject: (cluster) =>
      reconfigureKubelet(cluster, 2, { authentication: authentication({ anonymous: true }, cluster) }),
  }),
  ofOneNode({
    where: 'a firewall drops what is sent to a kubelet',
    reason: 'KubeletTimeout',
    remedy: 'open the port of the kubelets (10250) from pods to nodes',
    inject: (cluster) => firewall(cluster, 2, 'INPUT', `-p ${inKubelet} -j DROP`),
  }),
  ofOneNode({
    where: 'a firewall resets what is sent to a kubelet',
    reason: 'KubeletRefused',
    remedy: 'systemctl status kubelet',
    inject: (cluster) => firewall(cluster, 2, 'INPUT', `-p ${inKubelet} -j REJECT --reject-with tcp-reset`),
  }),
  ofOneNode({
    where: 'a firewall says that there is no such host',
    reason: 'KubeletNoRoute',
    remedy: 'see to the firewall of the node and the network of the cluster',
    inject: (cluster) =>
      firewall(cluster, 2, 'INPUT', `-p ${inKubelet} -j REJECT --reject-with icmp-host-unreachable`),
  }),
  ...fakes({
    404: ['KubeletNotFound', '"useNodeStatusPort":true'],
    500: ['KubeletServerError', 'journalctl -u kubelet'],
    plain: ['KubeletPlainHTTP', '"useNodeStatusPort":true'],
    hang: ['KubeletTimeout', 'Nothing answers in time'],
    garbage: ['ScrapeError', ''],
  }),
  {
    where: 'nodes are asked for by names that no DNS knows',
    reason: 'NodeAddressUnresolvable',
    nodes: ['node-1', 'node-2'],
    remedy: '"addressPriority":["InternalIP","Hostname"]',
    spec: { ...first, addressPriority: ['Hostname'] },
  },
  {
    where: 'the port of the kubelets is another',
    reason: 'KubeletRefused',
    nodes: ['node-1', 'node-2'],
    remedy: 'port 10270',
    spec: { ...first, kubelet: { port: 10_270, useNodeStatusPort: false } },
  },
  {
    where: 'no node fits',
    reason: 'Unschedulable',
    remedy: 'scheduler',
    spec: { scheduling: onNode(3) },
  },
  {
    where: 'something else has the port of metrics-server',
    reason: 'PortInUse',
    remedy: 'servingPort',
    spec: { scheduling: { ...onNode(1), hostNetwork: true } },
    inject: (cluster) => occupied(cluster, 1, 10_251),
  },
  {
    where: 'the memory is not enough',
    reason: 'OOMKilled',
    remedy: 'resources',
    spec: {
      ...first,
      resources: { mode: 'Fixed', requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '16Mi' } },
    },
  },
  {
    where: 'a firewall drops what the API server asks metrics-server',
    reason: 'AggregatorTimeout',
    remedy: 'scheduling.hostNetwork',
    spec: second,
    inject: (cluster) =>
      firewall(cluster, 1, 'OUTPUT', `-p tcp -d ${network.nodePods(2)} --dport 10250 -j DROP`),
  },
  {
    where: 'a firewall resets what the API server asks metrics-server',
    reason: 'AggregatorNoRoute',
    remedy: 'the control plane and the pods',
    spec: second,
    inject: (cluster) =>
      firewall(
        cluster,
        1,
        'OUTPUT',
        `-p tcp -d ${network.nodePods(2)} --dport 10250 -j REJECT --reject-with tcp-reset`,
      ),
  },
];

function fakes(
  all: Record<'404' | '500' | 'plain' | 'hang' | 'garbage', [reason: string, remedy: string]>,
): Fault[] {
  const kubelet = { port: 10_250, useNodeStatusPort: false };
  const does = ['404', '500', 'plain', 'hang', 'garbage'] as const;
  return does.map((what) => ({
    where: `what answers as a kubelet does this: ${what}`,
    reason: all[what][0],
    remedy: all[what][1],
    nodes: ['node-2'],
    spec: { ...first, kubelet },
    inject: (cluster) => fakeKubelet(cluster, 2, what),
  }));
}

function authentication({ anonymous }: { anonymous: boolean }, { state }: LocalCluster): object {
  const x509 = { clientCAFile: `${state}/pki/ca.crt` }; // kube-apiserver itself shows a certificate
  return { anonymous: { enabled: anonymous }, webhook: { enabled: false }, x509 };
}

// Wide: two scrapes, a log that is read every 15 s, and a machine that is busy.
const soonMs = 150_000;

/** Each fault in a test of its own, on one cluster of two nodes: it is named, with its nodes and what to do, and gone with its cause. */
export function namesEveryFault(
  suite: string,
  chosen: Fault[],
  { version, prepare }: { version: string; prepare?: (cluster: LocalCluster) => Promise<unknown> },
): void {
  const running = onNodes(suite, { nodes: 2, kubeletCertificates: 'cluster-ca', isInside: true });
  const base = {
    version,
    resolution: '10s',
    image: { repository: '127.0.0.1:5000/metrics-server/metrics-server' },
    upgrade: { onFailure: 'Report' },
  };
  before(() => prepare?.(running().cluster));
  const rows: string[] = [];
  const last: { spec?: string } = {};
  after(() => console.log(rows.map((row) => `      ${row}`).join('\n')));

  const isWell = () =>
    eventually(async () => {
      await expectCondition(running().cluster, 'Ready', { status: 'True', reason: 'Ready' });
      expect((await statusOf(running().cluster)).problems).to.equal(undefined);
    }, soonMs);
  /** With another spec it begins anew: that is quicker than to wait for a rollout, and nothing else serves. */
  const apply = async (spec: object) => {
    const { cluster } = running();
    if (last.spec === JSON.stringify(spec)) return;
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--ignore-not-found']);
    await eventually(
      async () =>
        expect(await get(cluster, '-n', 'kube-system', 'pods', '-l', 'k8s-app=metrics-server')).to.equal(
          undefined,
        ),
      90_000,
    );
    await applyYaml(cluster, configYaml({ ...base, ...spec }));
    last.spec = JSON.stringify(spec);
  };
  const named = async ({ reason, nodes, remedy }: Fault): Promise<Problem> => {
    const status = await statusOf(running().cluster);
    const said = JSON.stringify(status.problems);
    const problem = status.problems?.find((one) => one.reason === reason);
    if (problem === undefined)
      throw new Error(`${reason} is not said: ${said} ${JSON.stringify(status.conditions)}`);
    expect(problem.nodes, said).to.deep.equal(nodes);
    expect(`${problem.message} ${problem.remedy}`).to.include(remedy);
    return problem;
  };

  for (const fault of chosen) {
    it(`is ${fault.reason} where ${fault.where}`, async () => {
      const { cluster } = running();
      const isSpec = fault.inject === undefined || fault.reason === 'PortInUse';
      if (!isSpec) {
        await apply(fault.spec ?? {});
        await isWell();
      }
      const injecting = fault.inject?.(cluster);
      const undo = await injecting;
      const since = Date.now();
      if (isSpec) await apply(fault.spec ?? {});
      try {
        const { message } = await eventually(() => named(fault), soonMs);
        rows.push(
          `${fault.reason.padEnd(24)} after ${Math.round((Date.now() - since) / 1000)} s: ${message.slice(0, 160)}`,
        );
        const { Ready: ready } = Object.fromEntries(
          ((await statusOf(cluster)).conditions ?? []).map((one) => [one.type, one]),
        );
        expect(ready, 'one of two nodes is less than minNodesScraped').to.include({ status: 'False' });
      } finally {
        await undo?.();
      }
      if (fault.inject === undefined) return;
      const undone = Date.now();
      await isWell();
      rows.push(`${' '.repeat(24)} clear after ${Math.round((Date.now() - undone) / 1000)} s`);
    });
  }
}
