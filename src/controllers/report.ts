import { isDeepStrictEqual } from 'node:util';
import type { MetricsServerConfigStatus } from '../crds/status.ts';
import { Refusal } from '../platform/refusal.ts';
import { announcements, correctionsIn, newsIn } from './announcements.ts';
import type { Outcome } from './apply.ts';
import type { Cluster } from './cluster.ts';
import type { Seen } from './observe.ts';
import { paceOf } from './pacing.ts';

/** `changed`: someone wrote the config in between; the next look sees it. `held`: it will be said later, if it is still so. */
export type Reported =
  | { is: 'unchanged' | 'written' | 'changed' }
  | { is: 'held'; forMs: number; because: 'counting' | 'doubt' | 'steps' };

/** Writes the status where it says something new, and Events for what users want to hear of at once. */
export async function report(
  cluster: Cluster,
  seen: Seen,
  status: MetricsServerConfigStatus | undefined,
  outcomes: Outcome[],
): Promise<Reported> {
  if (seen.is === 'gone') return { is: 'unchanged' };
  await cluster.announce(seen.config, [...correctionsIn(outcomes), ...newsIn(outcomes)]);
  if (status === undefined) return { is: 'unchanged' };
  const asStored: unknown = JSON.parse(JSON.stringify(status)); // absent, never undefined
  if (isDeepStrictEqual(asStored, seen.config.status)) return { is: 'unchanged' };
  const pace = seen.is === 'readable' ? paceOf(seen, status) : { is: 'tell' as const };
  if (pace.is === 'wait') return { is: 'held', forMs: pace.forMs, because: pace.because };
  return await write(cluster, seen.config, status);
}

async function write(
  cluster: Cluster,
  config: Exclude<Seen, { is: 'gone' }>['config'],
  status: MetricsServerConfigStatus,
): Promise<Reported> {
  try {
    await cluster.writeStatus(config, status, news(config.status, status));
  } catch (error) {
    const isOvertaken = error instanceof Refusal && (error.why === 'changed' || error.why === 'absent');
    if (isOvertaken) return { is: 'changed' };
    throw error;
  }
  await cluster.announce(config, announcements(config.status, status));
  return { is: 'written' };
}

/** What a status says that the one before did not, in words for the log. */
export function news(
  before: MetricsServerConfigStatus | undefined,
  after: MetricsServerConfigStatus,
): string[] {
  const conditions = (after.conditions ?? [])
    .filter(
      (one) =>
        !isDeepStrictEqual(
          one,
          before?.conditions?.find(({ type }) => type === one.type),
        ),
    )
    .map(({ type, status, reason }) => `${type}=${status} (${reason})`);
  const [then, now] = [new Map(Object.entries(before ?? {})), new Map(Object.entries(after))];
  const fields = [...new Set([...now.keys(), ...then.keys()])].filter(
    (field) => field !== 'conditions' && !isDeepStrictEqual(then.get(field), now.get(field)),
  );
  return [...conditions, ...fields];
}
