/** Negative, zero or positive as `a` comes before, is, or comes after `b`; dotted numbers, a leading v and what follows a - or + aside. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** 0.9.0 → 0.9. */
export function minorOf(version: string): string {
  return numbersOf(version).slice(0, 2).join('.');
}

function numbersOf(version: string): number[] {
  return version
    .replace(/^v/, '')
    .replace(/[-+].*$/, '')
    .split('.')
    .map(Number);
}
