import type { V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import { troubleOf } from '../health/available.ts';
import type { ScrapeLog } from '../health/facts.ts';
import { isExpected } from '../health/nodes.ts';
import type { Live } from './cluster.ts';
import type { SeenConfig } from './observe.ts';
import { currentRevision, isSettled, podsOf, readyPodOf, revisionNamed, revisionOf } from './revisions.ts';

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

/** The rollout that is under way, if it is one away from what served before; neither a restart nor what befalls a rollout that is long through. */
export function trialIn(live: Live, lastGood: string | undefined): Trial | undefined {
  const former = revisionNamed(lastGood, live);
  const fresh = currentRevision(live);
  if (former === undefined || fresh === undefined || fresh === former || isThrough(live)) return undefined;
  // The old pod may have had to end first.
  const isNext = revisionOf(fresh) === revisionOf(former) + 1;
  return isNext || readyPodOf(former, live) !== undefined ? { fresh, former } : undefined;
}

/** Whether the rollout has come to its end once, whatever has happened to its pods since. */
function isThrough(live: Live): boolean {
  const progress = live.deployment?.status?.conditions?.find(({ type }) => type === 'Progressing');
  return isSettled(live) || progress?.reason === 'NewReplicaSetAvailable';
}

/** The two pods whose logs are worth comparing; undefined before a new one is ready. */
export function comparablePods(
  { fresh, former }: Trial,
  live: Live,
): { fresh: V1Pod; former: V1Pod } | undefined {
  const [next, old] = [readyPodOf(fresh, live), readyPodOf(former, live)];
  return next === undefined || old === undefined ? undefined : { fresh: next, former: old };
}

/** Whether the new pods have failed, and why. */
export function failureOf(trial: Trial, seen: SeenConfig): TrialFailure | undefined {
  return notUp(trial, seen) ?? blinder(seen);
}

// What no waiting heals. Others, such as a node that is missing, have the time that the Deployment gives them.
const hopeless = ['ImagePullFailed', 'ContainerNotCreated', 'CrashLoop', 'PodRejected', 'NoMetricsYet'];

function notUp({ fresh }: Trial, seen: SeenConfig): TrialFailure | undefined {
  const { deployment } = seen.live;
  const pods = podsOf(fresh, seen.live);
  const trouble = troubleOf({ ...seen, name: seen.config.metadata.name, deployment, pods });
  const progress = deployment?.status?.conditions?.find(({ type }) => type === 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') {
    const late = `The new pods were not ready within ${deployment?.spec?.progressDeadlineSeconds} s.`;
    return { reason: trouble?.reason ?? 'Starting', message: trouble?.message ?? late };
  }
  if (trouble === undefined || !hopeless.includes(trouble.reason)) return undefined;
  const waitedMs = seen.now.getTime() - triedSinceMs(pods, seen.live);
  return waitedMs >= patienceMs(trouble.reason, seen) ? trouble : undefined;
}

/** Since when new pods have been there, or have been refused. */
function triedSinceMs(pods: V1Pod[], { deployment }: Live): number {
  const refusal = deployment?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const since = pods.map(({ metadata }) => metadata?.creationTimestamp);
  const times = [...since, ...(pods.length === 0 ? [refusal?.lastTransitionTime] : [])];
  return Math.min(...times.map((time) => new Date(time ?? 0).getTime()));
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
  if (trialLogs?.fresh.is !== 'read' || trialLogs.former.is !== 'read') return undefined;
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
