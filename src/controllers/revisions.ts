import type { V1Pod, V1PodTemplateSpec, V1ReplicaSet } from '@kubernetes/client-node';
import { isReady } from '../health/pods.ts';
import type { Live } from './cluster.ts';

/** Kubernetes' own annotation, on a Deployment and on the ReplicaSets that it has made of its templates. */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';

const hashLabel = 'pod-template-hash';

/** The ReplicaSet of the template that the Deployment has now; undefined until Kubernetes has made it. */
export function currentRevision({ deployment, replicaSets }: Live): V1ReplicaSet | undefined {
  const { metadata, status } = deployment ?? {};
  if (status?.observedGeneration !== metadata?.generation) return undefined;
  const revision = metadata?.annotations?.[revisionAnnotation];
  return replicaSets.find(({ metadata }) => metadata?.annotations?.[revisionAnnotation] === revision);
}

/** The number of the revision that the template of the Deployment has, or is about to get. */
export function revisionNumber({ deployment }: Live): number {
  const { metadata, status } = deployment ?? {};
  const known = Number(metadata?.annotations?.[revisionAnnotation] ?? 0);
  return status?.observedGeneration === metadata?.generation ? known : known + 1;
}

export function revisionNamed(name: string | undefined, { replicaSets }: Live): V1ReplicaSet | undefined {
  return replicaSets.find(({ metadata }) => metadata?.name === name);
}

export function revisionOf({ metadata }: V1ReplicaSet): number {
  return Number(metadata?.annotations?.[revisionAnnotation]);
}

export function podsOf(revision: V1ReplicaSet, { pods }: Live): V1Pod[] {
  const hash = revision.metadata?.labels?.[hashLabel];
  return pods.filter(
    ({ metadata }) => metadata?.labels?.[hashLabel] === hash && metadata?.deletionTimestamp === undefined,
  );
}

export function readyPodOf(revision: V1ReplicaSet, live: Live): V1Pod | undefined {
  return podsOf(revision, live).find(isReady);
}

/** The template as the Deployment had it: the label is Kubernetes' own. */
export function templateOf({ spec }: V1ReplicaSet): V1PodTemplateSpec {
  const { labels = {}, annotations } = spec?.template?.metadata ?? {};
  const { [hashLabel]: _, ...given } = labels;
  return { metadata: { labels: given, ...(annotations && { annotations }) }, spec: spec?.template?.spec };
}

/** Whether every pod is of the current template, and has stood the test of `minReadySeconds`. */
export function isSettled({ deployment }: Live): boolean {
  const { metadata, spec, status } = deployment ?? {};
  const desired = spec?.replicas ?? 1;
  return (
    desired > 0 &&
    status?.observedGeneration === metadata?.generation &&
    status?.updatedReplicas === desired &&
    status.replicas === desired &&
    status.availableReplicas === desired
  );
}
