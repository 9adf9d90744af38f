import { apiServiceName, authenticationNamespace, names, readerRoleName } from './names.ts';

/** What names an object in a cluster. */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
}

/** What all configs of a cluster share. */
export const sharedReferences = {
  readerRole: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: readerRoleName },
  apiService: { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: apiServiceName },
} as const satisfies Record<string, ObjectReference>;

const rbac = 'rbac.authorization.k8s.io/v1';

/** The closed list of objects that a config can ever lead to, without those of which a cluster has one. */
export function references(config: string, namespace: string): ObjectReference[] {
  const { serviceAccount, scraperRole, authDelegator, authReader, service, deployment } = names(config);
  const { disruptionBudget, networkPolicy } = names(config);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', name: serviceAccount, namespace },
    { apiVersion: rbac, kind: 'ClusterRole', name: scraperRole },
    { apiVersion: rbac, kind: 'ClusterRoleBinding', name: scraperRole },
    { apiVersion: rbac, kind: 'ClusterRoleBinding', name: authDelegator },
    { apiVersion: rbac, kind: 'RoleBinding', name: authReader, namespace: authenticationNamespace },
    { apiVersion: 'v1', kind: 'Service', name: service, namespace },
    { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, namespace },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: disruptionBudget, namespace },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name: networkPolicy, namespace },
  ];
}
