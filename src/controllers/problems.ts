import type { MetricsServerConfigStatus, Problem } from '../crds/status.ts';
import type { Facts } from '../health/facts.ts';
import { problemList } from '../health/problem-list.ts';
import type { Measured } from './summary.ts';

/** Everything that is wrong, the deepest cause first, and since when. */
export function problemsIn(
  measured: Measured,
  facts: Facts,
  before: MetricsServerConfigStatus | undefined,
): Problem[] {
  const since = (reason: string) =>
    before?.problems?.find((one) => one.reason === reason)?.since ??
    facts.now.toISOString().replace(/\.\d+Z$/, 'Z');
  return problemList(measured, facts).map((problem) => ({ ...problem, since: since(problem.reason) }));
}
