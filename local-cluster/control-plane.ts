import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectApi, defaultServiceAccount, exists } from './api.ts';
import { auditPolicy } from './audit.ts';
import { type Binaries, ensureControlPlaneBinaries } from './binaries.ts';
import { createCertificates, writeKubeconfig } from './certificates.ts';
import { apiserverCommand, controllerManagerCommand, etcdCommand } from './components.ts';
import { downCluster } from './down.ts';
import { type Layout, layout, network } from './layout.ts';
import { kubectlOf, type LocalCluster } from './local-cluster.ts';
import { freePort } from './ports.ts';
import { ensurePrerequisites } from './prerequisites.ts';
import { type Component, startComponent, waitUntil } from './processes.ts';
import { type Say, silent } from './progress.ts';
import { claimState, writeMark } from './state.ts';

export type ControlPlaneOptions = {
  state: string;
  say?: Say;
  /** Garbage collection, deletion of namespaces and default ServiceAccounts; nothing that runs workloads. */
  controllerManager?: boolean;
  /** What is to be there before the controller manager is: its garbage collector learns of a new kind only every 30 s. */
  prepare?: (cluster: LocalCluster) => Promise<void>;
};

// No Deployment controller: there are no nodes, so tests write what they want to see in the status.
const controllers = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
];

/** etcd and kube-apiserver on loopback: a real API without nodes. It ends when this Node process does. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<LocalCluster> {
  const { state, say = silent, controllerManager = false, prepare } = options;
  const paths = layout(state);
  await ensurePrerequisites('control-plane', say);
  const managers = controllerManager ? ['kube-controller-manager' as const] : [];
  const bin = await ensureControlPlaneBinaries(['kube-apiserver', 'etcd', 'kubectl', ...managers], say);
  await downCluster(state, silent);
  const [port, etcdPort] = await Promise.all([freePort(), freePort()]);
  const mark = { shape: { kind: 'control-plane' as const }, apiPort: port };
  await claimState(paths, { ...mark, ready: false });
  await prepareFiles(paths, port);
  const cluster: LocalCluster = {
    kubeconfig: paths.kubeconfig,
    state: paths.state,
    auditLog: paths.auditLog,
    bin,
    kubectl: kubectlOf(paths, bin),
    down: async () => await downCluster(state, silent),
  };
  const servers = await startServers(paths, bin, { port, etcdPort, controllerManager });
  await prepare?.(cluster);
  if (controllerManager) await startManager(paths, bin, { port, needs: servers });
  await writeMark(paths, { ...mark, ready: true });
  return cluster;
}

async function prepareFiles(paths: Layout, port: number): Promise<void> {
  await createCertificates(paths.pki, {
    apiserverNames: [
      'IP:127.0.0.1',
      'DNS:localhost',
      'DNS:kubernetes.default.svc',
      `IP:${network.apiService}`,
    ],
    clientNames: ['admin', 'kube-controller-manager'],
  });
  const kubeconfig = { folder: paths.pki, server: `https://127.0.0.1:${port}` };
  await writeKubeconfig(paths.kubeconfig, { ...kubeconfig, client: 'admin' });
  const manager = join(paths.pki, 'kube-controller-manager.kubeconfig');
  await writeKubeconfig(manager, { ...kubeconfig, client: 'kube-controller-manager' });
  await writeFile(paths.auditPolicy, JSON.stringify(auditPolicy));
}

const leash = { diesWithParent: true };

async function startServers(
  paths: Layout,
  bin: Binaries,
  { port, etcdPort, controllerManager }: { port: number; etcdPort: number; controllerManager: boolean },
): Promise<Component[]> {
  const place = { kind: 'loopback' as const, port, etcdPort, serviceAccounts: controllerManager };
  const servers = await Promise.all([
    startComponent(paths, { name: 'etcd', command: etcdCommand(bin, paths, etcdPort) }, leash),
    startComponent(paths, { name: 'kube-apiserver', command: apiserverCommand(bin, paths, place) }, leash),
  ]);
  const api = await connectApi(paths, port);
  await waitUntil('kube-apiserver answers', () => exists(api, '/readyz'), { needs: servers });
  return servers;
}

async function startManager(
  paths: Layout,
  bin: Binaries,
  { port, needs }: { port: number; needs: Component[] },
): Promise<void> {
  const kubeconfig = join(paths.pki, 'kube-controller-manager.kubeconfig');
  const extra = ['--secure-port=0', `--controllers=${controllers.join(',')}`];
  const command = controllerManagerCommand(bin, paths, { kubeconfig, extra });
  const manager = await startComponent(paths, { name: 'kube-controller-manager', command }, leash);
  const api = await connectApi(paths, port);
  await waitUntil('the default ServiceAccount exists', () => exists(api, defaultServiceAccount), {
    needs: [...needs, manager],
  });
}
