import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { labels, names, selectorLabels } from './names.ts';

/** Where the API server finds metrics-server. */
export function service(config: string, spec: EffectiveSpec): V1Service {
  const { port, ipFamilyPolicy, labels: extraLabels, annotations } = spec.service ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: names(config).service,
      namespace: spec.namespace,
      labels: { ...extraLabels, ...labels(config) },
      ...(annotations && { annotations }),
    },
    spec: {
      type: 'ClusterIP',
      ...(ipFamilyPolicy && { ipFamilyPolicy }),
      selector: selectorLabels(config),
      ports: [servicePort(port ?? 443)],
    },
  };
}

export function servicePort(port: number): V1ServicePort {
  return { name: portName(port), port, protocol: 'TCP', targetPort: 'https', appProtocol: 'https' };
}

/** A name that never changes for a number: while a port changes, the Service has both. */
export function portName(port: number): string {
  return port === 443 ? 'https' : `https-${port}`;
}

/** The names by which the API server, and whoever else asks within the cluster, calls metrics-server. */
export function serviceHosts(config: string, namespace: string): [string, ...string[]] {
  const host = `${names(config).service}.${namespace}.svc`;
  return [host, `${host}.cluster.local`];
}
