import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export type SilentRelay = { port: number; freeze(): void; close(): Promise<void> };

type Pair = { client: Socket; target: Socket };

/**
 * Stands between a client and a server on this machine's loopback. `freeze` is a machine on the way that
 * hangs: every connection open at that moment stays open and never carries a byte again, whatever either
 * end does; new connections work. The kernel still acknowledges what a client sends, so that only the
 * client's own patience (a timeout, an HTTP/2 ping) finds out, not TCP's.
 */
export async function startSilentRelay(targetPort: number): Promise<SilentRelay> {
  const open = new Set<Pair>();
  const frozen = new Set<Pair>();
  const server = createServer((client) => {
    const target = connect({ host: '127.0.0.1', port: targetPort });
    join({ client, target }, open);
  });
  const port = await listen(server);
  return {
    port,
    freeze: () => {
      for (const pair of open) {
        mute(pair);
        frozen.add(pair);
      }
      open.clear();
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const pair of [...open, ...frozen]) end(pair);
      await closed;
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay listens on no port');
  return address.port;
}

/** Passes on bytes, and the end of either side, for as long as the pair is open. */
function join(pair: Pair, open: Set<Pair>): void {
  const { client, target } = pair;
  open.add(pair);
  client.pipe(target).pipe(client);
  for (const socket of [client, target]) {
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      if (open.delete(pair)) end(pair); // nothing gets through a frozen pair, not even its end
    });
  }
}

/** A socket that is not read from does not even notice that the other end has closed it. */
function mute({ client, target }: Pair): void {
  client.unpipe(target).pause();
  target.unpipe(client).pause();
}

function end({ client, target }: Pair): void {
  client.destroy();
  target.destroy();
}
