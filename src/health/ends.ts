import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import type { Facts } from './facts.ts';
import { ourStatus } from './pods.ts';

/** Our container, where its last end is why its pod is not ready. */
export function endingContainer(
  pod: V1Pod,
  facts: Pick<Facts, 'now' | 'spec'>,
): V1ContainerStatus | undefined {
  const container = ourStatus(pod);
  return container !== undefined && keepsEnding(container, pod, facts) ? container : undefined;
}

/** How a container has ended last. */
export function lastEnd({ state, lastState }: V1ContainerStatus): V1ContainerStateTerminated | undefined {
  return state?.terminated ?? lastState?.terminated;
}

/** How often a container has ended; Kubernetes counts how often it was started again. */
export function endsOf({ state, restartCount }: V1ContainerStatus): number {
  return (state?.waiting ?? state?.terminated) === undefined ? restartCount : restartCount + 1;
}

// Metrics take about two resolutions to appear after a start; then a probe has to find them.
const resolutionsToReady = 2;
const probedWithinMs = 20_000;

/**
 * Whether its last end is why it is not ready: between two ends it runs for a moment, which heals nothing. That holds until it is ready,
 * or has run for longer than that takes. A run in which the pod was ready may end once by chance.
 */
export function keepsEnding(
  container: V1ContainerStatus,
  pod: V1Pod,
  { now, spec }: Pick<Facts, 'now' | 'spec'>,
): boolean {
  const { state, ready, restartCount } = container;
  if (state?.waiting?.reason === 'CrashLoopBackOff') return true;
  const ended = lastEnd(container);
  if (ended === undefined || ready || isOver(pod) || wasReadyIn(pod, ended)) return false;
  if (state?.terminated !== undefined) return ended.exitCode !== 0 || restartCount > 0;
  if (state?.running?.startedAt === undefined) return false;
  const ranForMs = now.getTime() - new Date(state.running.startedAt).getTime();
  return ranForMs <= resolutionsToReady * durationMs(spec.resolution) + probedWithinMs;
}

/** What is deleted, evicted or shut down ends for good. */
function isOver({ metadata, status }: V1Pod): boolean {
  return metadata?.deletionTimestamp !== undefined || ['Failed', 'Succeeded'].includes(status?.phase ?? '');
}

/** Whether the pod was ready in the run that ended so. */
function wasReadyIn({ status }: V1Pod, { startedAt, finishedAt }: V1ContainerStateTerminated): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.lastTransitionTime === undefined) return false;
  // What could not even be started has a start in 1970, or none.
  const ranFromMs = new Date(startedAt ?? 0).getTime() || new Date(finishedAt ?? 0).getTime();
  return ready.status === 'True' || new Date(ready.lastTransitionTime).getTime() > ranFromMs;
}
