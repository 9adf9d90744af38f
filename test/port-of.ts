import type { Server } from 'node:net';

/** Where a server listens that took whatever port was free. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return address.port;
}
