import { X509Certificate } from 'node:crypto';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { createServer } from 'node:tls';
import { expect } from 'chai';
import { handshake, shownBy } from '../../src/platform/handshake.ts';
import { makeAuthority, makeServing } from '../../src/platform/x509.ts';

const name = 'metrics-server.kube-system.svc';
const here = '127.0.0.1';

/** Does something with a server that listens. */
async function listening<T>(server: Server, use: (port: number) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, here, resolve));
  const address: AddressInfo | string | null = server.address();
  try {
    return await use(typeof address === 'object' ? (address?.port ?? 0) : 0);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A server that answers whatever comes with these bytes, or not at all. */
function answering(bytes: number[] | undefined): Server {
  return createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => bytes && socket.end(Buffer.from(bytes)));
  });
}

describe('a handshake', () => {
  it('tells the certificate, whoever has signed it, and those that come with it', async () => {
    const authority = await makeAuthority('unknown', 1, new Date());
    const pair = await makeServing(authority, [name], 1, new Date());
    const certificates = [pair.certificate, authority.certificate];
    const server = createServer({ cert: certificates.join(''), key: pair.key });
    const seen = await listening(server, (port) => handshake(here, port));
    const expected = certificates.map((one) => new X509Certificate(one).fingerprint256);
    expect(seen.is === 'shown' && seen.chain.map((one) => one.fingerprint256)).to.deep.equal(expected);
  });

  it('can be had for the fingerprint alone', async () => {
    const authority = await makeAuthority('unknown', 1, new Date());
    const pair = await makeServing(authority, [name], 1, new Date());
    const { fingerprint256 } = new X509Certificate(pair.certificate);
    const server = createServer({ cert: pair.certificate, key: pair.key });
    const port = await listening(server, async (port) => {
      expect(await shownBy(here, port, name)).to.equal(fingerprint256);
      return port;
    });
    expect(await shownBy(here, port, name), 'nobody is there').to.equal(undefined);
  });

  it('tells that there is no certificate, as a kubelet does that waits for one', async () => {
    const internalError = [0x15, 3, 3, 0, 2, 2, 80];
    expect(await listening(answering(internalError), (port) => handshake(here, port))).to.deep.equal({
      is: 'none',
    });
  });

  it('tells nothing where somebody does not speak TLS, or refuses', async () => {
    const handshakeFailure = [0x15, 3, 3, 0, 2, 2, 40];
    for (const bytes of [handshakeFailure, [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], []]) {
      const seen = await listening(answering(bytes), (port) => handshake(here, port));
      expect(seen, `${bytes}`).to.deep.equal({ is: 'unreachable' });
    }
  });

  it('tells nothing of a place that cannot be', async () => {
    const places: [string, number][] = [
      [here, 70_000],
      [here, -1],
      ['a\0b', 10_250],
      ['', 10_250], // Node would ask this machine
    ];
    for (const [host, port] of places) {
      expect(await handshake(host, port), `${host}:${port}`).to.deep.equal({ is: 'unreachable' });
    }
  });

  it('takes three seconds at most', async () => {
    const began = Date.now();
    const seen = await listening(answering(undefined), (port) => handshake(here, port));
    expect(seen).to.deep.equal({ is: 'unreachable' });
    expect(Date.now() - began).to.be.within(2900, 15_000); // the machine may be busy
  }).timeout(20_000);
});
