import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import type { Facts } from './facts.ts';
import { livingPods, ourStatus } from './pods.ts';

const notCreated = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];
// Mounting what exists takes seconds. The kubelet says when that is done, before it pulls the image, but not before Kubernetes 1.29.
const mountedWithinMs = { False: 60_000, Unknown: 5 * 60_000 };

export function isNotCreated({ state }: V1ContainerStatus): boolean {
  return notCreated.includes(state?.waiting?.reason ?? '');
}

/** The pod whose container waits for what comes before its image; Kubernetes then has a warning about it. */
export function podInCreation({ pods, now }: Pick<Facts, 'pods' | 'now'>): V1Pod | undefined {
  return livingPods(pods).find((pod) => isMountedLate(pod, now, warnedWithinMs));
}

const warnedWithinMs = { False: 15_000, Unknown: 15_000 };

export function podGetsNoSandbox({ podWarning }: Facts): Finding<'Available'> | undefined {
  if (podWarning === undefined || !/sandbox image/.test(podWarning.message)) return undefined;
  return {
    status: 'False',
    reason: 'SandboxImage',
    message: `The node cannot start the pod, for it does not get the image of the pause container: see to the registry that its container runtime is set to take it from (containerd: sandbox). ${podWarning.message}`,
  };
}

export function containerIsNotCreated({
  pods,
  spec,
  now,
  podWarning,
}: Facts): Finding<'Available'> | undefined {
  const failed = pods.flatMap((pod) => ourStatus(pod) ?? []).find(isNotCreated)?.state?.waiting;
  const late = pods.find((pod) => isMountedLate(pod, now));
  const mounted = mountedObjects(late).join(', ');
  if (failed === undefined && podWarning === undefined && mounted === '') return undefined;
  const why =
    failed?.message ??
    podWarning?.message ??
    `it has been waiting for a while. It mounts ${mounted} in ${spec.namespace}: see that they are there, with the keys that it names`;
  return {
    status: 'False',
    reason: 'CreateConfigError',
    message: `The container cannot be created: ${why.replace(/[.\s]*$/, '')}.`,
  };
}

function isMountedLate(pod: V1Pod, now: Date, { False, Unknown } = mountedWithinMs): boolean {
  const { startTime, conditions } = pod.status ?? {};
  if (ourStatus(pod)?.state?.waiting?.reason !== 'ContainerCreating' || startTime === undefined) return false;
  const mounted = conditions?.find(({ type }) => type === 'PodReadyToStartContainers')?.status;
  if (mounted === 'True') return false;
  const withinMs = mounted === 'False' ? False : Unknown;
  return now.getTime() - new Date(startTime).getTime() > withinMs;
}

/** What the kubelet has to mount before the container of a pod starts. */
function mountedObjects(pod: V1Pod | undefined): string[] {
  return (pod?.spec?.volumes ?? []).flatMap(({ configMap, secret }) => {
    const isOptional = configMap?.optional === true || secret?.optional === true;
    if (isOptional || (configMap ?? secret) === undefined) return [];
    return [configMap === undefined ? `Secret ${secret?.secretName}` : `ConfigMap ${configMap.name}`];
  });
}
