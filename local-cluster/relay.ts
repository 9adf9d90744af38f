import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Layout, network } from './layout.ts';
import { insideNetwork } from './namespaces.ts';
import { startComponent, waitUntil } from './processes.ts';

// Relative to the state folder, which is the relays' working folder: unix socket paths end at 108 characters.
const socket = 'api.sock';

/**
 * Publishes the API on this machine's loopback. No cable leads out of the cluster's network, but a
 * unix socket is a file: one relay listens on it inside, another one passes connections to it outside.
 */
export async function startRelay(
  paths: Layout,
  port: number,
  { diesWithParent }: { diesWithParent: boolean },
): Promise<void> {
  const options = { diesWithParent, cwd: paths.state };
  const listen = `UNIX-LISTEN:${socket},fork,mode=600,unlink-early`;
  const connect = `TCP:${network.bridgeAddress}:${network.apiPort}`;
  const inside = await startComponent(
    paths,
    { name: 'relay-inside', command: insideNetwork(paths, 1, ['socat', listen, connect]) },
    options,
  );
  await waitUntil('the relay listens', () => isThere(join(paths.state, socket)), {
    needs: [inside],
    seconds: 10,
  });
  const accept = `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`;
  await startComponent(
    paths,
    { name: 'relay-outside', command: ['socat', accept, `UNIX-CONNECT:${socket}`] },
    options,
  );
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
