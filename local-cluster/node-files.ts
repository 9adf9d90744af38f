import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries, pathOf } from './binaries.ts';
import { pauseImage } from './images.ts';
import { type ServingCertificate, servingConfig } from './kubelet-certificates.ts';
import { type Layout, network, nodeName } from './layout.ts';
import type { KubeletCertificates } from './state.ts';

// The default place; it is private to the node, and short enough for a unix socket.
const containerdSocket = '/run/containerd/containerd.sock';

export type NodeFiles = ReturnType<typeof nodeFiles>;

export function nodeFiles(paths: Layout, node: number) {
  const file = (name: string) => join(paths.node(node), name);
  return {
    containerd: file('containerd.toml'),
    networks: file('cni'),
    mirrors: file('mirrors'),
    kubelet: file('kubelet.json'),
    kubeletKubeconfig: file('kubelet.kubeconfig'),
    kubeProxy: file('kube-proxy.json'),
    kubeProxyKubeconfig: file('kube-proxy.kubeconfig'),
    resolver: file('resolv.conf'),
    volumePlugins: file('volume-plugins'),
  };
}

/** Writes the configuration of containerd, CNI, kubelet and kube-proxy. */
export async function writeNodeFiles(
  paths: Layout,
  node: number,
  kubeletCertificates: KubeletCertificates,
): Promise<void> {
  const files = nodeFiles(paths, node);
  await mkdir(files.networks, { recursive: true });
  await mkdir(files.mirrors, { recursive: true });
  await Promise.all([
    writeFile(files.containerd, containerdConfig(files)),
    writeJson(join(files.networks, '10-bridge.conflist'), podNetwork(node)),
    writeKubeletConfig(paths, node, kubeletCertificates),
    writeJson(files.kubeProxy, kubeProxyConfig(files, node)),
  ]);
}

/** Alone, for a kubelet that restarts: kube-proxy ends when its own file is so much as written again. */
export async function writeKubeletConfig(
  paths: Layout,
  node: number,
  certificate: ServingCertificate,
): Promise<void> {
  const serving = await servingConfig(paths, node, certificate);
  await writeJson(nodeFiles(paths, node).kubelet, { ...kubeletConfig(paths, node), ...serving });
}

async function writeJson(file: string, content: object): Promise<void> {
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
}

function containerdConfig({ networks, mirrors }: NodeFiles): string {
  // restrict_oom_score_adj: a machine may withhold the right to lower it, and then no sandbox starts.
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${networks}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${mirrors}"
`;
}

function podNetwork(node: number) {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: network.nodePods(node) }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  return {
    cniVersion: '0.4.0',
    name: 'local',
    plugins: [
      { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfig(paths: Layout, node: number) {
  const { resolver, volumePlugins } = nodeFiles(paths, node);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false, // since 1.35 kubelet refuses version 1 unless told so
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${paths.cgroup(node)}`,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(paths.pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    syncFrequency: '10s', // a changed Secret is in its pods so soon, not after a minute
    failSwapOn: false,
    // The disk is the machine's own; how full it is must not evict anything here.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    resolvConf: resolver,
    volumePluginDir: volumePlugins,
  };
}

function kubeProxyConfig({ kubeProxyKubeconfig }: NodeFiles, node: number) {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: kubeProxyKubeconfig },
    mode: 'iptables',
    clusterCIDR: network.pods,
    hostnameOverride: nodeName(node),
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    // Zero means: leave the machine's settings alone.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

export function nodeCommands(bin: Binaries, paths: Layout, node: number) {
  const files = nodeFiles(paths, node);
  return {
    containerd: ['containerd', '--config', files.containerd],
    kubelet: [
      pathOf(bin, 'kubelet'),
      `--config=${files.kubelet}`,
      `--kubeconfig=${files.kubeletKubeconfig}`,
      `--node-ip=${network.nodeAddress(node)}`,
      `--hostname-override=${nodeName(node)}`,
    ],
    'kube-proxy': [pathOf(bin, 'kube-proxy'), `--config=${files.kubeProxy}`],
  };
}
