import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Layout, network, nodeName } from './layout.ts';
import { type Component, type StartOptions, startComponent, waitUntil } from './processes.ts';
import { run } from './run.ts';

const kinds = ['net', 'mnt', 'pid'];

/** Makes the namespaces of a node; the network in them is still down. */
export async function startNamespaces(
  paths: Layout,
  node: number,
  options: StartOptions,
): Promise<Component> {
  const folder = paths.node(node);
  await mkdir(folder, { recursive: true });
  const ready = join(folder, 'ready');
  await rm(ready, { force: true });
  const script = join(import.meta.dirname, 'namespace.sh');
  const unshare = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const command = [...unshare, '--propagation', 'private', '--', 'sh', script, folder];
  const component = await startComponent(paths, { name: namespacesName(node), command }, options);
  await waitUntil('the namespaces are set up', () => isThere(ready), { needs: [component], seconds: 10 });
  return component;
}

export const namespacesName = (node: number) => `namespaces-${nodeName(node)}`;

/** Puts a command into all namespaces of a node. Without --wd the folder would be one of the old root. */
export function insideCommand(paths: Layout, node: number, command: string[]): string[] {
  const target = ['-t', String(processOne(paths, node))];
  return ['nsenter', ...target, '--net', '--mount', '--pid', '--wd=/', '--', ...command];
}

/** Puts a command into a node's network only: it still sees the processes and files of the machine. */
export function insideNetwork(paths: Layout, node: number, command: string[]): string[] {
  return ['nsenter', '-t', String(processOne(paths, node)), '--net', '--', ...command];
}

/** The cluster's own network: a bridge on which the first node stands and to which further ones are plugged. */
export async function startClusterNetwork(paths: Layout): Promise<void> {
  await ip(paths, 1, [
    'link set lo up',
    `link add ${network.bridge} type bridge`,
    `addr add ${network.bridgeAddress}/24 dev ${network.bridge}`,
    `link set ${network.bridge} up`,
    // A packet to a service address needs some route, or it never gets as far as kube-proxy's rules.
    `route add default dev ${network.bridge}`,
  ]);
}

/** Plugs a further node into the bridge of the first one. */
export async function joinClusterNetwork(paths: Layout, node: number): Promise<void> {
  const plug = plugName(node);
  const address = network.nodeAddress(node);
  await ip(paths, 1, [
    `link add ${plug} type veth peer name eth0 netns ${processOne(paths, node)}`,
    `link set ${plug} master ${network.bridge}`,
    `link set ${plug} up`,
    `route add ${network.nodePods(node)} via ${address}`,
  ]);
  await ip(paths, node, [
    'link set lo up',
    `addr add ${address}/24 dev eth0`,
    'link set eth0 up',
    `route add default via ${network.bridgeAddress}`,
  ]);
}

/** The cable itself goes with the node's namespaces. */
export async function leaveClusterNetwork(paths: Layout, node: number): Promise<void> {
  await ip(paths, 1, [`route del ${network.nodePods(node)}`]);
}

const plugName = (node: number) => `plug-${node}`;

async function ip(paths: Layout, node: number, commands: string[]): Promise<void> {
  await run(insideNetwork(paths, node, ['ip', '-batch', '-']), { input: `${commands.join('\n')}\n` });
}

/** Process 1 of a node's namespaces, by its pid on this machine. The record names its parent, `unshare`. */
function processOne(paths: Layout, node: number): number {
  const parent = Number.parseInt(readFileSync(join(paths.processes, namespacesName(node)), 'utf8'), 10);
  const [child] = childrenOf(parent);
  if (child === undefined) throw new Error(`${nodeName(node)} does not run (process ${parent} has no child)`);
  return child;
}

export function childrenOf(pid: number): number[] {
  return orEmpty(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
}

/** The namespaces of these processes that are not the ones this tool itself runs in. */
export function namespacesOf(pids: number[]): Set<string> {
  const own = new Set(namespaces('self'));
  return new Set(pids.flatMap((pid) => namespaces(pid)).filter((id) => !own.has(id)));
}

/** Everything on this machine that runs in one of the namespaces. */
export function processesIn(wanted: Set<string>): number[] {
  if (wanted.size === 0) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => namespaces(pid).some((id) => wanted.has(id)));
}

function namespaces(pid: number | 'self'): string[] {
  return kinds
    .map((kind) => orEmpty(() => readlinkSync(`/proc/${pid}/ns/${kind}`)))
    .filter((id) => id !== '');
}

/** Processes come and go while /proc is read. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
