import type { KubernetesObject } from '@kubernetes/client-node';
import type { ApiRequest } from '../../../src/platform/connection.ts';
import { type Attempt, applying, present } from './attempts.ts';

const pod = { containers: [{ name: 'a', image: 'a' }] };
const template = { metadata: { labels: { app: 'a' } }, spec: { ...pod, restartPolicy: 'Never' } };
const selector = { matchLabels: { app: 'a' } };
const running = { ...template, spec: pod };
const someMeta = { name: 'a', namespace: 'kube-system' };
const rbac = 'rbac.authorization.k8s.io/v1';
const admission = 'admissionregistration.k8s.io/v1';

const object = (
  apiVersion: string,
  kind: string,
  rest: object,
  metadata: object = someMeta,
): KubernetesObject => ({
  ...{ apiVersion, kind, metadata },
  ...rest,
});
const get = (path: string, query?: ApiRequest['query']): ApiRequest => ({ path, ...(query && { query }) });
const remove = (path: string): ApiRequest => ({ method: 'DELETE', path });
const create = (path: string, body: unknown): ApiRequest => ({ method: 'POST', path, body });
const merge = (path: string, body: unknown): ApiRequest => ({
  ...{ method: 'PATCH', path, body },
  contentType: 'application/merge-patch+json',
});

const system = '/api/v1/namespaces/kube-system';
const own = { name: 'metrics-server-operator' };
const { metadata: _, ...nameless } = present('Deployment');
const renamed = (metadata: object) => ({ ...nameless, metadata });
const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const webhooks = { webhooks: [] };
const review = { type: 'Approved', status: 'True', reason: 'Eve', message: 'x' };

const wanted: Record<string, ApiRequest> = {
  'a Deployment of another name': applying(renamed({ name: 'coredns', namespace: 'kube-system' })),
  'a Deployment of the right name in another namespace': applying(
    renamed({ name: 'metrics-server', namespace: 'default' }),
  ),
  'a Deployment of the right name, made with POST, which has no name to be bound to': create(
    '/apis/apps/v1/namespaces/kube-system/deployments',
    renamed({ name: 'metrics-server-b' }),
  ),
  'more replicas, past the content of the Deployment': merge(
    '/apis/apps/v1/namespaces/kube-system/deployments/metrics-server/scale',
    { spec: { replicas: 9 } },
  ),
  'a pod': applying(object('v1', 'Pod', { spec: pod })),
  'a job': applying(object('batch/v1', 'Job', { spec: { template } })),
  'a pod on every node': applying(object('apps/v1', 'DaemonSet', { spec: { selector, template: running } })),
  'pods by a ReplicaSet': applying(
    object('apps/v1', 'ReplicaSet', { spec: { selector, template: running } }),
  ),
  'another Service': applying(object('v1', 'Service', { spec: { ports: [{ port: 443 }] } })),
  'another ServiceAccount': applying(object('v1', 'ServiceAccount', {})),
  'a Secret that is not its own': get(`${system}/secrets/admin`),
  'a Secret that is not its own, by a list of one': get(`${system}/secrets`, {
    fieldSelector: 'metadata.name=admin',
  }),
  'all Secrets of a namespace': get(`${system}/secrets`),
  'all Secrets of the cluster': get('/api/v1/secrets'),
  'a Secret that is not its own, written': merge(`${system}/secrets/admin`, { stringData: { a: 'b' } }),
  'the token of an account': create(`${system}/serviceaccounts/default/token`, {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } },
  }),
  'a ConfigMap of the system': get(`${system}/configmaps/coredns`),
  'a ConfigMap of the system, written': merge(`${system}/configmaps/coredns`, { data: { a: 'b' } }),
  'whom API requests are believed from': merge(`${system}/configmaps/extension-apiserver-authentication`, {
    data: { 'requestheader-allowed-names': '[]' },
  }),
  'a node gone': remove('/api/v1/nodes/node-1'),
  'a node marked': merge('/api/v1/nodes/node-1', { metadata: { labels: { a: 'b' } } }),
  'a namespace gone': remove('/api/v1/namespaces/monitoring'),
  'Pod Security lifted': merge('/api/v1/namespaces/kube-system', {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
  }),
  'a pod gone': remove(`${system}/pods/a`),
  'another APIService': merge('/apis/apiregistration.k8s.io/v1/apiservices/v1.apps', {
    spec: { versionPriority: 1 },
  }),
  'a webhook that sees every object': applying(
    object(admission, 'MutatingWebhookConfiguration', webhooks, { name: 'a' }),
  ),
  'a webhook that refuses every object': applying(
    object(admission, 'ValidatingWebhookConfiguration', webhooks, { name: 'a' }),
  ),
  'its policy gone': remove(
    `/apis/${admission}/validatingadmissionpolicies/metrics-server-operator-deployments`,
  ),
  'its policy without effect': merge(
    `/apis/${admission}/validatingadmissionpolicybindings/metrics-server-operator-deployments`,
    { spec: { validationActions: ['Audit'] } },
  ),
  'more in its own ClusterRole': applying(object(rbac, 'ClusterRole', { rules: everything }, own)),
  'more in its own Role': applying(
    object(rbac, 'Role', { rules: everything }, { ...own, namespace: 'kube-system' }),
  ),
  'its own account bound to cluster-admin': applying(
    object(
      rbac,
      'ClusterRoleBinding',
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', ...own, namespace: own.name }],
      },
      { name: 'a' },
    ),
  ),
  'the leader of others': applying(object('coordination.k8s.io/v1', 'Lease', { spec: {} })),
  'a certificate of the cluster': merge(
    '/apis/certificates.k8s.io/v1/certificatesigningrequests/eve/approval',
    {
      status: { conditions: [review] },
    },
  ),
  'another spec of a config': merge('/apis/metrics-server.io/v1alpha1/metricsserverconfigs/metrics-server', {
    spec: { version: 'v0.6.4' },
  }),
  'a config gone': remove('/apis/metrics-server.io/v1alpha1/metricsserverconfigs/metrics-server'),
  'another CRD of configs': merge(
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/metricsserverconfigs.metrics-server.io',
    { metadata: { labels: { a: 'b' } } },
  ),
  'what an autoscaler does': merge('/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/a', {
    spec: { maxReplicas: 100 },
  }),
};

const kubelets: Record<string, { request: ApiRequest; adminHears: string }> = {
  'whatever a kubelet does for it': {
    request: get('/api/v1/nodes/node-1/proxy/metrics'),
    adminHears: 'address not allowed',
  },
  'the log of a pod elsewhere': {
    request: get('/api/v1/namespaces/default/pods/a/log'),
    adminHears: 'dial tcp',
  },
  'a shell in a pod': {
    request: { method: 'POST', path: `${system}/pods/a/exec`, query: { command: 'sh', stdout: true } },
    adminHears: 'Upgrade request required',
  },
};

/** What its rights do not say, among it what only a kubelet could do. */
export const attemptsAtRights: Attempt[] = [
  ...Object.entries(wanted).map(([what, request]): Attempt => ({ what, request, by: 'rights' })),
  ...Object.entries(kubelets).map(([what, one]): Attempt => ({ what, ...one, by: 'rights' })),
];

/** What has to be there for the attempts to be well-formed. */
export const targets: KubernetesObject[] = [
  object(
    'v1',
    'Node',
    { status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] } },
    { name: 'node-1' },
  ),
  object('v1', 'Secret', { stringData: { key: 'value' } }, { name: 'admin', namespace: 'kube-system' }),
  object('v1', 'ConfigMap', { data: {} }, { name: 'coredns', namespace: 'kube-system' }),
  object('v1', 'ServiceAccount', {}, { name: 'default', namespace: 'kube-system' }),
  ...['kube-system', 'default'].map((namespace) =>
    object('v1', 'Pod', { spec: { ...pod, nodeName: 'node-1' } }, { name: 'a', namespace }),
  ),
  object(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    { spec: { maxReplicas: 1, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' } } },
    { name: 'a', namespace: 'default' },
  ),
];
