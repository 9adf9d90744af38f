import type {
  KubernetesObject,
  V1APIService,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1Deployment,
  V1NetworkPolicy,
  V1PodDisruptionBudget,
  V1Service,
} from '@kubernetes/client-node';
import { objects } from '../../../src/resources/objects.ts';
import { someSpec } from '../../crds/some-spec.ts';
import { type Attempt, absent, applying, present } from './attempts.ts';
import { attemptsAtDeployments } from './attempts-at-deployments.ts';

/** Objects that never go: of what is there, and of what is not. */
const kept = [
  ...objects('metrics-server', someSpec({ networkPolicy: { enabled: true } })),
  ...['Deployment', 'PodDisruptionBudget', 'Certificate', 'Issuer'].map((kind) => absent(kind)),
  absent('ClusterRoleBinding', 'system:metrics'),
  ...Object.entries({ 'metrics-server-serving-ca': 'Secret', 'metrics-server-kubelet-ca': 'ConfigMap' }).map(
    ([name, kind]) => ({
      ...{ apiVersion: 'v1', kind, metadata: { name, namespace: 'kube-system' } },
      ...(kind === 'Secret' && { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } }),
    }),
  ),
].map(
  (object): Attempt => ({
    what: `${object.kind} ${object.metadata?.name} with a finalizer`,
    request: applying({ ...object, metadata: { ...object.metadata, finalizers: ['evil.example.com/x'] } }),
    by: 'content',
  }),
);

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

function apiService(object: KubernetesObject, change: object): KubernetesObject {
  const { spec, ...rest }: Partial<V1APIService> = object;
  return { ...rest, ...{ spec: { ...spec, ...change } } };
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

const topSecret = [{ name: 'top-secret' }];
const selectsAll = { matchLabels: { 'k8s-app': 'kube-dns' } };
const policy: V1NetworkPolicy = { ...absent('NetworkPolicy'), spec: { podSelector: {} } };
const budget: V1PodDisruptionBudget = {
  ...absent('PodDisruptionBudget'),
  spec: { maxUnavailable: 0, selector: selectsAll },
};
const ownBudget: V1PodDisruptionBudget = {
  ...absent('PodDisruptionBudget'),
  spec: { maxUnavailable: 0, selector: { matchLabels: { 'metrics-server.io/config': 'metrics' } } },
};

const others: Record<string, KubernetesObject> = {
  'requests to the DNS, by pods that bear its label': disguised(),
  'traffic for addresses outside': service({ externalIPs: ['192.0.2.1'] }),
  'a port on every node': service({ type: 'NodePort' }),
  'an address that others can reach': service({ type: 'LoadBalancer' }),
  'a name that leads elsewhere': service({ type: 'ExternalName', externalName: 'example.com' }),
  'requests for metrics, by pods of others': service({ selector: { 'metrics-server.io/config': 'other' } }),
  'what the API server says to the metrics API': apiService(present('APIService'), {
    service: { name: 'other', namespace: 'default', port: 443 },
  }),
  'the rights of an account of a cloud': {
    ...present('ServiceAccount'),
    metadata: {
      ...present('ServiceAccount').metadata,
      annotations: { 'eks.amazonaws.com/role-arn': 'admin' },
    },
  },
  'a Secret for its pods, by their account': { ...present('ServiceAccount'), ...{ secrets: topSecret } },
  'a registry for its pods, by their account': {
    ...present('ServiceAccount'),
    ...{ imagePullSecrets: topSecret },
  },
  'the metrics API before all others': apiService(present('APIService'), { groupPriorityMinimum: 20_000 }),
  'the version of the metrics API before all others': apiService(present('APIService'), {
    versionPriority: 999,
  }),
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
  'no drain of a node with a pod of its own': ownBudget,
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
  ...attemptsAtDeployments,
  ...kept,
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
