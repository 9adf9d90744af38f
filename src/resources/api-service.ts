import type { V1APIService } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { apiServiceName, labels, names } from './names.ts';

/** Makes the API server pass `metrics.k8s.io` on to the Service. Broken, it blocks every namespace deletion of the cluster. */
export function apiService(config: string, spec: EffectiveSpec): V1APIService {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: apiServiceName, labels: labels(config) },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      service: { name: names(config).service, namespace: spec.namespace, port: spec.service?.port ?? 443 },
      groupPriorityMinimum: 100,
      versionPriority: 100,
      ...verification(spec.servingTls),
    },
  };
}

function verification(mode: EffectiveSpec['servingTls']): { insecureSkipTLSVerify?: true } {
  switch (mode) {
    case 'SelfSigned':
      return { insecureSkipTLSVerify: true }; // nobody knows a certificate that is made at each start
    case 'Managed':
    case 'Secret':
    case 'CertManager':
      return {}; // the cluster has the CA
  }
}
