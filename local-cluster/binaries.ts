import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, rename, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { build, type Family, type Recipe, recipeFor } from './go-build.ts';
import { binFolder } from './layout.ts';
import type { Say } from './progress.ts';

type Source = { name: BinaryName; family: Family; source: string };
export type BinaryName = keyof typeof sources;
export type Binaries = Record<string, string>;

// In the order of building: with the first three, tests against a bare control plane can begin.
const sources = {
  'kube-apiserver': ['kubernetes', 'k8s.io/kubernetes/cmd/kube-apiserver'],
  etcd: ['etcd', 'go.etcd.io/etcd/server/v3'],
  kubectl: ['kubernetes', 'k8s.io/kubernetes/cmd/kubectl'],
  'kube-controller-manager': ['kubernetes', 'k8s.io/kubernetes/cmd/kube-controller-manager'],
  'kube-scheduler': ['kubernetes', 'k8s.io/kubernetes/cmd/kube-scheduler'],
  kubelet: ['kubernetes', 'k8s.io/kubernetes/cmd/kubelet'],
  'kube-proxy': ['kubernetes', 'k8s.io/kubernetes/cmd/kube-proxy'],
  crane: ['registry', 'github.com/google/go-containerregistry/cmd/crane'],
  helm: ['helm', 'helm.sh/helm/v4/cmd/helm'],
  actionlint: ['actionlint', 'github.com/rhysd/actionlint/cmd/actionlint'],
  'kube-score': ['kube-score', 'github.com/zegl/kube-score/cmd/kube-score'],
  kubeconform: ['kubeconform', 'github.com/yannh/kubeconform/cmd/kubeconform'],
  'cert-manager': ['cert-manager', 'github.com/cert-manager/cert-manager/cmd/controller'],
  argocd: ['argo-cd', 'github.com/argoproj/argo-cd/v3/cmd'],
  'metrics-server': ['metrics-server', 'sigs.k8s.io/metrics-server/cmd/metrics-server'],
  'metrics-server-0.6': ['metrics-server-0.6', 'sigs.k8s.io/metrics-server/cmd/metrics-server'],
  'metrics-server-0.7': ['metrics-server-0.7', 'sigs.k8s.io/metrics-server/cmd/metrics-server'],
  'metrics-server-0.8': ['metrics-server-0.8', 'sigs.k8s.io/metrics-server/cmd/metrics-server'],
} as const;

const inOrder: Source[] = [
  source('kube-apiserver'),
  source('etcd'),
  source('kubectl'),
  source('kube-controller-manager'),
  source('kube-scheduler'),
  source('kubelet'),
  source('kube-proxy'),
  source('crane'),
  source('metrics-server'),
  source('helm'),
  source('cert-manager'),
  source('kubeconform'),
  source('kube-score'),
];

// Only `npm run test:ecosystem` runs these; they are built when it asks for them.
const ofEcosystem: Source[] = [
  source('actionlint'),
  source('argocd'),
  source('metrics-server-0.8'),
  source('metrics-server-0.7'),
  source('metrics-server-0.6'),
];

/** What envtest's archive for control planes holds. */
const assetNames: BinaryName[] = ['kube-apiserver', 'etcd', 'kubectl'];

// Builds under way in this process, so that nobody starts the same one twice.
const underWay = new Map<string, Promise<void>>();

function source(name: BinaryName): Source {
  const [family, path] = sources[name];
  return { name, family, source: path };
}

/** Makes sure that each named program is there, building what is not, and returns their paths. */
export async function ensureBinaries(names: BinaryName[], say: Say): Promise<Binaries> {
  const wanted = [...inOrder, ...ofEcosystem].filter(({ name }) => names.includes(name));
  const found = await Promise.all(wanted.map(async (source) => ({ source, ...(await place(source)) })));
  const missing: typeof found = [];
  for (const candidate of found) if (!(await isExecutable(candidate.file))) missing.push(candidate);
  for (const [index, candidate] of missing.entries()) {
    await ensureBuilt(candidate, say, `${index + 1} of ${missing.length}`);
  }
  await mkdir(binFolder, { recursive: true });
  await Promise.all(found.map(({ source, file }) => replaceLink(join(binFolder, source.name), file)));
  return Object.fromEntries(found.map(({ source, file }) => [source.name, file]));
}

/** Builds everything that `npm test` runs, the programs of the control plane first. */
export async function prebuildAll(say: Say): Promise<void> {
  await ensureBinaries(
    inOrder.map(({ name }) => name),
    say,
  );
}

/** Programs for a bare control plane: envtest's, if KUBEBUILDER_ASSETS names their folder, else our own. */
export async function ensureControlPlaneBinaries(names: BinaryName[], say: Say): Promise<Binaries> {
  const folder = process.env['KUBEBUILDER_ASSETS'];
  if (folder === undefined || folder === '') return await ensureBinaries(names, say);
  const given = names.filter((name) => assetNames.includes(name));
  for (const name of given) {
    if (await isExecutable(join(folder, name))) continue;
    throw new Error(`KUBEBUILDER_ASSETS names ${folder}, which holds no ${name}.`);
  }
  const built = names.filter((name) => !assetNames.includes(name));
  return {
    ...(built.length === 0 ? {} : await ensureBinaries(built, say)),
    ...Object.fromEntries(given.map((name) => [name, join(folder, name)])),
  };
}

export function pathOf(binaries: Binaries, name: BinaryName): string {
  const path = binaries[name];
  if (path === undefined) throw new Error(`${name} was not asked for`);
  return path;
}

type Place = { recipe: Recipe; folder: string; file: string };

async function place({ name, family }: Source): Promise<Place> {
  const recipe = await recipeFor(family);
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'metrics-server-operator', 'bin', recipe.key);
  return { recipe, folder, file: join(folder, name) };
}

async function ensureBuilt(wanted: Wanted, say: Say, count: string): Promise<void> {
  const building = underWay.get(wanted.file) ?? buildWhereMissing(wanted, say, count);
  underWay.set(wanted.file, building); // before anything is awaited, or two callers at once would both build
  await building.finally(() => underWay.delete(wanted.file));
}

type Wanted = Place & { source: Source };

async function buildWhereMissing(
  { source: { name, source }, recipe, folder, file }: Wanted,
  say: Say,
  count: string,
): Promise<void> {
  if (await isExecutable(file)) return; // somebody else was faster
  say(`building ${name} (${count}) ...`);
  await build(recipe, { name, source, target: { folder, file } }, say);
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function replaceLink(link: string, target: string): Promise<void> {
  const temporary = `${link}.${randomUUID()}`;
  await symlink(target, temporary);
  await rename(temporary, link);
}
