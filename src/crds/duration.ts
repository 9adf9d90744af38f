import { celMatches, textLike, withRule } from './rules.ts';

const millisecondsPerUnit = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Go's durations as far as metrics-server's flags need them: no sign, a unit behind every number, few enough digits for int64 nanoseconds. */
export const durationPattern = /^([0-9]{1,5}(\.[0-9]{1,3})?(ms|s|m|h))+$/;

/** Milliseconds of a Go duration such as `15s` or `1m30s`. Throws on anything that `durationPattern` refuses. */
export function durationMs(text: string): number {
  if (!durationPattern.test(text)) throw new Error(`"${text}" is not a duration such as 15s or 1m30s`);
  const parts = text.matchAll(/([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, [, value, unit]) => sum + Number(value) * (millisecondsPerUnit.get(unit ?? '') ?? 0),
    0,
  );
}

/** The shortest exact way to write a number of milliseconds as a Go duration. */
export function durationText(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}

/** A duration as metrics-server's flags take it. */
export const duration = textLike(
  durationPattern,
  20,
  'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
);

/** A CEL rule about a duration; where the text is no duration at all, only that is said. */
export const ifDuration = (text: string, rule: string) => `!${celMatches(text, durationPattern)} || ${rule}`;
/** Undefined where the text is no duration. */
export const msOf = (text: string) => (durationPattern.test(text) ? durationMs(text) : undefined);

// metrics-server exits at start with less (options.go, Validate; since 0.5).
export const Resolution = withRule(duration, {
  cel: ifDuration('self', "duration(self) >= duration('10s') && duration(self) <= duration('1h')"),
  holds: (text) => (msOf(text) ?? 10_000) >= 10_000 && (msOf(text) ?? 0) <= 3_600_000,
  message:
    'resolution must be at least 10s and at most 1h; 15s, the interval of the kubelet itself, is a good value',
});

export const RequestTimeout = withRule(duration, {
  cel: ifDuration('self', "duration(self) > duration('0s')"),
  holds: (text) => (msOf(text) ?? 1) > 0,
  message: 'requestTimeout must be longer than 0; leave it out for the default',
});
