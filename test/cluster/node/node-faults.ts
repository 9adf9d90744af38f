import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signCertificate } from '../../../local-cluster/certificates.ts';
import { restartKubelet, stopKubelet } from '../../../local-cluster/faults.ts';
import { layout, network, nodeName } from '../../../local-cluster/layout.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { insideNetwork } from '../../../local-cluster/namespaces.ts';
import { nodeFiles } from '../../../local-cluster/node-files.ts';
import { environment, run } from '../../../local-cluster/run.ts';
import { startStopped } from '../../../local-cluster/stopped.ts';
import { authorityFrom, someCertificate, type Wanted } from '../../some-pki.ts';

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

/** A kubelet restarts with another certificate of the cluster's CA, or with one that it signs itself. The API server need not take it, either. */
export async function kubeletShows(
  cluster: LocalCluster,
  node: number,
  shown: Wanted | 'self-signed',
): Promise<Undo> {
  const paths = layout(cluster.state);
  const file = nodeFiles(paths, node).kubelet;
  const before = await readFile(file, 'utf8');
  const files = shown === 'self-signed' ? {} : await writeCertificate(paths.pki, node, shown);
  await writeFile(file, JSON.stringify({ ...JSON.parse(before), serverTLSBootstrap: false, ...files }));
  await stopKubelet(cluster, node);
  await startStopped(paths, `kubelet-${nodeName(node)}`, { diesWithParent: true });
  return async () => {
    await writeFile(file, before);
    await restartKubelet(cluster, node);
  };
}

async function writeCertificate(
  pki: string,
  node: number,
  wanted: Wanted,
): Promise<{ tlsCertFile: string; tlsPrivateKeyFile: string }> {
  const commonName = `system:node:${nodeName(node)}`;
  const text = (file: string) => readFile(join(pki, file), 'utf8');
  const by = await authorityFrom(await text('ca.crt'), await text('ca.key'));
  const made = await someCertificate(new Date(), { by, commonName, ...wanted });
  const [tlsCertFile, tlsPrivateKeyFile] = [join(pki, 'odd-kubelet.crt'), join(pki, 'odd-kubelet.key')];
  await writeFile(tlsCertFile, made.certificate);
  await writeFile(tlsPrivateKeyFile, made.key);
  return { tlsCertFile, tlsPrivateKeyFile };
}

/** What a node's firewall does with some packets, as iptables says it: chain, match, target. */
export async function firewall(
  { state }: LocalCluster,
  node: number,
  chain: 'INPUT' | 'OUTPUT' | 'FORWARD',
  rule: string,
  table = 'filter',
): Promise<Undo> {
  const tables = (action: string) =>
    run(
      insideNetwork(layout(state), node, [
        ...['iptables', '--wait', '--table', table, action, chain],
        ...rule.split(' '),
      ]),
    );
  await tables('-I');
  return () => tables('-D');
}

const program = join(import.meta.dirname, 'fake-kubelet.ts');

/** The kubelet of a node goes to another port, and at its own something else answers, with a certificate of the cluster's CA. */
export async function fakeKubelet(
  cluster: LocalCluster,
  node: number,
  does: 'plain' | 'hang' | 'garbage' | 'nodes only' | '404' | '500',
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

/** Signals every metrics-server in the cluster; its processes are only seen inside the pid namespace of their node. */
export async function signalMetricsServers(cluster: LocalCluster, signal: 'STOP' | 'CONT'): Promise<void> {
  const script = `for p in /proc/[0-9]*; do if [ "$(cat $p/comm 2>/dev/null)" = metrics-server ]; then kill -${signal} \${p#/proc/} && echo signalled; fi; done`;
  const signalled = await Promise.all(
    [1, 2].map(async (node) => {
      const command = cluster.inside?.(['bash', '-c', script], node);
      if (command === undefined) throw new Error('a cluster without nodes runs no metrics-server');
      return await run(command);
    }),
  );
  if (!signalled.join('').includes('signalled')) throw new Error('no metrics-server runs');
}
