import { isDeepStrictEqual } from 'node:util';
import { durationMs } from '../crds/duration.ts';
import type { ConditionType } from '../crds/findings.ts';
import { isKubeletReason } from '../crds/kubelet-words.ts';
import type { Condition, MetricsServerConfigStatus } from '../crds/status.ts';
import { suspect } from '../health/scrape-errors.ts';
import type { Outcome } from './apply.ts';
import type { Seen, SeenConfig } from './observe.ts';

/** Whether to say what a look found now, or to wait for another one. */
export type Pace = { is: 'tell' } | { is: 'wait'; forMs: number; because: 'counting' | 'doubt' | 'steps' };

// Nodes come and go all the time in a large cluster.
const countsEveryMs = 10_000;
// The steps of one change follow each other within moments, and where they lead is what counts.
const stepsMergedMs = 1000;
// One lost request must not turn a fleet red, nor a restart of the operator take back a cause.
const secondOpinionAfterMs = 2500;

export function paceOf(seen: SeenConfig, status: MetricsServerConfigStatus): Pace {
  const { config, past, now, metrics } = seen;
  const before = config.status;
  if (before === undefined || before.observedGeneration !== status.observedGeneration) return { is: 'tell' };
  if (worsens(before, status) && metrics.is !== 'unregistered' && isFirst(metrics, past)) {
    return { is: 'wait', forMs: secondOpinionAfterMs, because: 'doubt' };
  }
  const awaitedMs = causeAwaitedMs(seen, before, status);
  if (awaitedMs > 0) return { is: 'wait', forMs: awaitedMs, because: 'doubt' };
  const restMs = (sinceMs: number, everyMs: number) => Math.min(everyMs, sinceMs + everyMs - now.getTime()); // clocks may jump
  // A new process has asked no kubelet yet: what the one before knew is not to go for the moment that this takes.
  const countedAtMs = past.statusWrittenAtMs || now.getTime();
  const countsMs = restMs(countedAtMs, countsEveryMs);
  const stepsMs = restMs(past.statusWrittenAtMs, stepsMergedMs);
  if (countsMs > 0 && isOnlyCounting(before, status))
    return { is: 'wait', forMs: countsMs, because: 'counting' };
  if (stepsMs > 0 && isSameVerdict(before, status)) return { is: 'wait', forMs: stepsMs, because: 'steps' };
  return { is: 'tell' };
}

/** What `kubectl wait`, Argo CD and Flux go by. */
const verdict: ConditionType[] = ['Ready', 'Reconciling', 'Stalled'];

function isSameVerdict(before: MetricsServerConfigStatus, after: MetricsServerConfigStatus): boolean {
  return verdict.every((type) => conditionOf(before, type)?.status === conditionOf(after, type)?.status);
}

/** Whether no later answer has confirmed this one yet. */
function isFirst({ atMs }: { atMs: number }, { doubtedAtMs }: SeenConfig['past']): boolean {
  return doubtedAtMs === undefined || atMs <= doubtedAtMs;
}

// Metrics take about two resolutions to appear after a start: so long it is asked every second.
const impatientMs = 90_000;

/** Events bring most looks; scraping has none, so the metrics API is asked once per resolution, more often while it comes up. */
export function nextLook(
  seen: Seen,
  status: MetricsServerConfigStatus | undefined,
  outcomes: Outcome[],
): { afterMs: number } | undefined {
  switch (seen.is) {
    case 'gone':
      return undefined;
    case 'going':
    case 'superseded':
      return { afterMs: 60_000 };
    case 'readable':
      return { afterMs: leadsOn(outcomes) ? 0 : patienceMs(seen, status) };
  }
}

/** Nobody tells of what we wrote ourselves, and for a certificate others are waiting. */
function leadsOn(outcomes: Outcome[]): boolean {
  return outcomes.some(({ is, step }) => is === 'done' && step.action === 'issue');
}

function patienceMs(
  { spec: own, others, metrics, now }: SeenConfig,
  status: MetricsServerConfigStatus | undefined,
): number {
  const { resolution } = others?.spec ?? own;
  if (!isComingUp(status, now)) return Math.min(durationMs(resolution), 60_000);
  return metrics.is === 'unregistered' ? 5000 : 1000;
}

/** Whether Ready was lost, or has not come, only just; or is to come, for the pods are there only just, however long they were not. */
export function isComingUp(status: MetricsServerConfigStatus | undefined, now: Date): boolean {
  const [ready, available] = (['Ready', 'Available'] as const).map(
    (type) => status && conditionOf(status, type),
  );
  if (ready?.status === 'True') return false;
  const isRecent = (one: Condition | undefined) =>
    now.getTime() - Date.parse(one?.lastTransitionTime ?? '') < impatientMs;
  return isRecent(ready) || (available?.status === 'True' && isRecent(available));
}

// What one request found; everything else comes from watches and is certain.
const probed: ConditionType[] = ['Serving', 'Scraping'];

function worsens(before: MetricsServerConfigStatus, after: MetricsServerConfigStatus): boolean {
  const isOk = (status: MetricsServerConfigStatus, type: ConditionType) =>
    conditionOf(status, type)?.status === 'True';
  const isAvailable = isOk(after, 'Available') && isOk(after, 'Applied');
  return isAvailable && probed.some((type) => isOk(before, type) && !isOk(after, type));
}

// What is said of pods and nodes while nobody has said why.
const causeless = ['Starting', 'NoMetricsYet', 'Unresponsive', 'NodesMissing'];

/** How long to wait for a cause that has been told before: an operator that has just started has not read any log, nor asked kubelets. */
function causeAwaitedMs(
  { past, now, log, ...seen }: SeenConfig,
  before: MetricsServerConfigStatus,
  after: MetricsServerConfigStatus,
): number {
  const caused = (['Available', 'Scraping'] as const).filter((type) =>
    isKubeletReason(conditionOf(before, type)?.reason ?? ''),
  );
  if (caused.length === 0) return 0;
  const { pods, spec } = seen.others ?? { pods: seen.live.pods, spec: seen.spec };
  const isUnread = log.is === 'unread' && suspect({ ...seen, now, pods, spec }) !== undefined;
  const isUnasked = (after.preflight?.checked ?? 0) < (before.preflight?.checked ?? 0);
  const isOpen = caused.some((type) => {
    const [was, is] = [conditionOf(before, type), conditionOf(after, type)];
    const isLess = isUnread || causeless.includes(is?.reason ?? ''); // a log says more than a forecast
    return was?.status === is?.status && isLess;
  });
  if (!isOpen || !(isUnread || isUnasked)) return 0;
  const untilMs = (past.doubtedAtMs ?? now.getTime()) + secondOpinionAfterMs;
  return Math.min(secondOpinionAfterMs, untilMs - now.getTime()); // clocks may jump
}

// What others have to do is in these, and who does it looks at them: their words count as much as their reasons.
const followed: ConditionType[] = ['Accepted', 'Applied'];

/** Whether nothing but counts of nodes, what is foretold of them, and the words of messages that count nodes has changed. */
function isOnlyCounting(before: MetricsServerConfigStatus, after: MetricsServerConfigStatus): boolean {
  const withoutCounts = ({ message, ...condition }: Condition) =>
    followed.includes(condition.type) && condition.status !== 'True' ? { ...condition, message } : condition;
  const essence = ({
    nodes: _,
    observed,
    preflight,
    problems,
    conditions = [],
    ...rest
  }: MetricsServerConfigStatus) => ({
    ...rest,
    observed: { ...observed, resolution: undefined }, // it may be a mean
    problems: problems?.map(({ reason }) => reason),
    foretold: preflight?.failing?.map(({ reason }) => reason).sort(),
    conditions: conditions.map(withoutCounts),
  });
  return isDeepStrictEqual(essence(plain(before)), essence(plain(after)));
}

/** Absent, never undefined. */
function plain(status: MetricsServerConfigStatus): MetricsServerConfigStatus {
  return JSON.parse(JSON.stringify(status));
}

function conditionOf({ conditions }: MetricsServerConfigStatus, type: ConditionType): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
