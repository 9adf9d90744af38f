import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which the kernel takes the ports of outgoing connections, so that none of
// those can take the port between our look and the component's start; below NodePorts as well.
const lowest = 20_000;
const highest = 29_999;

/** A port on loopback that nobody listens on. Chosen at random, so that two starts at once do not meet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
