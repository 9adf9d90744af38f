const firstMs = 500;
const longestMs = 30_000;

/** How long to wait after so many failures in a row: doubling from 0.5 s to 30 s, with jitter so that many clients do not come at once. */
export function backoffMs(failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** failures) * (0.75 + Math.random() / 2);
}
