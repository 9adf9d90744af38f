import { isDeepStrictEqual } from 'node:util';
import type { ConditionType } from '../crds/findings.ts';
import type { Condition, MetricsServerConfigStatus } from '../crds/status.ts';
import type { SeenConfig } from './observe.ts';

/** Whether to say what a look found now, or to wait for another one. */
export type Pace = { is: 'tell' } | { is: 'wait'; forMs: number; because: 'counting' | 'doubt' };

// Nodes come and go all the time in a large cluster.
const countsEveryMs = 10_000;
// One lost request must not turn a fleet red.
const secondOpinionAfterMs = 2500;

export function paceOf({ config, past, now, metrics }: SeenConfig, status: MetricsServerConfigStatus): Pace {
  const before = config.status;
  if (before === undefined || before.observedGeneration !== status.observedGeneration) return { is: 'tell' };
  if (worsens(before, status) && metrics.is !== 'unregistered' && isFirst(metrics, past)) {
    return { is: 'wait', forMs: secondOpinionAfterMs, because: 'doubt' };
  }
  const forMs = Math.min(countsEveryMs, past.statusWrittenAtMs + countsEveryMs - now.getTime()); // clocks may jump
  if (forMs > 0 && isOnlyCounting(before, status)) return { is: 'wait', forMs, because: 'counting' };
  return { is: 'tell' };
}

/** Whether no later answer has confirmed this one yet. */
function isFirst({ atMs }: { atMs: number }, { doubtedAtMs }: SeenConfig['past']): boolean {
  return doubtedAtMs === undefined || atMs <= doubtedAtMs;
}

// Metrics take about two resolutions to appear after a start: so long it is asked every second.
const impatientMs = 90_000;

/** Whether Ready was lost, or has not come, only just. */
export function isComingUp(status: MetricsServerConfigStatus | undefined, now: Date): boolean {
  const ready = status && conditionOf(status, 'Ready');
  return (
    ready?.status !== 'True' && now.getTime() - Date.parse(ready?.lastTransitionTime ?? '') < impatientMs
  );
}

// What one request found; everything else comes from watches and is certain.
const probed: ConditionType[] = ['Serving', 'Scraping'];

function worsens(before: MetricsServerConfigStatus, after: MetricsServerConfigStatus): boolean {
  const isOk = (status: MetricsServerConfigStatus, type: ConditionType) =>
    conditionOf(status, type)?.status === 'True';
  const isAvailable = isOk(after, 'Available') && isOk(after, 'Applied');
  return isAvailable && probed.some((type) => isOk(before, type) && !isOk(after, type));
}

/** Whether nothing but counts of nodes, what is foretold of them, and the words of messages has changed. */
function isOnlyCounting(before: MetricsServerConfigStatus, after: MetricsServerConfigStatus): boolean {
  const essence = ({ nodes: _, preflight, conditions = [], ...rest }: MetricsServerConfigStatus) => ({
    ...rest,
    foretold: preflight?.failing?.map(({ reason }) => reason).sort(),
    conditions: conditions.map(({ message: _, ...condition }) => condition),
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
