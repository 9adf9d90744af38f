/** Lets so many pieces of work run at once; others wait until one has ended. */
export function turns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  const running = { count: 0 };
  return async (work) => {
    if (running.count < atOnce) running.count += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running.count -= 1;
      else next();
    }
  };
}
