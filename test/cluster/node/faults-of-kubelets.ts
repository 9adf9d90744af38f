import { restartKubelet, stopKubelet } from '../../../local-cluster/faults.ts';
import { network } from '../../../local-cluster/layout.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { type Fault, first, kubectl, second, together } from './fault.ts';
import { fakeKubelet, firewall, kubeletShows, reconfigureKubelet } from './node-faults.ts';

const inKubelet = 'tcp --dport 10250';

// metrics-server runs on node-1, and something is wrong with node-2.
const ofOneNode = (fault: Omit<Fault, 'nodes' | 'spec'>): Fault => ({
  ...fault,
  nodes: ['node-2'],
  spec: first,
});

const reset: NonNullable<Fault['inject']> = (cluster) =>
  firewall(cluster, 2, 'INPUT', `-p ${inKubelet} -j REJECT --reject-with tcp-reset`);
const labelled = (key: string, value: string, before = '') =>
  kubectl(
    ['label', 'node', 'node-2', '--overwrite', `${key}=${value}`],
    ['label', 'node', 'node-2', '--overwrite', before === '' ? `${key}-` : `${key}=${before}`],
  );

const asIfOlder: Fault[] = [
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
    inject: reset,
  }),
  ofOneNode({
    where: 'a firewall says that there is no such host',
    reason: 'KubeletNoRoute',
    remedy: 'see to the firewall of the node and the network of the cluster',
    inject: (cluster) =>
      firewall(cluster, 2, 'INPUT', `-p ${inKubelet} -j REJECT --reject-with icmp-host-unreachable`),
  }),
];

const dayMs = 24 * 3_600_000;
const day = (days: number) => new Date(Date.now() + days * dayMs);
const address = network.nodeAddress(2);

const shown: Fault[] = [
  ofOneNode({
    where: 'the certificate of a kubelet is for another address',
    reason: 'KubeletCertWrongSAN',
    remedy: 'serverTLSBootstrap: true',
    inject: (cluster) => kubeletShows(cluster, 2, { ipAddresses: [network.nodeAddress(99)] }),
  }),
  ofOneNode({
    where: 'the certificate of a kubelet has its address in the subject only',
    reason: 'KubeletCertLegacyCN',
    remedy: 'serverTLSBootstrap: true',
    inject: (cluster) => kubeletShows(cluster, 2, { commonName: address }),
  }),
  ofOneNode({
    where: 'the certificate of a kubelet is not valid yet, as with a clock that is wrong',
    reason: 'KubeletCertExpired',
    remedy: 'clock',
    inject: (cluster) => kubeletShows(cluster, 2, { ipAddresses: [address], from: day(1), to: day(9) }),
  }),
  ofOneNode({
    where: 'the certificate of a kubelet has expired',
    reason: 'KubeletCertExpired',
    remedy: 'serverTLSBootstrap: true',
    inject: (cluster) => kubeletShows(cluster, 2, { ipAddresses: [address], from: day(-9), to: day(-1) }),
  }),
  ofOneNode({
    where: 'a kubelet signs its certificate itself',
    reason: 'KubeletCertNoIPSAN',
    remedy: 'serverTLSBootstrap: true',
    inject: (cluster) => kubeletShows(cluster, 2, 'self-signed'),
  }),
  ofOneNode({
    where: 'nobody approves the certificate of a kubelet',
    reason: 'KubeletServingCSRPending',
    remedy: 'kubectl certificate approve csr-',
    inject: async (cluster) => {
      await restartKubelet(cluster, 2, { kubeletCertificates: 'pending' });
      return () => restartKubelet(cluster, 2, { kubeletCertificates: 'cluster-ca' });
    },
  }),
];

const nodes: Fault[] = [
  ofOneNode({
    where: 'a virtual kubelet does not answer',
    reason: 'ServerlessNode',
    remedy: '"key":"type","operator":"NotIn","values":["virtual-kubelet"]',
    inject: together(reset, labelled('type', 'virtual-kubelet')),
  }),
  {
    // A Windows node cannot be had: a kubelet of Linux soon sets the label of its system right.
    where: 'a kubelet has been down for so long that its node is not ready',
    reason: 'NodeNotReady',
    nodes: ['node-2'],
    remedy: 'kubectl describe node',
    spec: first,
    isReady: true,
    inject: stopped,
  },
  {
    where: 'the node of metrics-server itself is not ready',
    reason: 'NodeNotReady',
    remedy: 'availability.replicas',
    spec: second,
    inject: stopped,
  },
];

async function stopped(cluster: LocalCluster) {
  await stopKubelet(cluster, 2);
  return () => restartKubelet(cluster, 2);
}

export const faultsOfKubelets: Fault[] = [
  ...asIfOlder,
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
    where: 'nodes have no address of the types that are asked for',
    reason: 'NoMatchingAddressType',
    nodes: ['node-1', 'node-2'],
    remedy: 'addressPriority',
    spec: { ...first, addressPriority: ['ExternalIP'] },
  },
  {
    where: 'the port of the kubelets is another',
    reason: 'KubeletRefused',
    nodes: ['node-1', 'node-2'],
    remedy: 'port 10270',
    spec: { ...first, kubelet: { port: 10_270, useNodeStatusPort: false } },
  },
  ...shown,
  ...nodes,
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
