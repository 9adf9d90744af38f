import type { FailureRow } from '../health/facts.ts';

interface Row {
  /** An answer has come: what failed before is over. */
  end(): void;
  /** Something came between that says nothing about metrics-server, such as an outage of the API server. */
  interrupt(): void;
  /** Whether it is time to have a failure confirmed. */
  isDue(atMs: number): boolean;
  /** The API server, which is up, says that it failed. */
  confirm(atMs: number): void;
  /** The row with one failure more. */
  failed(atMs: number): FailureRow;
}

interface State {
  sinceMs: number | undefined;
  deadMs: number;
  confirmations: number;
  /** The last one, where nothing came after it. */
  confirmedAtMs: number | undefined;
}

// While metrics are due they are asked for every second; one more question each time would be many.
const confirmedEveryMs = 10_000;
// They are asked for once a minute at least: between two confirmations that are further apart nobody has looked.
const longestGapMs = 90_000;

/** Failed answers of one registration in a row. Only time between two confirmations, with nothing else between them, counts as dead. */
export function failureRow(): Row {
  const none: State = { sinceMs: undefined, deadMs: 0, confirmations: 0, confirmedAtMs: undefined };
  const row = { ...none, hasAnswered: false };
  const sinceConfirmedMs = (atMs: number) => atMs - (row.confirmedAtMs ?? Number.NEGATIVE_INFINITY);
  const isDue = (atMs: number) => sinceConfirmedMs(atMs) >= confirmedEveryMs || sinceConfirmedMs(atMs) < 0; // clocks may jump
  return {
    end: () => void Object.assign(row, { ...none, hasAnswered: true }),
    interrupt: () => void Object.assign(row, { confirmedAtMs: undefined }),
    isDue,
    confirm: (atMs) => {
      if (!isDue(atMs)) return;
      const gapMs = sinceConfirmedMs(atMs);
      row.deadMs += gapMs >= 0 && gapMs <= longestGapMs ? gapMs : 0;
      row.confirmations += 1;
      row.confirmedAtMs = atMs;
    },
    failed: (atMs) => {
      row.sinceMs ??= atMs;
      const { sinceMs, deadMs, confirmations, hasAnswered } = row;
      return { sinceMs, deadMs, confirmations, hasAnswered };
    },
  };
}
