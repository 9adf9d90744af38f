import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1RoleBinding,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import type { Release } from '../crds/catalogue/releases.ts';
import { authenticationNamespace, labels, names, readerRoleName } from './names.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

export function serviceAccount(config: string, namespace: string): V1ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: names(config).serviceAccount, namespace, labels: labels(config) },
  };
}

/** What metrics-server itself may do: read its nodes and pods, and the kubelets' resource metrics. */
export function scraperRole(config: string, { reads, scrapes }: Release): V1ClusterRole {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind: 'ClusterRole',
    metadata: { name: names(config).scraperRole, labels: labels(config) },
    rules: [
      { apiGroups: [''], resources: [scrapes], verbs: ['get'] },
      { apiGroups: [''], resources: reads, verbs: ['get', 'list', 'watch'] },
    ],
  };
}

/** Lets whoever has view, edit or admin in a namespace read its metrics. */
export function readerRole(config: string): V1ClusterRole {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind: 'ClusterRole',
    metadata: {
      name: readerRoleName,
      labels: {
        ...labels(config),
        'rbac.authorization.k8s.io/aggregate-to-view': 'true',
        'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
        'rbac.authorization.k8s.io/aggregate-to-admin': 'true',
      },
    },
    rules: [{ apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
  };
}

export function scraperBinding(config: string, namespace: string): V1ClusterRoleBinding {
  return clusterRoleBinding(config, namespace, names(config).scraperRole, names(config).scraperRole);
}

/** Lets metrics-server ask the API server who calls it and whether they may (TokenReview, SubjectAccessReview). */
export function authDelegator(config: string, namespace: string): V1ClusterRoleBinding {
  return clusterRoleBinding(config, namespace, names(config).authDelegator, 'system:auth-delegator');
}

/** Lets metrics-server read the CA that proves that a request came through the API server. */
export function authReader(config: string, namespace: string): V1RoleBinding {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: names(config).authReader, namespace: authenticationNamespace, labels: labels(config) },
    roleRef: { apiGroup: rbacGroup, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
    subjects: [{ kind: 'ServiceAccount', name: names(config).serviceAccount, namespace }],
  };
}

function clusterRoleBinding(
  config: string,
  namespace: string,
  name: string,
  role: string,
): V1ClusterRoleBinding {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: labels(config) },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: names(config).serviceAccount, namespace }],
  };
}
