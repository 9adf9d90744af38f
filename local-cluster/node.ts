import { rm } from 'node:fs/promises';
import { type Api, exists } from './api.ts';
import type { Binaries } from './binaries.ts';
import { clientLeaf, signCertificate, writeKubeconfig } from './certificates.ts';
import { createCgroup, removeCgroup } from './cgroups.ts';
import { endRecorded } from './down.ts';
import { type Layout, network, nodeName } from './layout.ts';
import { insideCommand, joinClusterNetwork, leaveClusterNetwork, startNamespaces } from './namespaces.ts';
import { nodeCommands, nodeFiles, writeNodeFiles } from './node-files.ts';
import { type Component, startComponent, waitUntil } from './processes.ts';
import { approveServingCertificates, isKubeletTrusted, isNodeReady } from './readiness.ts';
import { succeeds } from './run.ts';
import type { KubeletCertificates } from './state.ts';

/** What it takes to work on a running cluster with nodes. */
export type NodeCluster = {
  paths: Layout;
  bin: Binaries;
  api: Api;
  kubeletCertificates: KubeletCertificates;
  diesWithParent: boolean;
};

const insideServer = `https://${network.bridgeAddress}:${network.apiPort}`;

/** Adds a machine with network, registry, containerd, kubelet and kube-proxy, and waits until it is Ready. */
export async function startFurtherNode(cluster: NodeCluster, node: number): Promise<void> {
  const { paths } = cluster;
  const namespaces = await startNamespaces(paths, node, cluster);
  await joinClusterNetwork(paths, node);
  const relay = await startInside(cluster, node, { name: 'registry', command: registryRelay });
  const [containerd] = await Promise.all([startContainerd(cluster, node), prepareKubelet(cluster, node)]);
  await startKubelet(cluster, node, [namespaces, relay, containerd]);
}

// Images have the same name on every node, so each node's loopback leads to the one registry.
const registryRelay = [
  'socat',
  `TCP-LISTEN:${network.registryPort},bind=127.0.0.1,fork,reuseaddr`,
  `TCP:${network.bridgeAddress}:${network.registryPort}`,
];

/** Ends a node and forgets it, as when a machine is taken away and its Node object deleted. */
export async function endNode({ paths, api }: NodeCluster, node: number): Promise<void> {
  if (node === 1)
    throw new Error('node-1 carries the control plane and cannot be removed: end the cluster instead.');
  await endRecorded(paths, (name) => name.endsWith(`-${nodeName(node)}`));
  await leaveClusterNetwork(paths, node);
  await api('DELETE', `/api/v1/nodes/${nodeName(node)}`);
  await removeCgroup(paths.cgroup(node));
  await rm(paths.node(node), { recursive: true, force: true, maxRetries: 5 });
}

/** Starts a component in the namespaces of a node; its name there ends with the node's. */
export async function startInside(
  { paths, diesWithParent }: Pick<NodeCluster, 'paths' | 'diesWithParent'>,
  node: number,
  { name, command }: { name: string; command: string[] },
): Promise<Component> {
  const component = { name: `${name}-${nodeName(node)}`, command: insideCommand(paths, node, command) };
  return await startComponent(paths, component, { diesWithParent });
}

export async function startContainerd(cluster: NodeCluster, node: number): Promise<Component> {
  const { paths, bin, kubeletCertificates } = cluster;
  await writeNodeFiles(paths, node, kubeletCertificates);
  const command = nodeCommands(bin, paths, node).containerd;
  const containerd = await startInside(cluster, node, { name: 'containerd', command });
  // kubelet ends at once where it finds no runtime.
  const listens = insideCommand(paths, node, ['test', '-S', '/run/containerd/containerd.sock']);
  await waitUntil(`containerd of ${nodeName(node)} listens`, () => succeeds(listens), {
    needs: [containerd],
  });
  return containerd;
}

/** Identities and cgroup, all that can be done before kube-apiserver answers. */
export async function prepareKubelet({ paths }: NodeCluster, node: number): Promise<void> {
  const { kubeletKubeconfig, kubeProxyKubeconfig } = nodeFiles(paths, node);
  const [folder, server, client] = [paths.pki, insideServer, `kubelet-${nodeName(node)}`];
  await createCgroup(paths.cgroup(node));
  await signCertificate(folder, clientLeaf(client, `/O=system:nodes/CN=system:node:${nodeName(node)}`));
  await writeKubeconfig(kubeletKubeconfig, { folder, client, server });
  await writeKubeconfig(kubeProxyKubeconfig, { folder, client: 'kube-proxy', server });
}

/** Starts kubelet and kube-proxy and waits until the node is Ready and serves with a valid certificate. */
export async function startKubelet(cluster: NodeCluster, node: number, needs: Component[]): Promise<void> {
  const { paths, bin, api, kubeletCertificates } = cluster;
  const commands = nodeCommands(bin, paths, node);
  const name = nodeName(node);
  const proxy = await startInside(cluster, node, { name: 'kube-proxy', command: commands['kube-proxy'] });
  const kubelet = await startInside(cluster, node, { name: 'kubelet', command: commands.kubelet });
  const watched = { needs: [...needs, proxy, kubelet] };
  await waitUntil(`${name} is registered`, () => exists(api, `/api/v1/nodes/${name}`), watched);
  const isTrusted = async () => {
    if (kubeletCertificates === 'cluster-ca') await approveServingCertificates(api, name);
    return await isKubeletTrusted(api, name);
  };
  await waitUntil(`kube-apiserver trusts the kubelet of ${name}`, isTrusted, watched);
  await waitUntil(`${name} is Ready`, () => isNodeReady(api, name), watched);
}
