/** How often something was, by labels. */
export interface Counts {
  add(labels: Record<string, string>): void;
  all(): Count[];
}

export interface Count {
  labels: Record<string, string>;
  value: number;
}

/** Labels must be words of a closed list, or few: what was counted once is never forgotten. */
export function counts(): Counts {
  const known = new Map<string, Count>();
  return {
    add: (labels) => {
      const key = JSON.stringify(labels);
      const count = known.get(key) ?? { labels, value: 0 };
      count.value += 1;
      known.set(key, count);
    },
    all: () => [...known.values()],
  };
}
