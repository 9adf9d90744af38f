import type { KubeletTls } from '../crds/kubelet-tls.ts';
import type { MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';
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
  const {
    secondDeployment,
    disruptionBudget,
    networkPolicy,
    servingAuthority,
    servingCertificate,
    servingIssued,
    kubeletCa,
  } = names(config);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', name: serviceAccount, namespace },
    { apiVersion: rbac, kind: 'ClusterRole', name: scraperRole },
    { apiVersion: rbac, kind: 'ClusterRoleBinding', name: scraperRole },
    { apiVersion: rbac, kind: 'ClusterRoleBinding', name: authDelegator },
    { apiVersion: rbac, kind: 'RoleBinding', name: authReader, namespace: authenticationNamespace },
    { apiVersion: 'v1', kind: 'Service', name: service, namespace },
    { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, namespace },
    { apiVersion: 'apps/v1', kind: 'Deployment', name: secondDeployment, namespace },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: disruptionBudget, namespace },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name: networkPolicy, namespace },
    { apiVersion: 'v1', kind: 'Secret', name: servingAuthority, namespace },
    { apiVersion: 'v1', kind: 'Secret', name: servingCertificate, namespace },
    { apiVersion: 'v1', kind: 'Secret', name: servingIssued, namespace },
    { apiVersion: 'v1', kind: 'ConfigMap', name: kubeletCa, namespace },
  ];
}

/** What a spec names for the operator to read. What is only mounted into pods is not among it. */
export function givenReferences({ namespace, tls }: MetricsServerConfigSpec): ObjectReference[] {
  const { secretRef, caBundleRef } = tls?.serving ?? {};
  return [
    ...(secretRef ? [{ apiVersion: 'v1', kind: 'Secret', name: secretRef.name, namespace }] : []),
    ...(caBundleRef
      ? [{ apiVersion: 'v1', kind: caBundleRef.kind ?? 'ConfigMap', name: caBundleRef.name, namespace }]
      : []),
    ...kubeletReferences(namespace, tls?.kubelet ?? {}),
  ];
}

function kubeletReferences(
  namespace: string,
  { caBundleRef, clientCertificateSecretRef }: KubeletTls,
): ObjectReference[] {
  const secret = clientCertificateSecretRef?.name;
  return [
    ...(caBundleRef
      ? [{ apiVersion: 'v1', kind: caBundleRef.kind ?? 'ConfigMap', name: caBundleRef.name, namespace }]
      : []),
    ...(secret === undefined ? [] : [{ apiVersion: 'v1', kind: 'Secret', name: secret, namespace }]),
  ];
}

/**
 * The closed list of objects that upstream's manifests or its chart (3.13) make for a fullname, those of the addon-resizer and of TLS
 * apart. The role for readers bears the name of the chart, which nameOverride may set to the fullname.
 */
export function releaseReferences(fullname: string, namespace: string): ObjectReference[] {
  const { serviceAccount, scraperRole, authDelegator, authReader, service, deployment, disruptionBudget } =
    names(fullname);
  const readers = new Set(['metrics-server', fullname].map((name) => `system:${name}-aggregated-reader`));
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, namespace },
    { apiVersion: 'v1', kind: 'Service', name: service, namespace },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: disruptionBudget, namespace },
    { apiVersion: rbac, kind: 'RoleBinding', name: authReader, namespace: authenticationNamespace },
    { apiVersion: rbac, kind: 'ClusterRoleBinding', name: authDelegator },
    { apiVersion: rbac, kind: 'ClusterRoleBinding', name: scraperRole },
    { apiVersion: rbac, kind: 'ClusterRole', name: scraperRole },
    ...[...readers].map((name) => ({ apiVersion: rbac, kind: 'ClusterRole', name })),
    { apiVersion: 'v1', kind: 'ServiceAccount', name: serviceAccount, namespace },
  ];
}

/** What a config may take over, but for what bears its own names. */
export function adoptableReferences(
  config: string,
  namespace: string,
  releases: readonly string[],
): ObjectReference[] {
  const titleOf = ({ kind, name, namespace = '' }: ObjectReference) => `${kind} ${namespace}/${name}`;
  const own = new Set(references(config, namespace).map(titleOf));
  const all = [...new Set(releases)].flatMap((fullname) => releaseReferences(fullname, namespace));
  return [...new Map(all.map((one) => [titleOf(one), one])).values()].filter((one) => !own.has(titleOf(one)));
}
