import type { SeenConfig } from './observe.ts';

// One bad moment is none; at one look in ten seconds or more this takes half a minute at least.
const leastConfirmations = 4;

// An answer brings a look at once. What was found a while ago, or before an outage, may not be so any more.
const freshForMs = 10_000;

/**
 * Whether a registration that has served is dead for so long that it goes (spec.breaker). Only what this process has seen counts: what was
 * before its start, or while it did not look, may have been otherwise.
 */
export function isDead({ spec, metrics, now }: SeenConfig): boolean {
  const { breakerAfterMs } = spec;
  if (breakerAfterMs === undefined || spec.mode !== 'Manage' || metrics.is !== 'failed') return false;
  const { deadMs, confirmations } = metrics.row;
  const isFresh = Math.abs(now.getTime() - metrics.atMs) <= freshForMs;
  return isFresh && confirmations >= leastConfirmations && deadMs >= breakerAfterMs;
}
