import { join } from 'node:path';
import { createAuthority } from '../../../local-cluster/certificates.ts';
import { restartKubelet } from '../../../local-cluster/faults.ts';
import { registry } from '../../../local-cluster/images.ts';
import { layout, network } from '../../../local-cluster/layout.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { type Fault, first, kubectl, newPods, second, together } from './fault.ts';
import { fakeKubelet, firewall, type Undo } from './node-faults.ts';

const ofApiServer = `-p tcp -d ${network.nodePods(2)} --dport 10250`;
const service = ['service', 'metrics-server', '-n', 'kube-system'];
const apiService = ['apiservice', 'v1beta1.metrics.k8s.io'];
const patched = (object: string[], type: 'json' | 'merge', patch: object) =>
  kubectl(['patch', ...object, `--type=${type}`, '-p', JSON.stringify(patch)]);

/** Between the API server and the pods. */
const way: Fault[] = [
  {
    where: 'a firewall drops what the API server asks metrics-server',
    reason: 'AggregatorTimeout',
    remedy: 'scheduling.hostNetwork',
    spec: second,
    inject: (cluster) => firewall(cluster, 1, 'OUTPUT', `${ofApiServer} -j DROP`),
  },
  {
    where: 'a firewall resets what the API server asks metrics-server',
    reason: 'AggregatorNoRoute',
    remedy: 'the control plane and the pods',
    spec: second,
    inject: (cluster) => firewall(cluster, 1, 'OUTPUT', `${ofApiServer} -j REJECT --reject-with tcp-reset`),
  },
  {
    where: 'something between them ends TLS, as a service mesh does',
    reason: 'AggregatorTLS',
    remedy: 'service mesh',
    spec: second,
    inject: together((cluster) => {
      // On its way to a Service; that of the API server itself stays as it is.
      const toService = `-p tcp ! -d ${network.apiService} --dport 443`;
      const kubelet = `${network.nodeAddress(2)}:10250`;
      return firewall(cluster, 1, 'OUTPUT', `${toService} -j DNAT --to-destination ${kubelet}`, 'nat');
    }, newPods),
  },
  {
    where: 'metrics-server expects another front proxy',
    reason: 'FrontProxyRejected',
    remedy: '--requestheader-client-ca-file',
    inject: anotherProxy,
  },
];

/** Its CA is another than that of the API server's certificate for the front proxy. */
async function anotherProxy(cluster: LocalCluster): Promise<Undo> {
  const { pki } = layout(cluster.state);
  await createAuthority(pki, 'another-ca');
  const configMap = ['configmap', 'another-proxy', '-n', 'kube-system'];
  const patch = (requestHeader: object | null) => [
    'patch',
    'msc',
    'metrics-server',
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { requestHeader } }),
  ];
  return await together(
    kubectl(
      ['create', ...configMap, `--from-file=ca.crt=${join(pki, 'another-ca.crt')}`],
      ['delete', ...configMap],
    ),
    kubectl(patch({ clientCAConfigMapRef: { name: 'another-proxy' } }), patch(null)),
  )(cluster);
}

/** What somebody breaks while the operator may not mend it. */
const broken: Fault[] = [
  {
    where: 'somebody has deleted the Service',
    reason: 'ServiceNotFound',
    remedy: 'Service kube-system/metrics-server, which the APIService names, does not exist',
    inject: kubectl(['delete', ...service]),
  },
  {
    where: 'somebody has changed the port of the Service',
    reason: 'ServicePortError',
    remedy: 'at a port that Service kube-system/metrics-server has not',
    inject: patched(service, 'json', [{ op: 'replace', path: '/spec/ports/0/port', value: 444 }]),
  },
  {
    where: 'somebody has changed whom the Service selects',
    reason: 'EndpointsNotFound',
    remedy: 'Service kube-system/metrics-server selects no pod',
    inject: patched(service, 'merge', { spec: { selector: { 'k8s-app': 'other' } } }),
  },
  {
    where: 'somebody has deleted the APIService',
    reason: 'NotRegistered',
    remedy: 'spec.mode',
    inject: kubectl(['delete', ...apiService]),
  },
  {
    where: 'somebody has turned the APIService to another Service',
    reason: 'ServiceNotFound',
    remedy: 'Service kube-system/other',
    inject: patched(apiService, 'merge', { spec: { service: { name: 'other' } } }),
  },
  {
    where: 'somebody has taken the right away to read what kubelets measure',
    reason: 'KubeletForbidden',
    nodes: ['node-1', 'node-2'],
    remedy: 'ClusterRole system:metrics-server',
    inject: together(kubectl(['delete', 'clusterrolebinding', 'system:metrics-server']), async (cluster) => {
      // Kubelets remember for five minutes what was granted.
      await Promise.all([1, 2].map((node) => restartKubelet(cluster, node)));
      return async () => undefined;
    }),
  },
  {
    where: 'somebody has taken the right away to ask who may read metrics',
    reason: 'NotAnswering',
    remedy: 'system:auth-delegator',
    inject: kubectl(['delete', 'clusterrolebinding', 'metrics-server:system:auth-delegator']),
  },
].map((fault): Fault => ({ ...fault, spec: first, after: 'Paused' }));

/** On node-1, where the kubelet measures it. */
function pod(name: string): NonNullable<Fault['inject']> {
  const overrides = JSON.stringify({ spec: { nodeName: 'node-1' } });
  const run = ['run', name, `--image=${registry}/busybox:1`, `--overrides=${overrides}`];
  return kubectl([...run, '--command', '--', 'sleep', '3600'], ['delete', 'pod', name, '--now']);
}

export const faultsOfTheApi: Fault[] = [
  ...way,
  ...broken,
  {
    where: 'a kubelet measures its node and no pod',
    reason: 'PodMetricsMissing',
    nodes: ['node-2'],
    remedy: 'container runtime and cgroup driver',
    isReady: true, // which is about nodes
    spec: { ...second, kubelet: { port: 10_250, useNodeStatusPort: false } },
    inject: together(pod('neighbour'), (cluster) => fakeKubelet(cluster, 2, 'nodes only')),
  },
  ...['DROP', 'REJECT --reject-with tcp-reset'].map((target) => ({
    where: `a firewall cuts metrics-server off from the API server, by ${target}`,
    reason: 'AuthzWebhookTimeout',
    remedy: 'metrics-server itself does not reach the API server',
    spec: second,
    inject: (cluster: LocalCluster) =>
      firewall(
        cluster,
        2,
        'FORWARD',
        `-p tcp -s ${network.nodePods(2)} --dport ${network.apiPort} -j ${target}`,
      ),
  })),
];
