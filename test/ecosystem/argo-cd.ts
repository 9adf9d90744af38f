import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { connectAsAdmin } from '../../local-cluster/admin.ts';
import { ensureBinaries, pathOf } from '../../local-cluster/binaries.ts';
import { recipeFor } from '../../local-cluster/go-build.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { ensurePrerequisites } from '../../local-cluster/prerequisites.ts';
import { environment, run, searchPath } from '../../local-cluster/run.ts';
import { collectionPath } from '../../src/platform/paths.ts';
import { watch } from '../../src/platform/watch.ts';
import { argoSettings } from '../argo-cd-cases.ts';
import { eventually } from '../cluster/eventually.ts';

const module = 'github.com/argoproj/argo-cd/v3';
const page = join(import.meta.dirname, '../../docs/argo-cd.md');
const Downloaded = z.object({ Dir: z.string() });
const [redisPort, repositoryPort] = [6379, 8081];

/** The Application as Argo CD reports on it, and since when. */
export interface Reported {
  at: Date;
  sync: string | undefined;
  revision: string | undefined;
  health: string | undefined;
  phase: string | undefined;
  /** Of the config itself. */
  config: { health: string | undefined; message: string | undefined };
}

export interface ArgoCd {
  repository: Repository;
  /** Everything that was said, oldest first. */
  reported: Reported[];
  /** Has it look at git now, as a webhook would. */
  refresh(): Promise<void>;
  end(): Promise<void>;
}

export interface Repository {
  url: string;
  folder: string;
  /** Makes these files what is in git, and returns the revision. */
  commit(files: Record<string, KubernetesObject[]>): Promise<string>;
}

/** The manifests of docs/argo-cd.md, with another repository. */
export async function manifestsOfPage(url: string): Promise<KubernetesObject[]> {
  const text = (await readFile(page, 'utf8')).replaceAll('https://git.example.com/platform.git', url);
  return [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => parseDocument(yaml).toJS());
}

/** Argo CD without its web interface ("core"), as processes in the network of the first node. */
export async function startArgoCd(cluster: LocalCluster): Promise<ArgoCd> {
  const { network } = cluster;
  if (network === undefined) throw new Error('Argo CD is started in the network of a node');
  await ensurePrerequisites('argo-cd', console.log);
  const programs = await ensureBinaries(['argocd', 'helm'], console.log);
  const argocd = pathOf(programs, 'argocd');
  const folder = join(cluster.state, 'argo-cd');
  await mkdir(join(folder, 'tmp'), { recursive: true });
  const source = await sourceFolder();
  await installKinds(cluster, source);
  // Its image has these beside git.
  await mkdir(join(folder, 'bin'));
  for (const script of ['git-verify-wrapper.sh', 'git-ask-pass.sh']) {
    await writeFile(join(folder, 'bin', script), await readFile(join(source, 'hack', script)), {
      mode: 0o755,
    });
  }
  await symlink(pathOf(programs, 'helm'), join(folder, 'bin', 'helm'));
  const repository = await newRepository(join(folder, 'platform'));

  const env = {
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    KUBECONFIG: network.kubeconfig,
    ARGOCD_FAKE_IN_CLUSTER: 'true', // what it calls https://kubernetes.default.svc is the cluster of KUBECONFIG
    ARGOCD_TLS_DATA_PATH: folder,
    ARGOCD_SSH_DATA_PATH: folder,
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_ASK_PASS_SOCK: join(folder, 'ask.sock'),
  };
  const redis = `127.0.0.1:${redisPort}`;
  const commands: [string, string[]][] = [
    ['redis', ['redis-server', ...['--bind', '127.0.0.1'], ...['--port', `${redisPort}`], '--save', '']],
    [
      'argocd-repo-server',
      [
        argocd,
        ...['--address', '127.0.0.1', '--port', `${repositoryPort}`],
        ...['--metrics-address', '127.0.0.1', '--redis', redis],
        ...['--disable-tls', '--client-ca-path', ''],
      ],
    ],
    [
      'argocd-application-controller',
      [
        argocd,
        ...['--namespace', 'argocd', '--redis', redis],
        ...['--repo-server', `127.0.0.1:${repositoryPort}`, '--repo-server-plaintext'],
        ...['--app-resync', '10', '--app-resync-jitter', '0'], // far more often than anybody has it compare
        '--persist-resource-health', // so that it can be seen without its web interface
      ],
    ],
  ];
  const path = [join(folder, 'bin'), ...searchPath()].join(delimiter);
  const children = commands.map(([name, command]) => {
    const [program = '', ...args] = network.within(command);
    const child = spawn(program, args, {
      env: { ...environment({ ...env, ARGOCD_BINARY_NAME: name }), PATH: path },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(`${cluster.state}-${name}.log`);
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    return child;
  });
  const isListening = async () => {
    const log = await readFile(`${cluster.state}-argocd-repo-server.log`, 'utf8');
    if (!log.includes('is listening on')) throw new Error(`argocd-repo-server says ${log.slice(-500)}`);
  };
  await eventually(isListening, 60_000);
  const ending = new AbortController();
  return {
    repository,
    reported: follow(cluster, ending.signal),
    refresh: async () => {
      const application = ['-n', 'argocd', 'application', 'metrics-server'];
      const asked = 'argocd.argoproj.io/refresh';
      // Argo CD takes the annotation away when it has looked: one that is still there is about what git had before.
      await eventually(async () => {
        const { metadata = {} }: KubernetesObject = JSON.parse(
          await cluster.kubectl(['get', ...application, '-o', 'json']),
        );
        if (metadata.annotations?.[asked] !== undefined) throw new Error('Argo CD is still looking');
      }, 60_000);
      await cluster.kubectl(['annotate', ...application, `${asked}=normal`]);
    },
    end: async () => {
      ending.abort();
      await Promise.all(children.map(ended));
    },
  };
}

async function sourceFolder(): Promise<string> {
  const { go, folder, env } = await recipeFor('argo-cd');
  const said = await run([go, 'mod', 'download', '-json', module], { cwd: folder, env });
  return Downloaded.parse(JSON.parse(said)).Dir;
}

/** As its own manifests have it, and then what docs/argo-cd.md tells users to add. */
async function installKinds(cluster: LocalCluster, source: string): Promise<void> {
  await cluster.kubectl(['create', 'namespace', 'argocd']);
  const apply = ['apply', '--server-side', '-n', 'argocd', '-k'];
  await cluster.kubectl([...apply, join(source, 'manifests', 'crds')]);
  await cluster.kubectl([...apply, join(source, 'manifests', 'base', 'config')]);
  const patch = ['--type', 'merge', '--patch-file', argoSettings];
  await cluster.kubectl(['patch', 'configmap', 'argocd-cm', '-n', 'argocd', ...patch]);
  await eventually(() => cluster.kubectl(['get', 'applications,appprojects', '-n', 'argocd']), 30_000);
}

async function newRepository(folder: string): Promise<Repository> {
  const git = (...args: string[]) => {
    const who = ['-c', 'user.name=platform', '-c', 'user.email=platform@example.com'];
    return run(['git', '-C', folder, ...who, ...args]);
  };
  await mkdir(join(folder, 'metrics-server'), { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  return {
    url: `file://${folder}`,
    folder,
    commit: async (files) => {
      for (const [name, objects] of Object.entries(files)) {
        const text = objects.map((one) => stringify(one)).join('---\n');
        await writeFile(join(folder, 'metrics-server', name), text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--message=A change');
      return (await git('rev-parse', 'HEAD')).trim();
    },
  };
}

interface Application extends KubernetesObject {
  status?: {
    sync?: { status: string; revision?: string };
    health?: { status: string };
    operationState?: { phase: string };
    resources?: { kind: string; health?: { status?: string; message?: string } }[];
  };
}

function follow(cluster: LocalCluster, signal: AbortSignal): Reported[] {
  const reported: Reported[] = [];
  const [apiVersion, kind] = ['argoproj.io/v1alpha1', 'Application'];
  const target = {
    apiVersion,
    kind,
    path: collectionPath(apiVersion, 'applications', 'argocd'),
    keep: ({ status = {} }: Application) => {
      const config = status.resources?.find((one) => one.kind === 'MetricsServerConfig')?.health;
      return {
        sync: status.sync?.status,
        revision: status.sync?.revision,
        health: status.health?.status,
        phase: status.operationState?.phase,
        config: { health: config?.status, message: config?.message },
      };
    },
  };
  const listener = {
    onChange: ({ type, object }: { type: string; object: Omit<Reported, 'at'> }) => {
      if (type !== 'DELETED') reported.push({ at: new Date(), ...object });
    },
    onTrouble: () => undefined,
  };
  watch(connectAsAdmin(cluster), target, listener, signal);
  return reported;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.race([exit, sleep(10_000)]);
  child.kill('SIGKILL');
}
