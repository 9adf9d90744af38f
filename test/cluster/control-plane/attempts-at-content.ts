import type {
  KubernetesObject,
  V1APIService,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1Deployment,
  V1NetworkPolicy,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1Service,
  V1Volume,
} from '@kubernetes/client-node';
import { type Attempt, absent, applying, present, withContainer, withPod } from './attempts.ts';

const volume = (source: Omit<V1Volume, 'name'>) => (pod: V1PodSpec) => ({
  volumes: [...(pod.volumes ?? []), { name: 'more', ...source }],
});
const confined = (change: NonNullable<V1PodSpec['containers'][number]['securityContext']>) =>
  withContainer(({ securityContext }) => ({ securityContext: { ...securityContext, ...change } }));

/** What pods might be given, in a Deployment that the operator may write. */
const pods: Record<string, (pod: V1PodSpec) => Partial<V1PodSpec>> = {
  'the rights of another ServiceAccount': () => ({ serviceAccountName: 'generic-garbage-collector' }),
  'the rights of the default ServiceAccount': () => ({ serviceAccountName: 'default' }),
  'the files of the node': volume({ hostPath: { path: '/' } }),
  'a disk of the network': volume({ nfs: { server: 'nfs.example.com', path: '/' } }),
  'a disk of others': volume({ persistentVolumeClaim: { claimName: 'data' } }),
  'a token for another audience': volume({
    projected: { sources: [{ serviceAccountToken: { audience: 'vault', path: 'token' } }] },
  }),
  'a driver of the node': volume({ csi: { driver: 'example.com' } }),
  'a privileged container': confined({ privileged: true, allowPrivilegeEscalation: true }),
  'more privileges than its parent': confined({ allowPrivilegeEscalation: true }),
  'user root': confined({ runAsNonRoot: false, runAsUser: 0 }),
  'a file system to write to': confined({ readOnlyRootFilesystem: false }),
  'every system call': confined({ seccompProfile: { type: 'Unconfined' } }),
  'all capabilities of a container': confined({ capabilities: { drop: [] } }),
  'a capability': confined({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }),
  'a label of SELinux': confined({ seLinuxOptions: { type: 'spc_t' } }),
  'no AppArmor': confined({ appArmorProfile: { type: 'Unconfined' } }),
  'the processes of the node': () => ({ hostPID: true }),
  'the memory that processes of the node share': () => ({ hostIPC: true }),
  'processes that its containers share': () => ({ shareProcessNamespace: true }),
  'a second container': ({ containers }) => ({
    containers: [...containers, { name: 'more', image: 'more' }],
  }),
  'an init container': () => ({ initContainers: [{ name: 'more', image: 'more' }] }),
  'a port of the node': withContainer(() => ({
    ports: [{ name: 'https', containerPort: 10250, hostPort: 10250, protocol: 'TCP' }],
  })),
  'a variable from a Secret': withContainer(() => ({
    env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }],
  })),
  'all variables of a Secret': withContainer(() => ({ envFrom: [{ secretRef: { name: 'a' } }] })),
  'a node of their choice': () => ({ nodeName: 'node-1' }),
  'a setting of the kernel': () => ({
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_forward', value: '1' }] },
  }),
  'a group that owns files': () => ({ securityContext: { supplementalGroups: [0] } }),
};

// As a change of what is there, and as something new.
const deployments = Object.entries(pods).flatMap(([what, change]): Attempt[] => [
  {
    what: `a Deployment of the right name with ${what}`,
    request: applying(withPod({ ...present('Deployment') }, change)),
    by: 'content',
  },
  {
    what: `a new Deployment with ${what}`,
    request: applying(withPod({ ...absent('Deployment') }, change)),
    by: 'content',
  },
]);

/** Pods that another Service takes for its own. */
function disguised(): KubernetesObject {
  const { spec, ...rest }: V1Deployment = { ...absent('Deployment') };
  const labels = { 'k8s-app': 'kube-dns' };
  return {
    ...rest,
    ...(spec && {
      spec: {
        ...spec,
        selector: { matchLabels: labels },
        template: { ...spec.template, metadata: { labels } },
      },
    }),
  };
}

function service(change: NonNullable<V1Service['spec']>): KubernetesObject {
  const { spec, ...rest }: V1Service = { ...absent('Service') };
  return Object.assign(rest, { spec: { ...spec, ...change } });
}

function apiService(object: KubernetesObject, name: string, namespace: string): KubernetesObject {
  const { spec, ...rest }: Partial<V1APIService> = object;
  return { ...rest, ...{ spec: { ...spec, service: { name, namespace, port: 443 } } } };
}

function role(name: string, change: Partial<V1ClusterRole>): KubernetesObject {
  return { ...absent('ClusterRole', name), ...change };
}

const reads = ['get', 'list', 'watch'];
const metadata = { name: 'metrics-serving', namespace: 'monitoring' };
const readers = 'system:aggregated-metrics-reader';
const account = { kind: 'ServiceAccount', name: 'metrics', namespace: 'monitoring' };
const [api, certManager] = ['rbac.authorization.k8s.io', 'cert-manager.io/v1'];

function binding(name: string, change: Partial<V1ClusterRoleBinding>): KubernetesObject {
  return { ...absent('ClusterRoleBinding', name), ...change };
}

function certificate(change: object): KubernetesObject {
  const { spec, ...rest }: KubernetesObject & { spec?: object } = absent('Certificate');
  return { ...rest, ...{ spec: { ...spec, ...change } } };
}

const selectsAll = { matchLabels: { 'k8s-app': 'kube-dns' } };
const policy: V1NetworkPolicy = { ...absent('NetworkPolicy'), spec: { podSelector: {} } };
const budget: V1PodDisruptionBudget = {
  ...absent('PodDisruptionBudget'),
  spec: { maxUnavailable: 0, selector: selectsAll },
};

const others: Record<string, KubernetesObject> = {
  'requests to the DNS, by pods that bear its label': disguised(),
  'traffic for addresses outside': service({ externalIPs: ['192.0.2.1'] }),
  'a port on every node': service({ type: 'NodePort' }),
  'an address that others can reach': service({ type: 'LoadBalancer' }),
  'a name that leads elsewhere': service({ type: 'ExternalName', externalName: 'example.com' }),
  'requests for metrics, by pods of others': service({ selector: { 'metrics-server.io/config': 'other' } }),
  'what the API server says to the metrics API': apiService(present('APIService'), 'other', 'default'),
  'the rights of an account of a cloud': {
    ...present('ServiceAccount'),
    metadata: {
      ...present('ServiceAccount').metadata,
      annotations: { 'eks.amazonaws.com/role-arn': 'admin' },
    },
  },
  'the token of any account, in a Secret that it may read': {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'metrics-server-serving-ca',
      namespace: 'kube-system',
      annotations: { 'kubernetes.io/service-account.name': 'metrics-server' },
    },
    ...{ type: 'kubernetes.io/service-account-token' },
  },
  'its own right to change the APIService, for every viewer': {
    ...present('ClusterRole', readers),
    ...{
      rules: [
        {
          apiGroups: ['apiregistration.k8s.io'],
          resources: ['apiservices'],
          resourceNames: ['v1beta1.metrics.k8s.io'],
          verbs: ['patch'],
        },
      ],
    },
  },
  'its own right to create reviews, for metrics-server': role('system:metrics', {
    rules: [{ apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }],
  }),
  'the rights of metrics-server, for every viewer': role('system:metrics', {
    metadata: { name: 'system:metrics', labels: { [`${api}/aggregate-to-view`]: 'true' } },
  }),
  'the rights of metrics-server, for a person': binding('system:metrics', {
    subjects: [{ apiGroup: api, kind: 'User', name: 'eve' }],
  }),
  'the rights of metrics-server, for everybody': binding('metrics:system:auth-delegator', {
    subjects: [{ apiGroup: api, kind: 'Group', name: 'system:authenticated' }],
  }),
  'the rights of metrics-server, for another account': binding('system:metrics', {
    subjects: [{ ...account, namespace: 'default' }],
  }),
  'another role of its own, for metrics-server': binding('system:metrics', {
    roleRef: { apiGroup: api, kind: 'ClusterRole', name: readers },
  }),
  'no traffic for the pods of others': policy,
  'no drain of any node': budget,
  'signatures by a CA of others': {
    ...{ apiVersion: certManager, kind: 'Issuer', metadata },
    ...{ spec: { ca: { secretName: 'front-proxy-ca' } } },
  },
  'a Secret of others, written by cert-manager': certificate({ secretName: 'other' }),
  'a certificate for other names': certificate({ dnsNames: ['kubernetes.default.svc'] }),
  'a certificate that signs others': certificate({ isCA: true }),
};

/** What is under the right name, and has in it what it must not. */
export const attemptsAtContent: Attempt[] = [
  ...deployments,
  ...Object.entries(others).map(
    ([what, object]): Attempt => ({ what, request: applying(object), by: 'content' }),
  ),
  {
    what: 'every Secret, by a role of the right name',
    request: applying(
      role('system:metrics', { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: reads }] }),
    ),
    by: 'escalation',
  },
  {
    what: 'everything, by a binding of the right name to cluster-admin',
    request: applying(
      binding('system:metrics', { roleRef: { apiGroup: api, kind: 'ClusterRole', name: 'cluster-admin' } }),
    ),
    by: 'escalation',
  },
];
