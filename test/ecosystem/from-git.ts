import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { operatorImage, pushOperator } from '../../local-cluster/images.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { startNodeCluster } from '../../local-cluster/node-cluster.ts';
import { eventually } from '../cluster/eventually.ts';
import { applyYaml } from '../cluster/objects.ts';
import { stateFolder } from '../cluster/state-folder.ts';
import { type ArgoCd, manifestsOfPage, type Reported, startArgoCd } from './argo-cd.ts';

/** A cluster on which Argo CD syncs the operator and its config from git, by the manifests of docs/argo-cd.md. */
export interface FromGit {
  cluster: LocalCluster;
  argo: ArgoCd;
  /** The spec that is in git. */
  spec(): object;
  /** Changes the spec in git, has Argo CD look, and gives the revision. */
  pushConfig(spec: object): Promise<string>;
  /** The same for the level of the operator's log, as an upgrade of the operator would. */
  pushOperatorWith(logLevel: string): Promise<string>;
  /** When git and cluster are the same and the config does well. */
  settled(revision?: string): Promise<Date>;
  /** When Argo CD has first said that a revision is what the cluster has. */
  synced(revision: string): Promise<Date>;
  last(): Reported | undefined;
  since(from: Date): Reported[];
}

export const application = ['-n', 'argocd', 'application', 'metrics-server'];
export const operatorPlace = ['-n', 'metrics-server-operator'];

/** How people have their Application compared and applied. */
export const variants: { name: string; options: string[]; compare: string | null }[] = [
  { name: 'client-side apply', options: [], compare: null },
  { name: 'server-side apply', options: ['ServerSideApply=true'], compare: null },
  { name: 'server-side apply and diff', options: ['ServerSideApply=true'], compare: 'ServerSideDiff=true' },
  { name: 'client-side apply and server-side diff', options: [], compare: 'ServerSideDiff=true' },
];

/** Starts all of it before the suite, with the operator in git and no config yet, and no Application. */
export function fromGit(suite: string, prepare: (cluster: LocalCluster) => Promise<void> = async () => {}) {
  const started: { cluster?: LocalCluster; argo?: ArgoCd; there?: FromGit } = {};
  const began = Date.now();

  before(async function () {
    this.timeout(2_400_000); // the first run builds everything
    const cluster = await startNodeCluster({
      nodes: 1,
      kubeletCertificates: 'cluster-ca',
      state: stateFolder(suite),
      say: (line) => console.log(`      ${line}`),
      diesWithParent: true,
    });
    started.cluster = cluster;
    const argo = await startArgoCd(cluster);
    started.argo = argo;
    const [project] = await manifestsOfPage(argo.repository.url);
    await applyYaml(cluster, JSON.stringify(project));
    await prepare(cluster);
    started.there = await withOperator(cluster, argo);
  });
  after(async () => {
    print(started.argo?.reported ?? [], began);
    await started.argo?.end();
    await started.cluster?.down();
  });

  return (): FromGit => {
    if (started.there === undefined) throw new Error('Argo CD has not been started');
    return started.there;
  };
}

async function withOperator(cluster: LocalCluster, argo: ArgoCd): Promise<FromGit> {
  const image = `${operatorImage}@${await pushOperator(cluster)}`;
  const published = await cluster.kubectl(['kustomize', 'config/default']);
  const fromHere = published.replace(/image: ghcr\.io\S+/, `image: ${image}`); // as people do who have a registry of their own
  expect(fromHere).to.include(image);
  const operator = parseAllDocuments(fromHere).map((one): KubernetesObject => one.toJS());
  const git: { spec: object; revision: string } = {
    spec: {},
    revision: await argo.repository.commit({ 'operator.yaml': operator }),
  };

  const last = () => argo.reported.at(-1);
  const push = async (files: Record<string, KubernetesObject[]>) => {
    git.revision = await argo.repository.commit(files);
    if (last() !== undefined) await argo.refresh();
    return git.revision;
  };
  return {
    cluster,
    argo,
    last,
    spec: () => git.spec,
    since: (from) => argo.reported.filter(({ at }) => at >= from),
    pushConfig: async (spec) => {
      git.spec = { ...git.spec, ...spec };
      const [, , config] = await manifestsOfPage(argo.repository.url);
      return await push({ 'config.yaml': [{ ...config, ...{ spec: git.spec } }] });
    },
    pushOperatorWith: (logLevel) =>
      push({
        'operator.yaml': operator.map((one) => (one.kind === 'Deployment' ? logging(one, logLevel) : one)),
      }),
    settled: (revision = git.revision) =>
      eventually(async () => {
        const { at, config: _, ...said } = last() ?? { at: new Date() };
        expect(said).to.deep.equal({ sync: 'Synced', revision, health: 'Healthy', phase: 'Succeeded' });
        return at;
      }, 240_000),
    synced: (revision) =>
      eventually(async () => {
        const found = argo.reported.find((one) => one.revision === revision && one.sync === 'Synced');
        if (found === undefined) throw new Error(`it says ${JSON.stringify(last())}`);
        return found.at;
      }, 120_000),
  };
}

function logging(deployment: V1Deployment, level: string): KubernetesObject {
  const copy = structuredClone(deployment);
  const [container] = copy.spec?.template.spec?.containers ?? [];
  if (container === undefined) throw new Error('the operator has no container');
  const others = container.env?.filter(({ name }) => name !== 'LOG_LEVEL') ?? [];
  container.env = [{ name: 'LOG_LEVEL', value: level }, ...others];
  return copy;
}

/** Each with its repetitions left out. */
export function changes<T>(all: T[]): T[] {
  return all.filter((one, index) => one !== all[index - 1]);
}

function print(reported: Reported[], began: number): void {
  for (const { at, sync, revision, phase, health, config } of reported) {
    const time = `${((at.getTime() - began) / 1000).toFixed(1)} s`.padStart(8);
    const words = [sync, revision?.slice(0, 7), phase, health, config.health, config.message?.slice(0, 90)];
    console.log(`      | ${time} | ${words.map((word) => word ?? '-').join(' | ')} |`);
  }
}
