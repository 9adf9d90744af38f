import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type NextLook, queue } from '../../src/platform/queue.ts';
import { Refusal } from '../../src/platform/refusal.ts';

describe('the queue', () => {
  let ending = new AbortController();
  beforeEach(() => {
    ending = new AbortController();
  });
  afterEach(() => ending.abort());

  /** A queue whose looks are recorded; each look ends when the test lets it. */
  function recorded(answer: (look: number) => Promise<NextLook>) {
    const looks: string[] = [];
    const failures: unknown[] = [];
    const { add, settled, state } = queue({
      look: (key) => {
        looks.push(key);
        return answer(looks.length);
      },
      onFailure: (_, error) => failures.push(error),
      signal: ending.signal,
    });
    const atLeast = async (count: number) => {
      while (looks.length < count) await sleep(5);
    };
    return { add, settled, state, looks, failures, atLeast };
  }

  it('merges requests that come before the look begins', async () => {
    const { add, looks, atLeast } = recorded(async () => undefined);
    add('a');
    add('a');
    add('b');
    await atLeast(2);
    await sleep(20);
    expect(looks).to.deep.equal(['a', 'b']);
  });

  it('looks once more when asked during a look, and never twice at a time', async () => {
    const gate = Promise.withResolvers<NextLook>();
    const { add, looks, atLeast } = recorded((look) =>
      look === 1 ? gate.promise : Promise.resolve(undefined),
    );
    add('a');
    await atLeast(1);
    add('a');
    add('a');
    await sleep(20);
    expect(looks).to.deep.equal(['a']);
    gate.resolve(undefined);
    await atLeast(2);
    await sleep(20);
    expect(looks).to.deep.equal(['a', 'a']);
  });

  it('does not forget a look that was asked for later while one was running', async () => {
    const gate = Promise.withResolvers<NextLook>();
    const { add, atLeast } = recorded((look) => (look === 1 ? gate.promise : Promise.resolve(undefined)));
    add('a');
    await atLeast(1);
    add('a', 50);
    gate.resolve({ afterMs: 3_600_000 });
    await atLeast(2);
  });

  it('looks again after the time that the look asked for', async () => {
    const { add, atLeast } = recorded(async (look) => (look === 1 ? { afterMs: 10 } : undefined));
    add('a');
    await atLeast(2);
  });

  it('waits for months where it is told so', async () => {
    const { add, looks } = recorded(async () => undefined);
    add('a', 2 ** 31 + 1000);
    await sleep(50);
    expect(looks).to.deep.equal([]);
  });

  it('lets an event come before a planned look', async () => {
    const { add, looks, atLeast } = recorded(async (look) => (look === 1 ? { afterMs: 60_000 } : undefined));
    add('a');
    await atLeast(1);
    await sleep(5);
    add('a');
    await atLeast(2);
    expect(looks).to.have.length(2);
  });

  it('repeats a look that failed, and tells', async () => {
    const { add, failures, atLeast } = recorded((look) =>
      look === 1 ? Promise.reject(new Error('down')) : Promise.resolve(undefined),
    );
    add('a');
    await atLeast(2);
    expect(failures).to.have.length(1);
  });

  it('waits as long as the API server asks for, whatever happens meanwhile', async () => {
    const busy = new Refusal(429, '{}', '1');
    const { add, looks, atLeast } = recorded((look) =>
      look === 1 ? Promise.reject(busy) : Promise.resolve(undefined),
    );
    const since = Date.now();
    add('a');
    await atLeast(1);
    await sleep(20);
    add('a'); // an event
    await sleep(500);
    expect(looks).to.have.length(1);
    await atLeast(2);
    expect(Date.now() - since).to.be.at.least(990);
  });

  it('looks again soon after a look that was overtaken, then ever later, and tells of no failure', async () => {
    const times: number[] = [];
    const { add, failures, atLeast } = recorded(async (look) => {
      times.push(Date.now());
      return look < 4 ? { again: { leastMs: 0 } } : undefined;
    });
    add('a');
    const storm = setInterval(() => add('a'), 5);
    await atLeast(4);
    clearInterval(storm);
    const pauses = times.slice(1, 4).map((time, index) => time - (times[index] ?? 0));
    const leastMs = [75, 150, 300]; // 0.1 s, doubling, less a quarter of jitter
    for (const [index, pause] of pauses.entries()) expect(pause).to.be.at.least((leastMs[index] ?? 0) - 5);
    expect(failures).to.deep.equal([]);
  });

  it('says what runs, since when, and what waits', async () => {
    const held = Promise.withResolvers<NextLook>();
    const { add, state, atLeast } = recorded(() => held.promise);
    const before = Date.now();
    add('a');
    add('b', 60_000);
    await atLeast(1);
    expect(state()).to.include({ running: 1, due: 0, later: 1 });
    expect(state().runningSinceMs).to.be.within(before, Date.now());
    add('a');
    expect(state()).to.include({ running: 1, due: 1, later: 1 });
    held.resolve(undefined);
    await atLeast(2);
    await sleep(20);
    expect(state()).to.deep.equal({ running: 0, due: 0, later: 1, runningSinceMs: undefined });
  });

  it('starts nothing after its end', async () => {
    const { add, looks } = recorded(async () => undefined);
    ending.abort();
    add('a');
    await sleep(20);
    expect(looks).to.deep.equal([]);
  });
});
