import type {
  V1Container,
  V1LabelSelector,
  V1NetworkPolicy,
  V1ObjectMeta,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1PolicyRule,
} from '@kubernetes/client-node';
import { type Manifest, titleOf } from './manifests.ts';

/** What kube-linter, polaris, checkov and kubescape look for in an operator. A check says what is wrong, in words. */
interface Checks<T> {
  [says: string]: (one: T) => boolean;
}

interface WithPod extends Manifest {
  spec?: { replicas?: number; template?: { metadata?: V1ObjectMeta; spec?: V1PodSpec } } & V1PodSpec;
}

const ofPods: Checks<V1PodSpec> = {
  'shares a namespace of the host': (pod) =>
    [pod.hostNetwork, pod.hostPID, pod.hostIPC, pod.shareProcessNamespace].includes(true),
  'mounts the file system of the host': ({ volumes = [] }) => volumes.some(({ hostPath }) => hostPath),
  'may run as root': ({ securityContext = {} }) =>
    securityContext.runAsNonRoot !== true || (securityContext.runAsUser ?? 0) < 10_000,
  'has no seccomp profile': (pod) => pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault',
  'leaves open whether it gets a token': (pod) => pod.automountServiceAccountToken === undefined,
  'gets a token': (pod) => pod.automountServiceAccountToken === true,
  'is told of all Services by its environment': (pod) => pod.enableServiceLinks !== false,
};

const ofContainers: Checks<V1Container> = {
  'has an image without a version': ({ image = '' }) =>
    !/(:(?!latest$)[^/@:]+|@sha256:[0-9a-f]{64})$/.test(image),
  'may gain privileges': ({ securityContext = {} }) =>
    securityContext.allowPrivilegeEscalation !== false || securityContext.privileged === true,
  'may write to its file system': ({ securityContext = {} }) =>
    securityContext.readOnlyRootFilesystem !== true,
  'has capabilities': ({ securityContext: { capabilities = {} } = {} }) =>
    capabilities.drop?.includes('ALL') !== true || capabilities.add !== undefined,
  'asks for no processor': ({ resources }) => resources?.requests?.['cpu'] === undefined,
  'asks for no memory': ({ resources }) => resources?.requests?.['memory'] === undefined,
  'has no limit of memory': ({ resources }) => resources?.limits?.['memory'] === undefined,
  'has no limit of the processor': ({ resources }) => resources?.limits?.['cpu'] === undefined,
  'has no liveness probe': ({ livenessProbe }) => livenessProbe === undefined,
  'has no readiness probe': ({ readinessProbe }) => readinessProbe === undefined,
  'reads a Secret from its environment': ({ env = [], envFrom = [] }) =>
    [...env.map(({ valueFrom }) => valueFrom?.secretKeyRef), ...envFrom].some((one) => one !== undefined),
  'opens a port of the host': ({ ports = [] }) => ports.some(({ hostPort }) => hostPort !== undefined),
};

const ofRules: Checks<V1PolicyRule> = {
  'has a wildcard': (rule) => Object.values(rule).flat().includes('*'),
  'may raise rights': ({ verbs }) => ['escalate', 'bind', 'impersonate'].some((verb) => verbs.includes(verb)),
  'may go through kubelets': ({ resources = [] }) => resources.includes('nodes/proxy'),
  'may run commands in pods': ({ resources = [] }) =>
    ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/ephemeralcontainers'].some((one) =>
      resources.includes(one),
    ),
  'may make pods': ({ resources = [], verbs }) => resources.includes('pods') && verbs.some(isWrite),
  'may make tokens': ({ resources = [] }) => resources.includes('serviceaccounts/token'),
  'reads Secrets of any name': ({ resources = [], resourceNames }) =>
    resources.includes('secrets') && resourceNames === undefined,
  'writes objects of any name': ({ resourceNames, verbs }) =>
    resourceNames === undefined && verbs.some(isWrite),
  'may change admission': ({ apiGroups = [] }) => apiGroups.includes('admissionregistration.k8s.io'),
};

/** What can only be seen where all objects are looked at. */
const ofDeployments: Checks<{ one: WithPod; all: Manifest[] }> = {
  'is alone': ({ one }) => (one.spec?.replicas ?? 1) < 2,
  'has all replicas on one node': ({ one }) =>
    one.spec?.template?.spec?.affinity?.podAntiAffinity === undefined,
  'has no PodDisruptionBudget': ({ one, all }) => {
    const budgets: V1PodDisruptionBudget[] = besides(one, all, 'PodDisruptionBudget');
    return !budgets.some(({ spec }) => selects(spec?.selector, one));
  },
  'has no NetworkPolicy': ({ one, all }) => {
    const policies: V1NetworkPolicy[] = besides(one, all, 'NetworkPolicy');
    return !policies.some(({ spec }) => selects(spec?.podSelector, one));
  },
  'is in no namespace': ({ one }) => one.metadata?.namespace === undefined,
};

const ofPolicies: Checks<V1NetworkPolicy> = {
  'lets out everything': ({ spec }) => spec?.egress?.some(({ to }) => to === undefined) ?? false,
};

/** The words of all checks. */
export const everyComplaint = [ofPods, ofContainers, ofRules, ofDeployments, ofPolicies].flatMap((checks) =>
  Object.keys(checks),
);

function besides({ metadata }: Manifest, all: Manifest[], kind: string): Manifest[] {
  return all.filter((one) => one.kind === kind && one.metadata?.namespace === metadata?.namespace);
}

/** Expressions are none of ours, so that they count for nothing. */
function selects(selector: V1LabelSelector | undefined, { spec }: WithPod): boolean {
  if (selector === undefined || selector.matchExpressions !== undefined) return false;
  const { labels = {} } = spec?.template?.metadata ?? {};
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

const isWrite = (verb: string) => !['get', 'list', 'watch'].includes(verb);

/** One line for each thing that a linter would say about these objects. */
export function findings(manifests: Manifest[]): string[] {
  const each = manifests.flatMap((one) => [
    ...ofPodsIn(one).map((says) => `${titleOf(one)} ${says}`),
    ...(one.rules ?? []).flatMap((rule) =>
      found(ofRules, rule).map(
        (says) => `${titleOf(one)} ${says}: ${rule.verbs.join()} ${rule.resources?.join()}`,
      ),
    ),
  ]);
  return [...each, ...ofAll(manifests)];
}

function ofPodsIn(manifest: Manifest): string[] {
  const { kind, spec }: WithPod = manifest;
  const pod = kind === 'Pod' ? spec : spec?.template?.spec;
  if (pod === undefined) return [];
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  return [...found(ofPods, pod), ...containers.flatMap((one) => found(ofContainers, one))];
}

function ofAll(all: Manifest[]): string[] {
  const of = (kind: string) => all.filter((one) => one.kind === kind);
  const policies: V1NetworkPolicy[] = of('NetworkPolicy');
  return [
    ...of('Deployment').flatMap((one) =>
      found(ofDeployments, { one, all }).map((says) => `${titleOf(one)} ${says}`),
    ),
    ...policies.flatMap((one) =>
      found(ofPolicies, one).map((says) => `NetworkPolicy ${one.metadata?.name} ${says}`),
    ),
  ];
}

function found<T>(checks: Checks<T>, one: T): string[] {
  return Object.entries(checks).flatMap(([says, isWrong]) => (isWrong(one) ? [says] : []));
}
