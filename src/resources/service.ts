import type { V1Service } from '@kubernetes/client-node';
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
      ports: [
        { name: 'https', port: port ?? 443, protocol: 'TCP', targetPort: 'https', appProtocol: 'https' },
      ],
    },
  };
}
