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
  askedWhileRunning: boolean;
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
    const slot = slots.get(key) ?? { dueAt: Number.POSITIVE_INFINITY, askedWhileRunning: false, failures: 0 };
    slots.set(key, slot);
    if (slot.running !== undefined) {
      slot.askedWhileRunning = slot.askedWhileRunning || afterMs === 0;
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
    slot.askedWhileRunning = false;
    const next = await outcome(options, key, slot);
    slot.running = undefined;
    if (slot.askedWhileRunning) add(key);
    else if (next !== undefined) add(key, next.afterMs);
    else slots.delete(key);
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
