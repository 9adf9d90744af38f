/** The time of a server, as its answers tell it. */
export interface Clock {
  /** Notes the Date header of an answer. */
  heard(date: string | undefined): void;
  now(): Date;
}

// The header has whole seconds, and the answer may have been on its way for a while: less than that is no difference.
const smallestSkewMs = 3000;

export function serverClock(): Clock {
  const ahead = { ms: 0 };
  return {
    heard: (date) => {
      const skewMs = Date.parse(date ?? '') + 500 - Date.now();
      if (!Number.isNaN(skewMs)) ahead.ms = Math.abs(skewMs) > smallestSkewMs ? skewMs : 0;
    },
    now: () => new Date(Date.now() + ahead.ms),
  };
}
