import { readlink } from 'node:fs/promises';
import { type Layout, layout, network } from './layout.ts';
import type { LocalCluster } from './local-cluster.ts';
import { childrenOf, insideNetwork } from './namespaces.ts';
import { run } from './run.ts';

/** How many connections carry no packet any more, and how to let them through again. */
export type Cut = { connections: number; restore: () => Promise<void> };

type Client = { address: string; port: string };

/**
 * A firewall or NAT on the way that has forgotten its connections: nothing that is connected to kube-apiserver
 * (or to another `port` of the first node) at this moment hears from it again, nor of its end; new connections
 * work. That goes for all clients: processes inside, other nodes, pods, and those outside, through the relay.
 */
export async function cutConnections(
  { state }: LocalCluster,
  { port = network.apiPort }: { port?: number } = {},
): Promise<Cut> {
  const paths = layout(state);
  const sockets = await establishedSockets(paths, ['sport', '=', `:${port}`]);
  return await drop(paths, port, sockets.map(({ peer }) => peer).filter(isFromOutside));
}

/**
 * The same for a single process (by its pid on this machine, or that of the `nsenter` that started it), as when
 * one machine's way to kube-apiserver is lost. It must run in the first node's network and use the address in
 * `inside.kubeconfig`: connections to a service's address arrive from another port than they were made from.
 */
export async function silence({ state }: LocalCluster, pid: number): Promise<Cut> {
  const paths = layout(state);
  await refuseOtherNetwork(paths, pid);
  const sockets = await establishedSockets(paths, ['dport', '=', `:${network.apiPort}`]);
  const pids = [pid, ...childrenOf(pid)];
  const own = sockets.filter(({ owners }) => pids.some((one) => owners.includes(`pid=${one},`)));
  return await drop(
    paths,
    network.apiPort,
    own.map(({ local }) => local),
  );
}

/** The rules are about the cluster's own network namespace, so a process elsewhere would just go on talking. */
async function refuseOtherNetwork(paths: Layout, pid: number): Promise<void> {
  const inside = await run(insideNetwork(paths, 1, ['readlink', '/proc/self/ns/net']));
  if ((await readlink(`/proc/${pid}/ns/net`)) === inside.trim()) return;
  throw new Error(`Process ${pid} does not run in the network of the cluster in ${paths.state}.`);
}

type SocketEnds = { local: Client; peer: Client; owners: string };

async function establishedSockets(paths: Layout, filter: string[]): Promise<SocketEnds[]> {
  const ss = ['ss', '--no-header', '--tcp', '--numeric', '--processes', 'state', 'established', ...filter];
  const lines = (await run(insideNetwork(paths, 1, ss))).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, , local = '', peer = '', owners = ''] = line.trim().split(/\s+/);
    return { local: parseEnd(local), peer: parseEnd(peer), owners };
  });
}

/** A server that listens for IPv6 too sees IPv4 clients as `[::ffff:10.77.0.1]:40000`. */
function parseEnd(text: string): Client {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[(?:::ffff:)?|\]$/g, ''), port: text.slice(colon + 1) };
}

/** kube-apiserver is a client of its own, over loopback, where no machine can stand in between. */
function isFromOutside({ address }: Client): boolean {
  return address !== '::1' && !address.startsWith('127.');
}

async function drop(paths: Layout, port: number, clients: Client[]): Promise<Cut> {
  const rules = clients.flatMap((client) => rulesFor(client, port));
  await changeRules(paths, '-I', rules);
  let isCut = true;
  return {
    connections: clients.length,
    restore: async () => {
      if (isCut) await changeRules(paths, '-D', rules);
      isCut = false;
    },
  };
}

/** The server's end of a connection is always on the first node, so both directions can be dropped there. */
function rulesFor({ address, port: clientPort }: Client, port: number): string[] {
  return [
    `INPUT --source ${address} --protocol tcp --sport ${clientPort} --dport ${port} --jump DROP`,
    `OUTPUT --destination ${address} --protocol tcp --sport ${port} --dport ${clientPort} --jump DROP`,
  ];
}

/** All at once, and without touching what kube-proxy and CNI have written. */
async function changeRules(paths: Layout, change: '-I' | '-D', rules: string[]): Promise<void> {
  const input = ['*filter', ...rules.map((rule) => `${change} ${rule}`), 'COMMIT', ''].join('\n');
  await run(insideNetwork(paths, 1, ['iptables-restore', '--noflush', '--wait']), { input });
}
