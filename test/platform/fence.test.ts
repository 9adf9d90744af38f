import { createServer, type RequestListener } from 'node:http';
import { expect } from 'chai';
import type { ApiRequest, Connection } from '../../src/platform/connection.ts';
import { fenced, NotLeading } from '../../src/platform/fence.ts';
import { connectTo } from './connect-to.ts';

// A double: what counts is whether anything reaches it.
describe('a fenced connection', () => {
  const ending = new AbortController();
  const got: string[] = [];
  const answers: { give: RequestListener } = { give: (_, response) => response.end('{}') };
  const server = createServer((request, response) => {
    got.push(`${request.method}`);
    answers.give(request, response);
  });
  let connection: Connection;
  let term = new AbortController();
  const asked: { times: number; leads: boolean } = { times: 0, leads: true };
  const outcome = (request: Partial<ApiRequest>) => {
    const mayWrite = () => {
      asked.times += 1;
      return asked.leads;
    };
    return fenced(connection, mayWrite, term.signal)
      .send({ path: '/', ...request })
      .catch((error: unknown) => error);
  };

  before(async () => {
    connection = await connectTo(server, ending.signal);
  });
  beforeEach(() => {
    got.length = 0;
    term = new AbortController();
    Object.assign(asked, { times: 0, leads: true });
  });
  after(() => {
    ending.abort();
    server.closeAllConnections();
    server.close();
  });

  it('sends what the one writes who leads, and asks once for each write', async () => {
    expect(await outcome({ method: 'PATCH', body: {} })).to.deep.equal({});
    expect(await outcome({ method: 'DELETE' })).to.deep.equal({});
    expect(got).to.deep.equal(['PATCH', 'DELETE']);
    expect(asked.times).to.equal(2);
  });

  for (const method of ['POST', 'PATCH', 'DELETE'] as const) {
    it(`does not send a ${method} of the one who does not`, async () => {
      asked.leads = false;
      expect(await outcome({ method })).to.be.instanceOf(NotLeading);
      expect(got).to.deep.equal([]);
    });
  }

  it('lets everybody read', async () => {
    asked.leads = false;
    expect(await outcome({})).to.deep.equal({});
    expect(got).to.deep.equal(['GET']);
  });

  it('asks when the request is about to leave, not when it is made', async () => {
    const sent = outcome({ method: 'PATCH' });
    asked.leads = false; // meanwhile credentials are read
    expect(await sent).to.be.instanceOf(NotLeading);
    expect(got).to.deep.equal([]);
  });

  it('sends nothing of a term that is over, though another has begun, and gives up what is under way', async () => {
    const arrived = Promise.withResolvers<void>();
    answers.give = () => arrived.resolve();
    const sent = outcome({ method: 'PATCH' });
    await arrived.promise;
    term.abort(new NotLeading('over'));
    expect(await sent).to.be.instanceOf(NotLeading);
    expect(await outcome({ method: 'PATCH' })).to.be.instanceOf(NotLeading);
    expect(got).to.deep.equal(['PATCH']);
  });
});
