import { once } from 'node:events';
import type { Server } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import { type Connection, connect } from '../../src/platform/connection.ts';
import { portOf } from '../port-of.ts';

/** A connection to a server of the test's own on loopback, which it lets listen. */
export async function connectTo(server: Server, signal: AbortSignal): Promise<Connection> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const load = () => {
    const kubeConfig = new KubeConfig();
    const cluster = { name: 'c', server: `http://127.0.0.1:${portOf(server)}`, skipTLSVerify: true };
    kubeConfig.loadFromClusterAndUser(cluster, { name: 'u' });
    return kubeConfig;
  };
  return connect({ load, onReplaced: console.log, onUnreadable: console.error, signal });
}
