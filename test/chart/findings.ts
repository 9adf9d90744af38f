import type { V1Container, V1NetworkPolicy, V1PodSpec, V1PolicyRule } from '@kubernetes/client-node';
import { type Manifest, titleOf } from './manifests.ts';

/** What kube-linter, polaris, checkov and kubescape look for in an operator. A check says what is wrong, in words. */
interface Checks<T> {
  [says: string]: (one: T) => boolean;
}

interface WithPod extends Manifest {
  spec?: { replicas?: number; template?: { spec?: V1PodSpec } } & V1PodSpec;
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

/** The words of all checks that look at one thing. */
export const everyComplaint = [ofPods, ofContainers, ofRules].flatMap((checks) => Object.keys(checks));

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

/** What can only be seen where all objects are looked at. */
function ofAll(manifests: Manifest[]): string[] {
  const has = (kind: string, namespace?: string) =>
    manifests.some((one) => one.kind === kind && one.metadata?.namespace === namespace);
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
  const said = deployments.flatMap((one) => {
    const { spec, metadata }: WithPod = one;
    const isSpread = spec?.template?.spec?.affinity?.podAntiAffinity !== undefined;
    return [
      ...((spec?.replicas ?? 1) < 2 ? [`${titleOf(one)} is alone`] : []),
      ...(isSpread ? [] : [`${titleOf(one)} has all replicas on one node`]),
      ...(has('PodDisruptionBudget', metadata?.namespace)
        ? []
        : [`${titleOf(one)} has no PodDisruptionBudget`]),
      ...(has('NetworkPolicy', metadata?.namespace) ? [] : [`${titleOf(one)} has no NetworkPolicy`]),
      ...(metadata?.namespace ? [] : [`${titleOf(one)} is in no namespace`]),
    ];
  });
  const policies: V1NetworkPolicy[] = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
  const open = policies.filter(({ spec }) => spec?.egress?.some(({ to }) => to === undefined));
  return [...said, ...open.map(({ metadata }) => `NetworkPolicy ${metadata?.name} lets out everything`)];
}

function found<T>(checks: Checks<T>, one: T): string[] {
  return Object.entries(checks).flatMap(([says, isWrong]) => (isWrong(one) ? [says] : []));
}
