import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats a check until it no longer throws, and returns what it returns. At the deadline the check's own complaint is
 * thrown, so that a test says what was wrong and not only that time ran out.
 */
export async function eventually<T>(check: () => Promise<T>, timeoutMs: number): Promise<T> {
  for (const deadlineMs = Date.now() + timeoutMs; ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await sleep(100);
    }
  }
}
