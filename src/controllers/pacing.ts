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

export function paceOf({ config, past, now }: SeenConfig, status: MetricsServerConfigStatus): Pace {
  const before = config.status;
  if (before === undefined || before.observedGeneration !== status.observedGeneration) return { is: 'tell' };
  if (worsens(before, status))
    return wait(past.doubtedAtMs ?? now.getTime(), secondOpinionAfterMs, 'doubt', now);
  if (isOnlyCounting(before, status)) return wait(past.statusWrittenAtMs, countsEveryMs, 'counting', now);
  return { is: 'tell' };
}

function wait(sinceMs: number, spanMs: number, because: 'counting' | 'doubt', now: Date): Pace {
  const forMs = sinceMs + spanMs - now.getTime();
  return forMs > 0 ? { is: 'wait', forMs, because } : { is: 'tell' };
}

// What one request found; everything else comes from watches and is certain.
const probed: ConditionType[] = ['Serving', 'Scraping'];

function worsens(before: MetricsServerConfigStatus, after: MetricsServerConfigStatus): boolean {
  const isOk = (status: MetricsServerConfigStatus, type: ConditionType) =>
    conditionOf(status, type)?.status === 'True';
  const isAvailable = isOk(after, 'Available') && isOk(after, 'Applied');
  return isAvailable && probed.some((type) => isOk(before, type) && !isOk(after, type));
}

/** Whether nothing but counts of nodes and the words of messages has changed. */
function isOnlyCounting(before: MetricsServerConfigStatus, after: MetricsServerConfigStatus): boolean {
  const essence = ({ nodes: _, conditions = [], ...rest }: MetricsServerConfigStatus) => ({
    ...rest,
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
