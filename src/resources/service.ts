import type { V1Service } from '@kubernetes/client-node';
import { labels, names, selectorLabels } from './names.ts';

/** Where the API server finds metrics-server. */
export function service(config: string, namespace: string): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: names(config).service, namespace, labels: labels(config) },
    spec: {
      type: 'ClusterIP',
      selector: selectorLabels(config),
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 'https', appProtocol: 'https' }],
    },
  };
}
