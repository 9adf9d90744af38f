import type { NextLook } from '../platform/queue.ts';
import { apply, type Outcome } from './apply.ts';
import type { Cluster } from './cluster.ts';
import { observe, type Seen } from './observe.ts';
import { nextLook } from './pacing.ts';
import { pastAfterApply, pastAfterReport } from './past.ts';
import { planFor } from './plan.ts';
import { type Reported, report } from './report.ts';
import { statusFrom } from './status.ts';

/** One look at one MetricsServerConfig. Safe at any time, any number of times. */
export async function reconcile(name: string, cluster: Cluster, now: Date): Promise<NextLook> {
  const seen = await observe(cluster, name, now); // reads everything, once
  const plan = planFor(seen); // pure: which objects to apply, which to remove
  const outcomes = await apply(cluster, plan); // writes; one outcome per step
  if (seen.is === 'readable') cluster.keepPast(name, pastAfterApply(seen, plan, outcomes));
  failOnOutage(outcomes);
  failOnRefusedRemoval(seen, outcomes);
  const status = statusFrom(seen, plan, outcomes); // pure: what to tell the user
  const reported = await report(cluster, seen, status, outcomes); // writes the status and Events
  if (seen.is === 'readable') cluster.keepPast(name, pastAfterReport(cluster.past(name), reported, now));

  return again(reported, outcomes) ?? earlier(reported, nextLook(seen, status, outcomes));
}

function failOnOutage(outcomes: Outcome[]): void {
  const broken = outcomes.find((outcome) => outcome.is === 'broken');
  if (broken !== undefined) throw broken.error;
}

/** Whether this look came to nothing in part, and the next should come soon. */
function again(reported: Reported, outcomes: Outcome[]): NextLook {
  const retries = outcomes.map((outcome) => (outcome.is === 'failed' ? outcome.retryAfterMs : 0));
  const isInVain =
    reported.is === 'changed' || outcomes.some(({ is }) => is === 'changed' || is === 'failed');
  return isInVain ? { again: { leastMs: Math.max(0, ...retries) } } : undefined;
}

function earlier(reported: Reported, next: { afterMs: number } | undefined): NextLook {
  if (reported.is !== 'held') return next;
  return { afterMs: Math.min(reported.forMs, next?.afterMs ?? reported.forMs) };
}

/** A dead APIService must not stay, and a config that is gone has no status to say so in: it is logged and tried again. */
function failOnRefusedRemoval(seen: Seen, outcomes: Outcome[]): void {
  const refused = outcomes.find((outcome) => outcome.is === 'refused' || outcome.is === 'failed');
  const isEnding = seen.is === 'gone' || seen.is === 'going';
  if (isEnding && refused !== undefined) throw new Error(refused.finding.message);
}
