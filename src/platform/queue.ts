import { backoffMs } from './backoff.ts';

/** When to look at a key again; undefined: only when something happens. */
export type NextLook = { afterMs: number } | undefined;

export interface Queue {
  /** Asks for a look at a key, soon. Asking twice before the look begins gives one look. */
  add(key: string, afterMs?: number): void;
  /** Resolves when no look is under way. */
  settled(): Promise<void>;
}

interface Slot {
  timer?: NodeJS.Timeout;
  dueAt: number;
  running?: Promise<void>;
  /** The earliest look that was asked for while one was running. */
  askedForMs: number;
  failures: number;
}

export interface QueueOptions {
  look: (key: string) => Promise<NextLook>;
  /** A look that threw; it is repeated with backoff. */
  onFailure: (key: string, error: unknown) => void;
  signal: AbortSignal;
}

/** One look per key at a time; requests for more are merged; failures are retried with backoff. */
export function queue(options: QueueOptions): Queue {
  const slots = new Map<string, Slot>();
  options.signal.addEventListener('abort', () => {
    for (const slot of slots.values()) clearTimeout(slot.timer);
  });

  const add = (key: string, afterMs = 0): void => {
    if (options.signal.aborted) return;
    const slot = slots.get(key) ?? {
      dueAt: Number.POSITIVE_INFINITY,
      askedForMs: Number.POSITIVE_INFINITY,
      failures: 0,
    };
    slots.set(key, slot);
    if (slot.running !== undefined) {
      slot.askedForMs = Math.min(slot.askedForMs, Date.now() + afterMs);
      return;
    }
    const dueAt = Date.now() + afterMs;
    if (dueAt >= slot.dueAt) return;
    clearTimeout(slot.timer);
    slot.dueAt = dueAt;
    slot.timer = setTimeout(() => {
      slot.running = run(key, slot);
    }, afterMs);
  };

  const run = async (key: string, slot: Slot): Promise<void> => {
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
  };
}

async function outcome({ look, onFailure }: QueueOptions, key: string, slot: Slot): Promise<NextLook> {
  try {
    const next = await look(key);
    slot.failures = 0;
    return next;
  } catch (error) {
    onFailure(key, error);
    slot.failures += 1;
    return { afterMs: backoffMs(slot.failures - 1) };
  }
}
