import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { downCluster } from './down.ts';
import { restartKubelet } from './faults.ts';
import { type ServingCertificate, servingCertificates } from './kubelet-certificates.ts';
import { defaultState, layout } from './layout.ts';
import type { LocalCluster } from './local-cluster.ts';
import { type NodeClusterOptions, startNodeCluster } from './node-cluster.ts';

const usage = `node local-cluster/cli.ts up [--nodes 1|2] [--kubelet-certificates cluster-ca|self-signed] [--state DIR]
node local-cluster/cli.ts kubelet 1|2 ${servingCertificates.join('|')} [--state DIR]
node local-cluster/cli.ts down [--state DIR]`;

type Order =
  | ({ verb: 'up' } & Omit<NodeClusterOptions, 'say'>)
  | { verb: 'kubelet'; node: number; certificate: ServingCertificate; state: string }
  | { verb: 'down'; state: string }
  | { verb: 'refuse'; because: string };

/** Understands the command line. */
export function parseOrder(args: string[]): Order {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        nodes: { type: 'string', default: '1' },
        'kubelet-certificates': { type: 'string', default: 'cluster-ca' },
        state: { type: 'string', default: defaultState },
      },
    });
    return orderFrom(positionals, values);
  } catch (error) {
    return { verb: 'refuse', because: messageOf(error) };
  }
}

function orderFrom(
  [verb, ...rest]: string[],
  values: { nodes: string; 'kubelet-certificates': string; state: string },
): Order {
  const { nodes, 'kubelet-certificates': kubeletCertificates, state } = values;
  if (verb === 'kubelet') return kubeletOrder(rest, state);
  if (verb !== 'up' && verb !== 'down')
    return { verb: 'refuse', because: `Say "up", "down" or "kubelet"${verb ? `, not "${verb}"` : ''}.` };
  if (rest.length > 0) return { verb: 'refuse', because: `"${rest[0]}" is one word too many.` };
  if (verb === 'down') return { verb, state };
  if (nodes !== '1' && nodes !== '2')
    return { verb: 'refuse', because: `--nodes is 1 or 2, not "${nodes}".` };
  if (kubeletCertificates !== 'cluster-ca' && kubeletCertificates !== 'self-signed') {
    const because = `--kubelet-certificates is cluster-ca or self-signed, not "${kubeletCertificates}".`;
    return { verb: 'refuse', because };
  }
  return { verb, state, nodes: nodes === '1' ? 1 : 2, kubeletCertificates };
}

function kubeletOrder([node, word, ...rest]: string[], state: string): Order {
  const all = `${servingCertificates.slice(0, -1).join(', ')} or ${servingCertificates.at(-1)}`;
  const certificate = servingCertificates.find((one) => one === word);
  if (node !== '1' && node !== '2')
    return { verb: 'refuse', because: `The node is 1 or 2${node ? `, not "${node}"` : ''}.` };
  if (word === undefined) return { verb: 'refuse', because: `Say which certificate: ${all}.` };
  if (certificate === undefined)
    return { verb: 'refuse', because: `The certificate is ${all}, not "${word}".` };
  if (rest.length > 0) return { verb: 'refuse', because: `"${rest[0]}" is one word too many.` };
  return { verb: 'kubelet', node: Number(node), certificate, state };
}

async function obey(order: Order): Promise<number> {
  switch (order.verb) {
    case 'refuse':
      console.error(`${order.because}\n\n${usage}`);
      return 2;
    case 'down':
      await downCluster(order.state, say);
      return 0;
    case 'kubelet':
      await restartKubelet(order, order.node, { kubeletCertificates: order.certificate });
      say(`The kubelet of node ${order.node} is back, with the certificate "${order.certificate}".`);
      return 0;
    case 'up':
      endOnSignal(order.state);
      tellHowToGoOn(await startNodeCluster({ ...order, say }));
      return 0;
  }
}

/** Ctrl-C stops a start; what it has started so far is taken away again. */
function endOnSignal(state: string): void {
  const end = (signal: NodeJS.Signals) => {
    say(`${signal}: ending what has been started`);
    rmSync(layout(state).owner, { force: true });
    // Not in this process, which stands still meanwhile, so that it cannot start anything more.
    spawnSync(process.execPath, [import.meta.filename, 'down', '--state', state], { stdio: 'inherit' });
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
}

function tellHowToGoOn({ kubeconfig, state, bin }: LocalCluster): void {
  const rest = state === defaultState ? '' : ` -- --state ${state}`;
  say(`
The cluster is up. Go on with:
  export KUBECONFIG=${kubeconfig}
  ${bin['kubectl']} get nodes
Remove it with:
  npm run cluster:down${rest}`);
}

function say(line: string): void {
  console.log(line);
}

/** The message with those of its causes: what failed, and why. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && !error.message.includes(error.cause.message)
    ? `${error.message}: ${messageOf(error.cause)}`
    : error.message;
}

if (import.meta.main) {
  process.exitCode = await obey(parseOrder(process.argv.slice(2))).catch((error: unknown) => {
    console.error(messageOf(error));
    return 1;
  });
}
