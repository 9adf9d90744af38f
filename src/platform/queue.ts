import { backoffMs } from './backoff.ts';
import { Refusal } from './refusal.ts';

/**
 * When to look at a key again. `again`: soon, but ever later if it goes on, and not before the time that the API server
 * has asked for. Undefined: only when something happens.
 */
export type NextLook = { afterMs: number } | { again: { leastMs: number } } | undefined;

// More would be taken for nothing; who is called too early looks once more, and waits again.
const longestTimerMs = 2 ** 31 - 1;

export interface Queue {
  /** Asks for a look at a key, soon. Asking twice before the look begins gives one look. */
  add(key: string, afterMs?: number): void;
  /** Resolves when no look is under way. */
  settled(): Promise<void>;
  /** What is under way and what waits at this moment. */
  state(): QueueState;
}

export interface QueueState {
  running: number;
  /** Whose time has come. */
  due: number;
  /** Whose time is yet to come. */
  later: number;
  /** When the oldest look that is under way began. */
  runningSinceMs: number | undefined;
}

interface Slot {
  timer?: NodeJS.Timeout;
  dueAt: number;
  /** No look before this, whoever asks: looks that lead to nothing back off. */
  notBefore: number;
  running?: Promise<void>;
  begunAt: number;
  /** The earliest look that was asked for while one was running. */
  askedForMs: number;
  /** Looks in a row that failed or came to nothing. */
  failures: number;
}

export interface QueueOptions {
  look: (key: string) => Promise<NextLook>;
  /** A look that threw; it is repeated with backoff. */
  onFailure: (key: string, error: unknown) => void;
  signal: AbortSignal;
}

// Events may end a long backoff: what they tell may be just what was missing.
const longestDeafMs = 5000;

/** One look per key at a time; requests for more are merged; failures are retried with backoff. */
export function queue(options: QueueOptions): Queue {
  const slots = new Map<string, Slot>();
  options.signal.addEventListener('abort', () => {
    for (const slot of slots.values()) clearTimeout(slot.timer);
  });

  const add = (key: string, afterMs = 0): void => {
    if (options.signal.aborted) return;
    const slot = slots.get(key) ?? emptySlot();
    slots.set(key, slot);
    const dueAt = Math.max(Date.now() + afterMs, slot.notBefore);
    if (slot.running !== undefined) {
      slot.askedForMs = Math.min(slot.askedForMs, dueAt);
      return;
    }
    if (dueAt >= slot.dueAt) return;
    clearTimeout(slot.timer);
    slot.dueAt = dueAt;
    slot.timer = setTimeout(
      () => {
        slot.running = run(key, slot);
      },
      Math.min(longestTimerMs, Math.max(0, dueAt - Date.now())),
    ); // it may have become late meanwhile
  };

  const run = async (key: string, slot: Slot): Promise<void> => {
    slot.begunAt = Date.now();
    slot.dueAt = Number.POSITIVE_INFINITY;
    slot.askedForMs = Number.POSITIVE_INFINITY;
    const next = await outcome(options, key, slot);
    slot.running = undefined;
    const askedAfterMs = Math.max(0, slot.askedForMs - Date.now());
    const afterMs = Math.min(askedAfterMs, next?.afterMs ?? Number.POSITIVE_INFINITY);
    if (afterMs === Number.POSITIVE_INFINITY) slots.delete(key);
    else add(key, afterMs);
  };

  return {
    add,
    settled: async () => void (await Promise.all([...slots.values()].map((slot) => slot.running))),
    state: () => stateOf([...slots.values()], Date.now()),
  };
}

function emptySlot(): Slot {
  const never = Number.POSITIVE_INFINITY;
  return { dueAt: never, notBefore: 0, begunAt: 0, askedForMs: never, failures: 0 };
}

function stateOf(slots: Slot[], nowMs: number): QueueState {
  const running = slots.filter((slot) => slot.running !== undefined);
  const due = slots.filter(({ dueAt, askedForMs }) => Math.min(dueAt, askedForMs) <= nowMs).length;
  const waiting = slots.filter(({ dueAt, askedForMs }) =>
    Number.isFinite(Math.min(dueAt, askedForMs)),
  ).length;
  const runningSinceMs =
    running.length === 0 ? undefined : Math.min(...running.map(({ begunAt }) => begunAt));
  return { running: running.length, due, later: waiting - due, runningSinceMs };
}

async function outcome(
  { look, onFailure }: QueueOptions,
  key: string,
  slot: Slot,
): Promise<{ afterMs: number } | undefined> {
  try {
    const next = await look(key);
    if (next !== undefined && 'again' in next) return backOff(slot, againFactor, next.again.leastMs);
    slot.failures = 0;
    return next;
  } catch (error) {
    onFailure(key, error);
    return backOff(slot, 1, error instanceof Refusal ? error.retryAfterMs : 0);
  }
}

// Whoever was overtaken tries again at once, 0.1 s at first: the news is on its way.
const againFactor = 0.2;

/** `leastMs` is what the API server has asked for; no event shortens that. */
function backOff(slot: Slot, factor: number, leastMs = 0): { afterMs: number } {
  const afterMs = Math.max(leastMs, backoffMs(slot.failures) * factor);
  slot.failures += 1;
  slot.notBefore = Date.now() + Math.max(leastMs, Math.min(afterMs, longestDeafMs));
  return { afterMs };
}
