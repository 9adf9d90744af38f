const millisecondsPerUnit = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Go's durations as far as metrics-server's flags need them: no sign, a unit behind every number. */
export const durationPattern = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;

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
