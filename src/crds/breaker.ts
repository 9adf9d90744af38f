import { z } from 'zod';
import { duration, durationMs, ifDuration, msOf } from './duration.ts';
import { withRule } from './rules.ts';

const defaultAfter = '10m';

const After = withRule(duration, {
  cel: ifDuration('self', "duration(self) >= duration('1m')"),
  holds: (text) => (msOf(text) ?? 60_000) >= 60_000,
  message: 'breaker.after must be at least 1m: a change of the pods may take that long; 10m is a good value',
});

export const Breaker = z.object({
  enabled: z
    .boolean()
    .optional()
    .describe(
      'Whether an APIService that nobody answers at any more is deregistered; it is registered again when a pod is ready and a pause is over. With mode Paused it stays. Default false. One that has never answered is deregistered after 60 s in any case.',
    ),
  after: After.optional().describe(
    `For how long it must have been dead, as a duration such as 10m; at least 1m. Outages of the API server itself do not count, nor does what was before a restart of the operator. Default ${defaultAfter}.`,
  ),
});
type Breaker = z.output<typeof Breaker>;

/** Undefined where it is off. */
export function breakerAfterMs({ enabled = false, after = defaultAfter }: Breaker = {}): number | undefined {
  return enabled ? durationMs(after) : undefined;
}
