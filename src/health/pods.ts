import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Facts, NodeFacts } from './facts.ts';

/** Status of our container. It comes first, whatever was injected beside it: see what is kept of a Pod. */
export function ourStatus(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.[0];
}

/** What pods suffer from that are being deleted is over with them; it counts only where no others are there. */
export function livingPods(pods: V1Pod[]): V1Pod[] {
  const living = pods.filter((pod) => !isEnding(pod));
  return living.length > 0 ? living : pods;
}

function isEnding({ metadata }: V1Pod): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

/** A lost node cannot say that its containers are not ready; then Kubernetes says so of the pod. */
export function isReady(pod: V1Pod): boolean {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return ourStatus(pod)?.ready === true && condition?.status !== 'False';
}

/** The pods that are ready, those first that are there to stay: one that is ending serves for a while. */
export function servingPods(pods: V1Pod[]): V1Pod[] {
  const ready = pods.filter(isReady);
  return [...ready.filter((pod) => !isEnding(pod)), ...ready.filter(isEnding)];
}

/** How many pods are ready. Pods are a moment ahead of the Deployment's own count. */
export function readyCount({ pods, deployment }: Pick<Facts, 'pods' | 'deployment'>): number {
  const alive = pods.filter((pod) => !isEnding(pod));
  return alive.length > 0 ? alive.filter(isReady).length : (deployment?.status?.readyReplicas ?? 0);
}

/**
 * The pods of the template that the Deployment has now, by the image and flags of our container; none while its rollout has not made
 * one. All of them where none looks like it: then somebody writes pods anew on their way in, such as their images, and they cannot be
 * told apart.
 */
export function newestPods({ pods, deployment }: Pick<Facts, 'pods' | 'deployment'>): V1Pod[] {
  if (!hasBegun(deployment)) return [];
  const isWanted = (pod: V1Pod) => {
    const [has] = pod.spec?.containers ?? [];
    const wants = deployment?.spec?.template.spec?.containers.find(({ name }) => name === has?.name);
    return has?.image === wants?.image && flagsOf(has) === flagsOf(wants);
  };
  const newest = pods.filter(isWanted);
  return newest.length > 0 ? newest : pods;
}

/** Whether a change of the Deployment has led to pods. Until then, what pods suffer from is about the template before. */
export function hasBegun(deployment: Facts['deployment']): boolean {
  const { generation } = deployment?.metadata ?? {};
  const { observedGeneration = generation, replicas = 0, updatedReplicas = 0 } = deployment?.status ?? {};
  return observedGeneration === generation && (updatedReplicas > 0 || replicas === 0);
}

function flagsOf(container: { args?: string[] } | undefined): string {
  return (container?.args ?? []).join('\n');
}

/** The node that a pod is on, where that is not ready. */
export function lostNode(pod: V1Pod, nodes: NodeFacts[]): NodeFacts | undefined {
  return nodes.find(({ name, isReady }) => name === pod.spec?.nodeName && !isReady);
}

/** Since when the container has run without being ready; undefined if it is ready or does not run. */
export function unreadySince(pod: V1Pod): Date | undefined {
  const container = ourStatus(pod);
  if (container?.ready !== false || container.state?.running?.startedAt === undefined) return undefined;
  const startedAt = new Date(container.state.running.startedAt);
  const lostAt = wasReadyUntil(pod);
  return lostAt !== undefined && lostAt > startedAt ? lostAt : startedAt;
}

/** When a pod that is not ready has last been; undefined if it was not since its container started. */
export function wasReadyUntil(pod: V1Pod): Date | undefined {
  const container = ourStatus(pod);
  const startedAt = container?.state?.running?.startedAt;
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (container?.ready !== false || startedAt === undefined || ready?.lastTransitionTime === undefined) {
    return undefined;
  }
  const changedAt = new Date(ready.lastTransitionTime);
  // A pod is born not ready, before its container starts.
  return ready.status === 'False' && changedAt > new Date(startedAt) ? changedAt : undefined;
}
