import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { followedPair } from '../../src/platform/followed-pair.ts';
import { webServer } from '../../src/platform/web-server.ts';
import { type KeyPair, makeAuthority, makeServing } from '../../src/platform/x509.ts';
import { portOf } from '../port-of.ts';

describe('a certificate that is served', () => {
  const ending = new AbortController();
  const folder = { path: '' };
  before(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'served-'));
  });
  after(async () => {
    ending.abort();
    await rm(folder.path, { recursive: true });
  });
  const write = async ({ certificate, key }: KeyPair) => {
    await writeFile(join(folder.path, 'tls.crt'), certificate);
    await writeFile(join(folder.path, 'tls.key'), key);
  };

  it('is read again when it changes; a broken one is told once, and the old one stays', async () => {
    const authority = await makeAuthority('ca', 10, new Date());
    const [first, second] = await Promise.all(
      [1, 2].map(() => makeServing(authority, ['metrics'], 10, new Date())),
    );
    if (first === undefined || second === undefined) throw new Error('two were made');
    const told: string[] = [];
    const shown: string[] = [];
    followedPair({
      folder: folder.path,
      onPair: ({ cert }) => shown.push(cert),
      onTrouble: ({ message, cause }) => told.push(`${message}: ${cause}`),
      everyMs: 20,
      signal: ending.signal,
    });
    const until = async (isThere: () => boolean) => {
      for (let turn = 0; turn < 250 && !isThere(); turn += 1) await sleep(20);
      expect(isThere(), JSON.stringify({ shown, told })).to.equal(true);
    };
    await until(() => told.length === 1); // nothing is there yet
    expect(told[0]).to.include('tls.crt');
    await write(first);
    await until(() => shown.length === 1);
    await write({ certificate: second.certificate, key: first.key });
    await until(() => /mismatch/.test(told.at(-1) ?? ''));
    await sleep(100);
    expect(shown).to.deep.equal([first.certificate]);
    expect(told.filter((text) => /mismatch/.test(text))).to.have.length(1);
    expect(told.join()).not.to.include('PRIVATE');
    await write(second);
    await until(() => shown.length === 2);
    expect(shown.at(-1)).to.equal(second.certificate);
  });

  it('is verified by whoever asks, and without one nobody is answered', async () => {
    const authority = await makeAuthority('ca', 10, new Date());
    const empty = await mkdtemp(join(tmpdir(), 'served-'));
    const serve = async (certificate: string) => {
      const server = webServer({
        address: { host: '127.0.0.1', port: 0 },
        pages: { '/metrics': () => ({ code: 200, body: 'a 1\n' }) },
        certificate,
        onTrouble: () => undefined,
        signal: ending.signal,
      });
      await once(server, 'listening');
      return portOf(server);
    };
    const ask = async (port: number) => {
      const asked = request({
        host: '127.0.0.1',
        port,
        path: '/metrics',
        ca: authority.certificate,
        servername: 'metrics',
      });
      asked.end();
      const [response] = await once(asked, 'response');
      return response.statusCode;
    };
    await write(await makeServing(authority, ['metrics'], 10, new Date()));
    const port = await serve(folder.path);
    await sleep(200); // it reads its files
    expect(await ask(port)).to.equal(200);
    const error = await ask(await serve(empty)).catch((failure: Error) => failure.message);
    expect(error).to.be.a('string');
    const plain = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => 'refused');
    expect(plain).to.equal('refused');
    await rm(empty, { recursive: true });
  });
});
