/** Something that ought to move. Its stamp is another one whenever it has. */
export interface Mover {
  key: object | string;
  stamp: number;
}

export interface Stalls {
  /** `passedMs` is how long it could have moved since it was last noted. Whoever is not named is forgotten. */
  note(movers: Mover[], passedMs: number): void;
  /** How long it has stood still though it could have moved. */
  stoodMs(key: object | string): number;
}

/** Counts, in steps, only the time in which a thing could have moved: not that of a stopped process, nor that of an outage. */
export function stalls(): Stalls {
  const kept: { known: Map<object | string, { stamp: number; stoodMs: number }> } = { known: new Map() };
  return {
    note: (movers, passedMs) => {
      const next = movers.map(({ key, stamp }) => {
        const before = kept.known.get(key);
        const stoodMs = before?.stamp === stamp ? before.stoodMs + passedMs : 0;
        return [key, { stamp, stoodMs }] as const;
      });
      kept.known = new Map(next);
    },
    stoodMs: (key) => kept.known.get(key)?.stoodMs ?? 0,
  };
}
