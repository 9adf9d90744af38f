import { createServer, type RequestListener } from 'node:http';
import { expect } from 'chai';
import type { Connection } from '../../src/platform/connection.ts';
import { connectTo } from './connect-to.ts';

// A double, because a real API server cannot be made to let a single watch fall silent, or to tell another time.
describe('a connection', () => {
  const ending = new AbortController();
  const answers: { give: RequestListener } = { give: () => undefined };
  const server = createServer((request, response) => answers.give(request, response));
  let connection: Connection;

  before(async () => {
    connection = await connectTo(server, ending.signal);
  });
  after(() => {
    ending.abort();
    server.closeAllConnections();
    server.close();
  });

  const read = async (silenceMs: number) => {
    const lines: string[] = [];
    for await (const line of await connection.lines({ path: '/watch', timeoutMs: 'none', silenceMs }))
      lines.push(line);
    return lines;
  };

  it('ends a stream that has fallen silent', async () => {
    answers.give = (_, response) => response.write('a\n');
    const error = await read(200).catch((error: unknown) => error);
    expect(error).to.be.instanceOf(DOMException).and.to.have.property('name', 'TimeoutError');
  });

  it('leaves a stream alone that goes on talking, however long', async () => {
    answers.give = (_, response) => {
      const timer = setInterval(() => response.write('x\n'), 20);
      setTimeout(() => {
        clearInterval(timer);
        response.end();
      }, 900);
    };
    expect((await read(600)).length).to.be.greaterThan(5);
  });

  it("knows the server's time where it is far from ours, and takes ours where it is not", async () => {
    const ahead = (ms: number) => {
      answers.give = (_, response) => {
        response.setHeader('Date', new Date(Date.now() + ms).toUTCString());
        response.end('{}');
      };
      return connection.send({ path: '/' });
    };
    await ahead(90_000);
    expect(connection.now().getTime() - Date.now()).to.be.within(85_000, 95_000);
    await ahead(0);
    expect(connection.now().getTime() - Date.now()).to.be.within(-5, 5);
  });
});
