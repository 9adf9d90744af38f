import type { V1NetworkPolicy } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { labels, names, selectorLabels } from './names.ts';

/**
 * Who may reach the pods, and whom they may reach. The API server, the kubelets and the probes are no pods: their
 * addresses differ from cluster to cluster, so ports say what is meant.
 */
export function networkPolicy(config: string, spec: EffectiveSpec): V1NetworkPolicy {
  const { from } = spec.networkPolicy ?? {};
  const peers = from?.map((cidr) => ({ ipBlock: { cidr } }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: names(config).networkPolicy,
      namespace: spec.namespace,
      labels: labels(config),
    },
    spec: {
      podSelector: { matchLabels: selectorLabels(config) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 'https', protocol: 'TCP' }], ...(peers && { from: peers }) }],
      egress: [{ ports: [...kubelets(spec), ...apiServer, ...dns] }],
    },
  };
}

// The Service's port, and those on which API servers usually listen: policies see one or the other.
const apiServer = [443, 6443, 8443].map((port) => ({ port, protocol: 'TCP' }));
// 5353 is where OpenShift's DNS pods listen, behind their Service.
const dns = [53, 5353].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ port, protocol })));

function kubelets({ kubelet, networkPolicy }: EffectiveSpec) {
  const ports = [kubelet.port ?? 10250, ...(networkPolicy?.egressPorts ?? [])];
  return [...new Set(ports)].map((port) => ({ port, protocol: 'TCP' }));
}
