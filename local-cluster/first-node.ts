import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectApi, defaultServiceAccount, exists } from './api.ts';
import { auditPolicy } from './audit.ts';
import type { Binaries } from './binaries.ts';
import { createCertificates, writeKubeconfig } from './certificates.ts';
import { apiserverCommand, controllerManagerCommand, etcdCommand, schedulerCommand } from './components.ts';
import { pushImages, registryCommand } from './images.ts';
import { type Layout, network } from './layout.ts';
import { startClusterNetwork, startNamespaces } from './namespaces.ts';
import { type NodeCluster, prepareKubelet, startContainerd, startInside, startKubelet } from './node.ts';
import { type Component, waitUntil } from './processes.ts';
import type { Say } from './progress.ts';
import { startRelay } from './relay.ts';

const etcdPort = 2379;

/** Starts the first node, which carries the control plane and the registry too. */
export async function startFirstNode(
  plan: Omit<NodeCluster, 'api'>,
  apiPort: number,
  say: Say,
): Promise<NodeCluster> {
  const { paths } = plan;
  const [namespaces] = await Promise.all([startNetworked(plan), writeClusterFiles(paths, apiPort)]);
  say('namespaces and certificates are made');
  const cluster = { ...plan, api: await connectApi(paths, apiPort) };
  const [control, containerd] = await Promise.all([
    startControl(cluster, apiPort, say),
    startImages(cluster, say),
    prepareKubelet(cluster, 1),
  ]);
  const needs = [namespaces, ...control, containerd];
  await startKubelet(cluster, 1, needs);
  await waitUntil('the default ServiceAccount exists', () => exists(cluster.api, defaultServiceAccount), {
    needs,
  });
  say('node-1 is Ready');
  return cluster;
}

async function startNetworked({ paths, diesWithParent }: Omit<NodeCluster, 'api'>): Promise<Component> {
  const namespaces = await startNamespaces(paths, 1, { diesWithParent });
  await startClusterNetwork(paths);
  return namespaces;
}

async function writeClusterFiles(paths: Layout, apiPort: number): Promise<void> {
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost'].map(
    (name) => `DNS:${name}`,
  );
  const addresses = ['127.0.0.1', network.bridgeAddress, network.apiService].map(
    (address) => `IP:${address}`,
  );
  await createCertificates(paths.pki, {
    apiserverNames: [...names, 'DNS:kubernetes.default.svc.cluster.local', ...addresses],
    clientNames: ['admin', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet-client'],
  });
  const inside = { folder: paths.pki, server: `https://${network.bridgeAddress}:${network.apiPort}` };
  const outside = { folder: paths.pki, server: `https://127.0.0.1:${apiPort}`, client: 'admin' };
  await Promise.all([
    writeFile(paths.auditPolicy, JSON.stringify(auditPolicy)),
    writeKubeconfig(paths.kubeconfig, outside),
    writeKubeconfig(paths.insideKubeconfig, { ...inside, client: 'admin' }),
    ...['kube-controller-manager', 'kube-scheduler'].map((client) =>
      writeKubeconfig(join(paths.pki, `${client}.kubeconfig`), { ...inside, client }),
    ),
  ]);
}

/** etcd and kube-apiserver, and when that answers, controller manager and scheduler. */
async function startControl(cluster: NodeCluster, apiPort: number, say: Say): Promise<Component[]> {
  const { paths, bin, api, kubeletCertificates } = cluster;
  const start = async (name: string, command: string[]) => await startInside(cluster, 1, { name, command });
  const place = { kind: 'node' as const, etcdPort, kubeletCertificates };
  const servers = await Promise.all([
    start('etcd', etcdCommand(bin, paths, etcdPort)),
    start('kube-apiserver', apiserverCommand(bin, paths, place)),
  ]);
  await startRelay(paths, apiPort, cluster);
  await waitUntil('kube-apiserver answers', () => exists(api, '/readyz'), { needs: servers });
  say('kube-apiserver answers');
  const clients = await Promise.all([
    start('kube-controller-manager', managerCommand(bin, paths)),
    start('kube-scheduler', schedulerCommand(bin, join(paths.pki, 'kube-scheduler.kubeconfig'))),
  ]);
  return [...servers, ...clients];
}

function managerCommand(bin: Binaries, paths: Layout): string[] {
  const kubeconfig = join(paths.pki, 'kube-controller-manager.kubeconfig');
  const extra = [
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    // Autoscaling that can be watched: by default it looks every 15 s and distrusts a pod's first 5 minutes.
    '--horizontal-pod-autoscaler-sync-period=5s',
    '--horizontal-pod-autoscaler-cpu-initialization-period=10s',
  ];
  return controllerManagerCommand(bin, paths, { kubeconfig, extra });
}

/** The registry with its images, and containerd, which will pull from it. */
async function startImages(cluster: NodeCluster, say: Say): Promise<Component> {
  const { paths, bin } = cluster;
  const registry = await startInside(cluster, 1, { name: 'registry', command: registryCommand(bin) });
  const [containerd] = await Promise.all([startContainerd(cluster, 1), pushImages(paths, bin, registry)]);
  say('the registry holds the images');
  return containerd;
}
