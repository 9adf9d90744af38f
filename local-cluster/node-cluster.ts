import { connectApi, exists } from './api.ts';
import { type Binaries, type BinaryName, ensureBinaries } from './binaries.ts';
import { downCluster, endRecorded } from './down.ts';
import { startFirstNode } from './first-node.ts';
import { type Layout, layout, nodeName } from './layout.ts';
import { kubectlOf, type LocalCluster } from './local-cluster.ts';
import { insideCommand, insideNetwork, namespacesName } from './namespaces.ts';
import { endNode, type NodeCluster, startFurtherNode } from './node.ts';
import { freePort } from './ports.ts';
import { ensurePrerequisites } from './prerequisites.ts';
import { isWhole, liveRecords } from './processes.ts';
import { type Say, silent, withElapsed } from './progress.ts';
import {
  claimState,
  type KubeletCertificates,
  type Mark,
  readMark,
  refuseForeignOwner,
  releaseState,
  writeMark,
} from './state.ts';

export type NodeClusterOptions = {
  state: string;
  /** How many nodes there shall be at least. */
  nodes: 1 | 2;
  kubeletCertificates: KubeletCertificates;
  say: Say;
  /** For tests: the cluster ends when this Node process does, however that happens. */
  diesWithParent?: boolean;
};

const programs: BinaryName[] = [
  'kube-apiserver',
  'etcd',
  'kubectl',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'crane',
  'metrics-server',
];

/** A cluster whose nodes run pods. One that already runs in this state folder is taken as it is. */
export async function startNodeCluster(options: NodeClusterOptions): Promise<LocalCluster> {
  const say = withElapsed(options.say);
  const paths = layout(options.state);
  await ensurePrerequisites('nodes', say);
  const bin = await ensureBinaries(programs, say);
  await refuseForeignOwner(paths);
  const mark = await readMark(paths);
  const running = mark === undefined ? undefined : await findRunning(paths, bin, mark);
  if (running !== undefined) {
    refuseOtherCertificates(running, options.kubeletCertificates);
    say(`the cluster in ${paths.state} is running`);
    await addMissingNodes(running, options.nodes, say);
  } else {
    if (mark !== undefined) {
      say(`removing a cluster that is not whole from ${paths.state}`);
      await downCluster(options.state, silent);
    }
    await create(paths, bin, { ...options, say });
  }
  return describe(paths, bin);
}

/** Adds node number n (2, 3 ...) to a running cluster, on a machine of its own as far as Kubernetes can tell. */
export async function addNode(cluster: LocalCluster, node: number): Promise<void> {
  await startFurtherNode(await connect(cluster), node);
}

/** Takes a node away at once, without draining it, and deletes its Node object. */
export async function removeNode(cluster: LocalCluster, node: number): Promise<void> {
  await endNode(await connect(cluster), node);
}

async function create(
  paths: Layout,
  bin: Binaries,
  { nodes, kubeletCertificates, say, diesWithParent = false }: NodeClusterOptions,
): Promise<void> {
  const apiPort = await freePort();
  const mark = { shape: { kind: 'nodes' as const, kubeletCertificates, diesWithParent }, apiPort };
  await claimState(paths, { ...mark, ready: false });
  try {
    const cluster = await startFirstNode({ paths, bin, kubeletCertificates, diesWithParent }, apiPort, say);
    await addMissingNodes(cluster, nodes, say);
    await writeMark(paths, { ...mark, ready: true });
  } catch (error) {
    await endRecorded(paths, () => true); // the logs stay, for whoever wants to know why
    throw error;
  } finally {
    await releaseState(paths);
  }
}

async function addMissingNodes(cluster: NodeCluster, wanted: number, say: Say): Promise<void> {
  const records = new Set((await liveRecords(cluster.paths)).map(({ name }) => name));
  for (let node = 2; node <= wanted; node++) {
    if (records.has(namespacesName(node))) continue;
    await startFurtherNode(cluster, node);
    say(`${nodeName(node)} is Ready`);
  }
}

/** A cluster counts as running when it was started to the end, all its components live and the API answers. */
async function findRunning(paths: Layout, bin: Binaries, mark: Mark): Promise<NodeCluster | undefined> {
  if (!mark.ready || mark.shape.kind !== 'nodes' || !(await isWhole(paths))) return undefined;
  const { kubeletCertificates, diesWithParent } = mark.shape;
  const api = await connectApi(paths, mark.apiPort);
  if (!(await exists(api, '/readyz'))) return undefined;
  return { paths, bin, api, kubeletCertificates, diesWithParent };
}

async function connect({ state, bin }: LocalCluster): Promise<NodeCluster> {
  const paths = layout(state);
  const mark = await readMark(paths);
  if (mark?.shape.kind !== 'nodes') throw new Error(`There is no cluster with nodes in ${state}.`);
  const { kubeletCertificates, diesWithParent } = mark.shape;
  return { paths, bin, api: await connectApi(paths, mark.apiPort), kubeletCertificates, diesWithParent };
}

function refuseOtherCertificates(
  { paths, kubeletCertificates }: NodeCluster,
  wanted: KubeletCertificates,
): void {
  if (kubeletCertificates === wanted) return;
  throw new Error(
    `The cluster in ${paths.state} runs with kubelet certificates "${kubeletCertificates}", not "${wanted}": ` +
      'end it first, or use another state folder.',
  );
}

function describe(paths: Layout, bin: Binaries): LocalCluster {
  return {
    kubeconfig: paths.kubeconfig,
    state: paths.state,
    auditLog: paths.auditLog,
    bin,
    kubectl: kubectlOf(paths, bin),
    inside: (command, node = 1) => insideCommand(paths, node, command),
    network: { within: (command) => insideNetwork(paths, 1, command), kubeconfig: paths.insideKubeconfig },
    down: async () => await downCluster(paths.state, silent),
  };
}
