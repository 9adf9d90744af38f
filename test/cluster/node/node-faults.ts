import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signCertificate } from '../../../local-cluster/certificates.ts';
import { restartKubelet } from '../../../local-cluster/faults.ts';
import { layout, network, nodeName } from '../../../local-cluster/layout.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { insideNetwork } from '../../../local-cluster/namespaces.ts';
import { nodeFiles } from '../../../local-cluster/node-files.ts';
import { environment, run } from '../../../local-cluster/run.ts';

/** Takes a fault away again. */
export type Undo = () => Promise<unknown>;

/** A kubelet restarts with other fields in its configuration. */
export async function reconfigureKubelet(
  cluster: LocalCluster,
  node: number,
  changes: object,
): Promise<Undo> {
  const file = nodeFiles(layout(cluster.state), node).kubelet;
  const before = await readFile(file, 'utf8');
  await writeFile(file, JSON.stringify({ ...JSON.parse(before), ...changes }));
  await restartKubelet(cluster, node);
  return async () => {
    await writeFile(file, before);
    await restartKubelet(cluster, node);
  };
}

/** What a node's firewall does with some packets, as iptables says it: chain, match, target. */
export async function firewall(
  { state }: LocalCluster,
  node: number,
  chain: 'INPUT' | 'OUTPUT' | 'FORWARD',
  rule: string,
): Promise<Undo> {
  const tables = (action: string) =>
    run(insideNetwork(layout(state), node, ['iptables', '--wait', action, chain, ...rule.split(' ')]));
  await tables('-I');
  return () => tables('-D');
}

const program = join(import.meta.dirname, 'fake-kubelet.ts');

/** The kubelet of a node goes to another port, and at its own something else answers, with a certificate of the cluster's CA. */
export async function fakeKubelet(
  cluster: LocalCluster,
  node: number,
  does: 'plain' | 'hang' | 'garbage' | '404' | '500',
): Promise<Undo> {
  const paths = layout(cluster.state);
  const name = `fake-${nodeName(node)}`;
  await signCertificate(paths.pki, {
    name,
    authority: 'ca',
    subject: `/O=system:nodes/CN=system:node:${nodeName(node)}`,
    usage: 'serverAuth',
    names: [`IP:${network.nodeAddress(node)}`],
  });
  const back = await reconfigureKubelet(cluster, node, { port: 10_260 });
  const files = ['crt', 'key'].map((kind) => join(paths.pki, `${name}.${kind}`));
  const end = await startInNetwork(cluster, node, [program, '10250', does, ...files]);
  return async () => {
    await end();
    await back();
  };
}

const listener =
  "require('node:net').createServer().listen(Number(process.argv[1]), '0.0.0.0', () => console.log('listening'))";

/** Something else listens at a port of a node. */
export function occupied(cluster: LocalCluster, node: number, port: number): Promise<Undo> {
  return startInNetwork(cluster, node, ['-e', listener, String(port)]);
}

/** A program of Node's in the network of a node; it listens when this resolves. */
async function startInNetwork({ state }: LocalCluster, node: number, args: string[]): Promise<Undo> {
  const [file = '', ...rest] = insideNetwork(layout(state), node, [process.execPath, ...args]);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: environment() });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`${args.join(' ')} ended with ${code}`))),
  ]);
  return async () => {
    child.kill();
    await ended;
  };
}
