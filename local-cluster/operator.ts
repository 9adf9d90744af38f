import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1CustomResourceDefinition } from '@kubernetes/client-node';
import { parse, stringify } from 'yaml';
import { nodeFlags } from '../image/runtime.ts';
import type { LocalCluster } from './local-cluster.ts';
import { waitUntil } from './processes.ts';

const root = join(import.meta.dirname, '..');

export { operatorUser } from './operator-user.ts';

/** config/rbac, or, in `npm run bench -- rights`, a copy of it that grants less. */
export const rightsFolder = process.env['OPERATOR_RIGHTS'] ?? join(root, 'config/rbac');

/** What config/default installs, the operator itself apart. */
export async function installOperator(cluster: LocalCluster): Promise<void> {
  await installCrd(cluster);
  await installRights(cluster);
}

const crd = ['crd', 'metricsserverconfigs.metrics-server.io'];

export async function installCrd(cluster: LocalCluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-k', join(root, 'config/crd')]);
  // `kubectl wait --for=condition` and its jsonpath fail where a new CRD has no conditions at all yet.
  const isEstablished = async () => {
    const { status }: V1CustomResourceDefinition = JSON.parse(
      await cluster.kubectl(['get', ...crd, '-o', 'json']),
    );
    return (
      status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false
    );
  };
  await waitUntil('the CRD is established', isEstablished, { needs: [], seconds: 30 });
}

/** Its rights, and what it may write with them. */
export async function installRights(cluster: LocalCluster): Promise<void> {
  for (const folder of [rightsFolder, join(root, 'config/policy')])
    await cluster.kubectl(['apply', '--server-side', '-k', folder]);
}

/** A kubeconfig with nothing but a token of the operator's own ServiceAccount; another file, another token. */
export function operatorKubeconfig(
  cluster: LocalCluster,
  base = cluster.kubeconfig,
  file = 'operator.kubeconfig',
): Promise<string> {
  const account = { namespace: 'metrics-server-operator', name: 'metrics-server-operator' };
  return accountKubeconfig(cluster, account, { base, file });
}

/** A kubeconfig with nothing but a token of a ServiceAccount, good for a day. */
export async function accountKubeconfig(
  cluster: LocalCluster,
  { namespace, name }: { namespace: string; name: string },
  { base = cluster.kubeconfig, file = `${name}.kubeconfig` } = {},
): Promise<string> {
  const token = await cluster.kubectl(['create', 'token', '-n', namespace, name, '--duration=24h']);
  const config = parse(await readFile(base, 'utf8'));
  config.users = config.users.map((one: { name: string }) => ({
    name: one.name,
    user: { token: token.trim() },
  }));
  const path = join(cluster.state, file);
  await writeFile(path, stringify(config), { mode: 0o600 });
  return path;
}

export interface OperatorProcess {
  /** The parsed JSON lines of its log so far. */
  log(): Promise<Record<string, unknown>[]>;
  pid: number;
  /** SIGTERM, and wait for the end; returns the exit code. */
  end(): Promise<number | null>;
  /** Resolves when the process ends by itself. */
  exited: Promise<number | null>;
}

/** `npm start`, as a process of its own; with `within` in a network from which pods can be reached, as a pod would. */
export function startOperator(
  kubeconfig: string,
  logFile: string,
  settings: Record<string, string> = {},
  within: (command: string[]) => string[] = (command) => command,
): OperatorProcess {
  const [program = '', ...args] = within([process.execPath, ...nodeFlags, join(root, 'src/main.ts')]);
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], KUBECONFIG: kubeconfig, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const exited = exitOf(child);
  return {
    pid: child.pid ?? 0,
    exited,
    log: async () => linesOf(await readFile(logFile, 'utf8')),
    end: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}

function linesOf(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => (line.startsWith('{') ? JSON.parse(line) : { message: line }));
}
