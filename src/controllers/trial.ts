import type { V1DeploymentCondition, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import { z } from 'zod';
import { durationMs } from '../crds/duration.ts';
import { isKubeletReason } from '../crds/kubelet-words.ts';
import { isStartReason } from '../crds/start-words.ts';
import { troubleOf } from '../health/available.ts';
import type { ScrapeLog } from '../health/facts.ts';
import { isExpected } from '../health/nodes.ts';
import { isReady, ourStatus } from '../health/pods.ts';
import type { Live } from './cluster.ts';
import { KubeletMaterial } from './kubelet-material.ts';
import type { SeenConfig } from './observe.ts';
import {
  currentRevision,
  isSettled,
  podsOf,
  readyPodOf,
  revisionNamed,
  revisionNumber,
  revisionOf,
} from './revisions.ts';

/** New pods that have yet to prove themselves, beside those that served before. */
export interface Trial {
  fresh: V1ReplicaSet;
  former: V1ReplicaSet;
}

/** What a ready new pod and a ready old one say of the nodes that they cannot scrape. */
export interface TrialLogs {
  fresh: ScrapeLog;
  former: ScrapeLog;
}

/** Why new pods have failed: a reason of Available, or Coverage. */
export interface TrialFailure {
  reason: string;
  message: string;
}

/** What to go back to. */
export const LastGood = z.object({
  /** The ReplicaSet whose pods served before the change. */
  name: z.string(),
  /** The last revision that is part of the change: later ones are of somebody else, who restarts the pods. */
  until: z.int(),
  /** What the change began with: pods may not have had in time what was mended on the way. */
  ...KubeletMaterial.shape,
});
export type LastGood = z.output<typeof LastGood>;

/** The rollout that is under way, if it is the change after what served before; neither a restart nor what befalls a rollout that is long through. */
export function trialIn(live: Live, lastGood: LastGood | undefined): Trial | undefined {
  const former = revisionNamed(lastGood?.name, live);
  const fresh = currentRevision(live);
  if (former === undefined || fresh === undefined || fresh === former || isThrough(live)) return undefined;
  // The old pod may have had to end first.
  const isOfChange = revisionOf(fresh) <= (lastGood?.until ?? 0);
  return isOfChange || readyPodOf(former, live) !== undefined ? { fresh, former } : undefined;
}

/** Whether the rollout has come to its end once, whatever has happened to its pods since. Of a ReplicaSet that is used again Kubernetes says so before it has a pod. */
function isThrough(live: Live): boolean {
  const { spec, status } = live.deployment ?? {};
  const isCounted = status?.updatedReplicas === (spec?.replicas ?? 1);
  return isSettled(live) || (isCounted && progressOf(live)?.reason === 'NewReplicaSetAvailable');
}

function progressOf({ deployment }: Live): V1DeploymentCondition | undefined {
  return deployment?.status?.conditions?.find(({ type }) => type === 'Progressing');
}

/** What to go back to once the template is written anew: what serves now, but for pods that are on trial themselves. */
export function nextLastGood(live: Live, lastGood: LastGood | undefined): LastGood | undefined {
  const until = revisionNumber(live) + 1;
  const current = currentRevision(live);
  const serves = current !== undefined && readyPodOf(current, live) !== undefined;
  const name = serves && trialIn(live, lastGood) === undefined ? current.metadata?.name : lastGood?.name;
  return name === undefined ? undefined : { name, until };
}

/** Whether new pods have had all the time that the Deployment gives them, while older ones serve. */
export function isStuck(live: Live): boolean {
  const current = currentRevision(live);
  const fresh = current === undefined ? [] : podsOf(current, live);
  const serving = live.pods.filter((pod) => isReady(pod) && !fresh.includes(pod));
  return serving.length > 0 && isTooLate(fresh, live);
}

/** What Kubernetes says of the deadline may be about an earlier attempt. */
function isTooLate(fresh: V1Pod[], live: Live): boolean {
  const { reason, lastUpdateTime } = progressOf(live) ?? {};
  const firstMs = Math.min(
    ...fresh.map(({ metadata }) => new Date(metadata?.creationTimestamp ?? 0).getTime()),
  );
  return reason === 'ProgressDeadlineExceeded' && firstMs < new Date(lastUpdateTime ?? 0).getTime();
}

/** Two pods whose logs are worth comparing. */
export interface TrialPods {
  fresh: V1Pod;
  former: V1Pod;
}

/** Undefined before a new one is ready. */
export function comparablePods({ fresh, former }: Trial, live: Live): TrialPods | undefined {
  const [next, old] = [readyPodOf(fresh, live), readyPodOf(former, live)];
  return next === undefined || old === undefined ? undefined : { fresh: next, former: old };
}

/** Whether the new pods have failed, and why. */
export function failureOf(trial: Trial, seen: SeenConfig): TrialFailure | undefined {
  return notUp(trial, seen) ?? blinder(seen);
}

// What no waiting heals. Others, such as a node that is missing, have the time that the Deployment gives them.
const hopeless = ['ImagePullFailed', 'CreateConfigError', 'PodRejected'];

/** Whether it means that a container runs and does not get what makes it ready: it can scrape no node, or no pod. */
export function isBlind(reason: string): boolean {
  return ['NoMetricsYet', 'PodMetricsMissing'].includes(reason) || isKubeletReason(reason);
}

function notUp({ fresh }: Trial, seen: SeenConfig): TrialFailure | undefined {
  const { deployment } = seen.live;
  const pods = podsOf(fresh, seen.live);
  const trouble = troubleOf({ ...seen, name: seen.config.metadata.name, deployment, pods });
  if (isTooLate(pods, seen.live)) {
    const late = `The new pods were not ready within ${deployment?.spec?.progressDeadlineSeconds} s.`;
    return { reason: trouble?.reason ?? 'Starting', message: trouble?.message ?? late };
  }
  if (trouble === undefined) return undefined;
  const { reason } = trouble;
  if (!hopeless.includes(reason) && !isStartReason(reason) && !isBlind(reason)) return undefined;
  if (isStartReason(reason) && !pods.some(hasTriedInVain)) return undefined;
  const since =
    pods.length === 0 ? [refusedAt(seen.live)] : pods.map((pod) => triedSince(pod, trouble.reason));
  const waitedMs = seen.now.getTime() - Math.min(...since.map((time) => new Date(time ?? 0).getTime()));
  return waitedMs >= patienceMs(trouble.reason, seen) ? trouble : undefined;
}

function refusedAt({ deployment }: Live): Date | undefined {
  return deployment?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')?.lastTransitionTime;
}

// Ten, twenty and forty seconds lie between four starts.
const startsInAMinute = 3;

/** Whether its container waits after its end, or has done so after so many that another start is no hope: the one that runs may be the one that succeeds. */
function hasTriedInVain(pod: V1Pod): boolean {
  const { state, restartCount = 0 } = ourStatus(pod) ?? {};
  const isWaiting = state?.waiting?.reason === 'CrashLoopBackOff';
  return isWaiting || (restartCount > startsInAMinute && !isReady(pod));
}

/** Since when a new pod has tried what it does not get done: an image that took long to pull is no fault of the program. */
function triedSince(pod: V1Pod, reason: string): Date | undefined {
  const { state, lastState, restartCount = 0 } = ourStatus(pod) ?? {};
  const createdAt = pod.metadata?.creationTimestamp;
  if (isBlind(reason)) return state?.running?.startedAt ?? createdAt;
  if (!isStartReason(reason) || restartCount >= startsInAMinute) return createdAt;
  return lastState?.terminated?.startedAt ?? createdAt;
}

// The old pods serve, so there is time to see whether it passes; a registry has as long as in images.ts.
function patienceMs(reason: string, { spec }: SeenConfig): number {
  return reason === 'ImagePullFailed' ? 120_000 : Math.max(60_000, 3 * durationMs(spec.resolution));
}

// One failure may be chance, and so may be one node of a large cluster.
const mustFailTimes = 2;
const mustFailShare = 0.01;

/** Nodes that a new pod fails to scrape, and an old one does not at the same time. Nodes that come, go or fail meanwhile count for neither. */
function blinder({ trialLogs, nodes, spec }: SeenConfig): TrialFailure | undefined {
  if (trialLogs?.fresh.is !== 'read' || trialLogs.former.is !== 'read' || trialLogs.former.isCut)
    return undefined;
  const known = new Set(trialLogs.former.errors.map(({ node }) => node));
  const expected = nodes.filter((node) => node.isReady && isExpected(node, spec));
  const names = new Set(expected.map(({ name }) => name));
  const lost = trialLogs.fresh.errors.filter(
    ({ node, times }) => times >= mustFailTimes && names.has(node) && !known.has(node),
  );
  const [first] = lost;
  if (first === undefined || lost.length < mustFailShare * expected.length) return undefined;
  const shown = lost.slice(0, 10).map(({ node }) => node);
  const more = lost.length > shown.length ? ` and ${lost.length - shown.length} more` : '';
  return {
    reason: 'Coverage',
    message: `The new pod cannot scrape ${shown.join(', ')}${more}, which the old one can. ${first.node}: ${first.error}.`,
  };
}
