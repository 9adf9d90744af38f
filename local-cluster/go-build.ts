import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Say } from './progress.ts';
import { run } from './run.ts';

/** A Go module that only pins versions; its `tool` lines name the programs. */
export type Family =
  | 'kubernetes'
  | 'etcd'
  | 'registry'
  | 'helm'
  | 'actionlint'
  | 'kube-score'
  | 'kubeconform'
  | 'argo-cd'
  | 'cert-manager'
  | 'prometheus-operator'
  | 'metrics-server'
  | 'metrics-server-0.6'
  | 'metrics-server-0.7'
  | 'metrics-server-0.8';
export type Recipe = {
  folder: string;
  flags: string[];
  key: string;
  go: string;
  /** What `go` needs in its environment. */
  env: Record<string, string>;
};

// One setting for everything: each change of it compiles all of Kubernetes again.
// The programs run in images without libc too, hence no cgo.
const settings = { CGO_ENABLED: '0', GOWORK: 'off' };
// What needs a newer Go than everything else has it fetched, also where the machine says GOTOOLCHAIN=local.
const newerGo: Partial<Record<Family, Record<string, string>>> = { 'argo-cd': { GOTOOLCHAIN: 'auto' } };
const signOfLifeMs = 20_000;
// Where Go's own archive is unpacked to; its folder is often missing in the PATH of root.
const commands = ['go', '/usr/local/go/bin/go'];

/** How a family is built here. The key changes with the pinned versions, the flags and the compiler. */
export async function recipeFor(family: Family): Promise<Recipe> {
  const folder = join(import.meta.dirname, 'binaries', family);
  const [modules, sums] = await Promise.all([
    readFile(join(folder, 'go.mod'), 'utf8'),
    readFile(join(folder, 'go.sum'), 'utf8'),
  ]);
  const flags = ['-trimpath', '-ldflags', ['-s', '-w', ...versionFlags(modules)].join(' ')];
  const env = { ...settings, ...newerGo[family] };
  const { go, version } = await findGo(folder, env);
  const parts = [modules, sums, flags.join(' '), version, process.arch, JSON.stringify(settings)];
  const key = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  return { folder, flags, key: `${family}-${key}`, go, env };
}

/** Without these, Kubernetes reports a version of v0.0.0. */
function versionFlags(modules: string): string[] {
  const [version, major, minor] = /k8s\.io\/kubernetes v(\d+)\.(\d+)\.\S+/.exec(modules) ?? [];
  if (version === undefined) return [];
  const gitVersion = version.split(' ').at(-1);
  return [
    `-X k8s.io/component-base/version.gitVersion=${gitVersion}`,
    `-X k8s.io/component-base/version.gitMajor=${major}`,
    `-X k8s.io/component-base/version.gitMinor=${minor}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=${gitVersion}`,
  ];
}

/** Asked in the module's folder: Go may choose a newer toolchain for it (GOTOOLCHAIN). */
async function findGo(folder: string, env: Recipe['env']): Promise<{ go: string; version: string }> {
  for (const go of commands) {
    const version = await goVersion(go, folder, env);
    if (version !== undefined) return { go, version };
  }
  throw new Error(
    'Go is needed to build Kubernetes from its sources, and no `go` is on the PATH: install Go 1.26.4 or newer ' +
      '(or Go 1.21 or newer with GOTOOLCHAIN=auto, which fetches the right one).',
  );
}

async function goVersion(go: string, folder: string, env: Recipe['env']): Promise<string | undefined> {
  try {
    return (await run([go, 'env', 'GOVERSION'], { cwd: folder, env })).trim();
  } catch (error) {
    if (error instanceof Error && `${error.message}`.includes('ENOENT')) return undefined;
    throw error;
  }
}

/** Builds to a temporary name and renames: whoever looks sees a whole file or none. */
export async function build(
  { folder, flags, go, env }: Recipe,
  { name, source, target }: { name: string; source: string; target: { folder: string; file: string } },
  say: Say,
): Promise<void> {
  await mkdir(target.folder, { recursive: true });
  const temporary = join(target.folder, `.${name}-${randomUUID()}`);
  const start = performance.now();
  const elapsed = () => `${Math.round((performance.now() - start) / 1000)} s`;
  const signOfLife = setInterval(() => say(`still building ${name}, ${elapsed()} so far`), signOfLifeMs);
  try {
    await run([go, 'build', ...flags, '-o', temporary, source], { cwd: folder, env });
    await rename(temporary, target.file);
    say(`built ${name} in ${elapsed()}`);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    clearInterval(signOfLife);
  }
}
