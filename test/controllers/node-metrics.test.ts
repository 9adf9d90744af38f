import { expect } from 'chai';
import { nodeMetrics } from '../../src/controllers/node-metrics.ts';
import type { FailureRow } from '../../src/health/facts.ts';
import type { Connection } from '../../src/platform/connection.ts';
import { Refusal } from '../../src/platform/refusal.ts';

type Answer = 'metrics' | 'dead' | 'slow' | 'lost' | 'forbidden' | 'balancer' | 'expired';

const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
const errors: Record<Exclude<Answer, 'metrics'>, Error> = {
  dead: new Refusal(503, 'service unavailable'),
  slow: timeout,
  lost: new Error('connect ECONNREFUSED'),
  forbidden: new Refusal(403, 'no'),
  balancer: new Refusal(503, '<html>no healthy upstream</html>'),
  expired: new Refusal(401, 'Unauthorized'),
};

/** Asks after so many seconds each, and returns the row of the last failure. */
async function rowAfter(...asked: [answer: Answer, seconds: number][]) {
  const world = { nowMs: Date.parse('2026-01-01T12:00:00Z'), versions: 0 };
  const current: { answer: Answer } = { answer: 'metrics' };
  const isDown = () => ['lost', 'balancer', 'expired'].includes(current.answer);
  const connection: Pick<Connection, 'send' | 'list' | 'now'> = {
    now: () => new Date(world.nowMs),
    send: async () => {
      world.versions += 1;
      if (current.answer !== 'metrics' && isDown()) throw errors[current.answer];
      return JSON.parse('{"gitVersion":"v1.34.0"}');
    },
    list: async () => {
      if (current.answer !== 'metrics') throw errors[current.answer];
      return [];
    },
  };
  const ask = nodeMetrics(connection);
  let row: FailureRow | undefined;
  for (const [answer, seconds] of asked) {
    world.nowMs += seconds * 1000;
    current.answer = answer;
    const found = await ask().catch(() => undefined);
    if (found?.is === 'failed') row = found.row;
    if (found?.is === 'answered') row = undefined;
  }
  return { row, versions: world.versions };
}

const every = (answer: Answer, seconds: number, times: number) =>
  Array.from({ length: times }, (): [Answer, number] => [answer, seconds]);

describe('an answer that does not come in time', () => {
  const asked = async (isUp: boolean) =>
    await nodeMetrics({
      now: () => new Date(),
      list: () => Promise.reject(timeout),
      send: () => (isUp ? Promise.resolve(JSON.parse('{"gitVersion":"v1.34.0"}')) : Promise.reject(timeout)),
    })();
  it('is told with whether the API server answers other questions', async () => {
    expect(await asked(true)).to.include({ is: 'failed', isServerUp: true });
    expect(await asked(false)).to.include({ is: 'failed', isServerUp: false });
  });
});

describe('the row of failed answers', () => {
  const cases: { when: string; asked: [Answer, number][]; deadMs: number }[] = [
    { when: 'the API server says so all the time', asked: every('dead', 15, 5), deadMs: 60_000 },
    { when: 'it has said so once', asked: every('dead', 15, 1), deadMs: 0 },
    {
      when: 'it answered in between',
      asked: [...every('dead', 15, 5), ['metrics', 15], ...every('dead', 15, 2)],
      deadMs: 15_000,
    },
    {
      when: 'the API server was out of reach in between',
      asked: [...every('dead', 15, 3), ...every('lost', 15, 40), ...every('dead', 15, 2)],
      deadMs: 45_000,
    },
    {
      when: 'only a load balancer answered in between',
      asked: [...every('dead', 15, 3), ...every('balancer', 15, 40), ...every('dead', 15, 2)],
      deadMs: 45_000,
    },
    {
      when: 'nobody asked for a while',
      asked: [...every('dead', 15, 3), ['dead', 600], ['dead', 15]],
      deadMs: 45_000,
    },
    { when: 'the answer takes too long', asked: every('slow', 15, 40), deadMs: 0 },
    { when: 'the operator may not ask', asked: every('expired', 15, 40), deadMs: 0 },
    {
      when: 'it was forbidden in between',
      asked: [...every('dead', 15, 3), ['forbidden', 15], ...every('dead', 15, 2)],
      deadMs: 45_000,
    },
    {
      when: 'a clock was set back and on',
      asked: [...every('dead', 15, 3), ['dead', -3600], ['dead', 3600], ['dead', 15]],
      deadMs: 45_000,
    },
    { when: 'it is asked every second', asked: every('dead', 1, 61), deadMs: 60_000 },
  ];
  for (const { when, asked, deadMs } of cases) {
    it(`counts ${deadMs / 1000} s as dead where ${when}`, async () => {
      const { row } = await rowAfter(...asked);
      expect(row?.deadMs).to.equal(deadMs);
    });
  }

  it('is confirmed every ten seconds at most', async () => {
    const { row, versions } = await rowAfter(...every('dead', 1, 61));
    expect([row?.confirmations, versions]).to.deep.equal([7, 7]);
  });

  it('knows whether this registration has answered', async () => {
    const answered = await rowAfter(['metrics', 0], ['dead', 15]);
    expect(answered.row?.hasAnswered).to.equal(true);
    expect((await rowAfter(['dead', 15])).row?.hasAnswered).to.equal(false);
  });
});
