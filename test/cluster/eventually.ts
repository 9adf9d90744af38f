import { setTimeout as sleep } from 'node:timers/promises';

/** Less than 1 where many runs are meant to fail (`npm run bench -- rights`), and each would wait to the end. */
const patience = Number(process.env['TEST_PATIENCE'] ?? 1);

/**
 * Repeats a check until it no longer throws, and returns what it returns. At the deadline the check's own complaint is
 * thrown, so that a test says what was wrong and not only that time ran out. The pause grows from 100 to 300 ms: most checks start
 * a kubectl, and what they wait for needs the processor, too.
 */
export async function eventually<T>(check: () => Promise<T>, timeoutMs: number): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs * patience;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs + 20, 300)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await sleep(pauseMs);
    }
  }
}
