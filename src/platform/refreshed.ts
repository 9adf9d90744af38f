/** A value that is fetched anew in the background where the last one is too old: whoever needs it never waits for a slow server. */
export interface Refreshed<T> {
  /** The last value; undefined before the first has come. */
  last(maxAgeMs: number): T | undefined;
  /** The last value, or the first as soon as it has come. Throws what the first fetch throws. */
  atLeastOne(maxAgeMs: number): Promise<T>;
}

export interface RefreshedParts<T> {
  fetch: () => Promise<T>;
  /** A value has come that nobody waited for. */
  onNews: () => void;
  /** A fetch in the background has failed; the last value stays. */
  onFailure: (error: unknown) => void;
}

// Never: older than any age, except that of whoever takes a value of any age.
const never = -Number.MAX_VALUE;

export function refreshed<T>({ fetch, onNews, onFailure }: RefreshedParts<T>): Refreshed<T> {
  const state: { last?: { value: T }; askedAtMs: number; underWay?: Promise<T> } = { askedAtMs: never };

  const start = (): Promise<T> => {
    state.underWay ??= (async () => {
      state.askedAtMs = performance.now(); // somebody may set the clock of the machine back
      try {
        const value = await fetch();
        state.last = { value };
        return value;
      } finally {
        state.underWay = undefined;
      }
    })();
    return state.underWay;
  };
  const last = (maxAgeMs: number): T | undefined => {
    const isDue = state.underWay === undefined && performance.now() - state.askedAtMs >= maxAgeMs;
    if (isDue) start().then(onNews, onFailure);
    return state.last?.value;
  };
  return {
    last,
    atLeastOne: async (maxAgeMs) => last(maxAgeMs) ?? (await start()),
  };
}
