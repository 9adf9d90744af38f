import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect } from 'chai';
import { askPatiently } from './cluster/node/metrics-prober.ts';

const good = { status: 200, headers: {}, body: '{"items":[{}]}' };
const shuttingDown = (headers: Record<string, string>, status = 503) => ({
  status,
  headers,
  body: '{"kind":"Status","message":"apiserver is shutting down"}',
});
const again = (seconds: string) => ({ 'retry-after': seconds });

// A double, because a real metrics-server says this for a few milliseconds of its life.
describe('a request of the prober of the metrics API', () => {
  const script: { answers: (typeof good)[]; asked: number } = { answers: [], asked: 0 };
  const server = createServer((_, response) => {
    const { status, headers, body } = script.answers[script.asked] ?? script.answers.at(-1) ?? good;
    script.asked += 1;
    response.writeHead(status, headers).end(body);
  });
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const outcome = async (answers: (typeof good)[]) => {
    Object.assign(script, { answers, asked: 0 });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return await askPatiently({ protocol: 'http:', host: '127.0.0.1', port, agent: false });
  };

  const cases = [
    { when: 'all is well', answers: [good], said: 'good', askedAgain: 0 },
    { when: 'a 503 says when', answers: [shuttingDown(again('0')), good], said: 'good', askedAgain: 1 },
    { when: 'a 429 says when', answers: [shuttingDown(again('0'), 429), good], said: 'good', askedAgain: 1 },
    {
      when: 'a 503 does not say when',
      answers: [shuttingDown({}), good],
      said: '503 apiserver is shutting down',
      askedAgain: 0,
    },
    {
      when: 'a 404 says when',
      answers: [shuttingDown(again('0'), 404), good],
      said: '404 apiserver is shutting down',
      askedAgain: 0,
    },
    {
      when: 'a 503 gives a date, which client-go does not read',
      answers: [shuttingDown(again('Tue, 24 Nov 2026 19:00:00 GMT')), good],
      said: '503 apiserver is shutting down',
      askedAgain: 0,
    },
    {
      when: 'a 503 says when for ever',
      answers: [shuttingDown(again('0'))],
      said: '503 apiserver is shutting down',
      askedAgain: 10,
    },
  ];
  for (const { when, answers, said, askedAgain } of cases) {
    it(`says "${said}" after asking again ${askedAgain} times, when ${when}`, async () => {
      expect(await outcome(answers)).to.deep.equal({ said, askedAgain });
      expect(script.asked).to.equal(askedAgain + 1);
    });
  }

  it('waits as long as it is told', async () => {
    const askedAtMs = Date.now();
    await outcome([shuttingDown(again('1')), good]);
    expect(Date.now() - askedAtMs).to.be.within(990, 3000);
  });
});
