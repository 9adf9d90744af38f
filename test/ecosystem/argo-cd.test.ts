import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { requests } from '../../local-cluster/audit.ts';
import { operatorImage, pushOperator } from '../../local-cluster/images.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { startNodeCluster } from '../../local-cluster/node-cluster.ts';
import { operatorUser } from '../../local-cluster/operator.ts';
import { eventually } from '../cluster/eventually.ts';
import { repository } from '../cluster/node/zero-gap.ts';
import { applyYaml, get } from '../cluster/objects.ts';
import { stateFolder } from '../cluster/state-folder.ts';
import { type ArgoCd, manifestsOfPage, type Reported, startArgoCd } from './argo-cd.ts';
import { conditionIn, type History, record } from './history.ts';

const readVerbs = ['get', 'list', 'watch'];
const quietMs = 20_000;
// Two watches of two processes tell what happened at the same moment.
const togetherMs = 1_000;

const application = ['-n', 'argocd', 'application', 'metrics-server'];
const variants: { name: string; options: string[]; compare: string | null }[] = [
  { name: 'client-side apply', options: [], compare: null },
  { name: 'server-side apply', options: ['ServerSideApply=true'], compare: null },
  {
    name: 'server-side apply and diff',
    options: ['ServerSideApply=true'],
    compare: 'ServerSideDiff=true',
  },
  { name: 'client-side apply and server-side diff', options: [], compare: 'ServerSideDiff=true' },
];

describe('from git, by Argo CD', function () {
  this.timeout(300_000);
  const started: {
    cluster?: LocalCluster;
    argo?: ArgoCd;
    history?: History;
    before?: string[];
    revision?: string;
  } = {};
  const there = () => {
    const { cluster, argo } = started;
    if (!cluster || !argo) throw new Error('Argo CD has not been started');
    return { cluster, argo };
  };
  const began = Date.now();
  const wish: { spec: object } = { spec: {} };

  const push = async (spec: object) => {
    const { argo } = there();
    wish.spec = { ...wish.spec, ...spec };
    const [, , config] = await manifestsOfPage(argo.repository.url);
    started.revision = await argo.repository.commit({ 'config.yaml': [{ ...config, ...wish }] });
  };
  const last = () => there().argo.reported.at(-1);
  /** That git and cluster are the same, and the config does well; and since when. */
  const settled = () =>
    eventually(async () => {
      const { at, config: _, ...said } = last() ?? {};
      expect(said).to.deep.equal({
        sync: 'Synced',
        revision: started.revision,
        health: 'Healthy',
        phase: 'Succeeded',
      });
      return at;
    }, 240_000);
  const since = (from: Date) => there().argo.reported.filter(({ at }) => at >= from);
  const print = (reported: Reported[]) => {
    for (const { at, sync, revision, phase, health, config } of reported) {
      const time = `${((at.getTime() - began) / 1000).toFixed(1)} s`.padStart(8);
      const words = [sync, revision?.slice(0, 7), phase, health, config.health, config.message?.slice(0, 90)];
      console.log(`      | ${time} | ${words.map((word) => word ?? '-').join(' | ')} |`);
    }
  };

  before(async function () {
    this.timeout(2_400_000); // the first run builds everything
    const cluster = await startNodeCluster({
      nodes: 1,
      kubeletCertificates: 'cluster-ca',
      state: stateFolder('argo-cd'),
      say: (line) => console.log(`      ${line}`),
      diesWithParent: true,
    });
    started.cluster = cluster;
    const argo = await startArgoCd(cluster);
    started.argo = argo;
    const [project] = await manifestsOfPage(argo.repository.url);
    await applyYaml(cluster, JSON.stringify(project));
    started.before = await everything(cluster);
    const image = `${operatorImage}@${await pushOperator(cluster)}`;
    const operator = await cluster.kubectl(['kustomize', 'config/default']);
    const fromHere = operator.replace(/image: ghcr\.io\S+/, `image: ${image}`); // as people do who have a registry of their own
    expect(fromHere).to.include(image);
    await argo.repository.commit({
      'operator.yaml': parseAllDocuments(fromHere).map((one): KubernetesObject => one.toJS()),
    });
  });
  after(async () => {
    print(started.argo?.reported ?? []);
    started.history?.end();
    await started.argo?.end();
    await started.cluster?.down();
  });

  it('a config that cannot work is Progressing, then Degraded with the reason', async () => {
    const { cluster, argo } = there();
    await push({ image: { repository: '127.0.0.1:5000/absent/metrics-server' }, resolution: '10s' });
    const [, manifest] = await manifestsOfPage(argo.repository.url);
    await applyYaml(cluster, JSON.stringify(manifest));
    await eventually(
      () =>
        cluster.kubectl([
          'get',
          'serviceaccount',
          '-n',
          'metrics-server-operator',
          'metrics-server-operator',
        ]),
      120_000,
    );
    started.history = record(cluster); // the kind is there now
    await eventually(async () => expect(last()).to.include({ sync: 'Synced', health: 'Degraded' }), 120_000);
    expect(last()?.config.message).to.match(/^ImagePullFailed: .*absent\/metrics-server/);
    const healths = argo.reported.flatMap(({ config }) => config.health ?? []);
    expect(changes(healths).slice(-2)).to.deep.equal(['Progressing', 'Degraded']);
  });

  it('is mended in git, and Healthy no sooner than it is Ready', async () => {
    const { argo } = there();
    const said = started.history?.said ?? [];
    await push({ image: { repository } });
    await argo.refresh();
    await settled();
    const turns = argo.reported.filter(
      ({ config }, index) =>
        config.health === 'Healthy' && argo.reported[index - 1]?.config.health !== 'Healthy',
    );
    expect(turns.length).to.be.above(0);
    for (const { at } of turns) {
      const atMs = at.getTime();
      const known = said.filter((one) => one.at.getTime() <= atMs).slice(-1);
      const next = said.filter((one) => Math.abs(one.at.getTime() - atMs - togetherMs / 2) <= togetherMs / 2);
      const states = [...known, ...next].map(({ status }) => conditionIn(status, 'Ready')?.status);
      expect(states, `Healthy at ${at.toISOString()}`).to.include('True');
    }
  });

  for (const [index, { name, options, compare }] of variants.entries()) {
    it(`is in sync through a rollout and a rotation, with ${name}`, async () => {
      const { cluster, argo } = there();
      const patch = {
        metadata: { annotations: { 'argocd.argoproj.io/compare-options': compare } },
        spec: { syncPolicy: { syncOptions: options } },
      };
      await cluster.kubectl(['patch', ...application, '--type=merge', '-p', JSON.stringify(patch)]);
      await push({ resolution: `${11 + index}s` });
      await argo.refresh();
      const revision = started.revision ?? '';
      const synced = await eventually(async () => {
        const found = argo.reported.find((one) => one.revision === revision && one.sync === 'Synced');
        if (found === undefined) throw new Error(`it says ${JSON.stringify(last())}`);
        return found.at;
      }, 60_000);
      await settled();
      const rotated = new Date();
      const asked = `metrics-server.io/rotate=${index}`;
      await cluster.kubectl(['annotate', 'msc', 'metrics-server', asked, '--overwrite']);
      await eventually(async () => {
        expect(changes(since(rotated).map(({ health }) => health))).to.include('Progressing');
        expect(last()?.health).to.equal('Healthy');
      }, 180_000);
      const all = since(synced);
      expect(all.filter(({ sync }) => sync !== 'Synced')).to.deep.equal([]);
      const way = changes(all.map(({ health }) => health)).join(', ');
      console.log(
        `      ${name}: ${Math.round((Date.now() - synced.getTime()) / 1000)} s, 0 OutOfSync, ${way}`,
      );
      expect(way).not.to.match(/Degraded|Missing|Unknown/);
      const found = await get(cluster, 'msc', 'metrics-server');
      expect(found?.metadata?.annotations, 'nobody took it away').to.include({
        'metrics-server.io/rotate': `${index}`,
      });
    });
  }

  it('is healed where somebody changes the config, and nobody fights', async () => {
    const { cluster } = there();
    const from = new Date();
    const patch = JSON.stringify({ spec: { resolution: '59s' } });
    await cluster.kubectl(['patch', 'msc', 'metrics-server', '--type=merge', '-p', patch]);
    await eventually(async () => {
      const found = await get<KubernetesObject & { spec?: object }>(cluster, 'msc', 'metrics-server');
      expect(found?.spec).to.deep.include(wish.spec);
    }, 60_000);
    expect(since(from).map(({ sync }) => sync)).to.include('OutOfSync');
    await eventually(async () => expect(last()).to.include({ sync: 'Synced', health: 'Healthy' }), 120_000);
    const quiet = new Date();
    await sleep(quietMs);
    const all = await requests(cluster.auditLog, { since: quiet });
    const written = all.filter(
      ({ verb, uri, user, userAgent }) =>
        !readVerbs.includes(verb) &&
        (user === operatorUser || userAgent.startsWith('argocd')) &&
        !uri.includes('dryRun=All') && // how server-side diff compares
        !uri.includes('/leases/') && // who leads says so every 5 s
        !uri.startsWith('/apis/authorization.k8s.io/'), // a question, although it is posted
    );
    const told = written.map(({ verb, uri, userAgent }) => `${verb} ${uri} ${userAgent}`);
    expect(told.filter((one) => !one.includes('/apis/argoproj.io/'))).to.deep.equal([]);
    console.log(`      ${quietMs / 1000} s: ${told.length} writes, those of Argo CD to its Application`);
  });

  it('leaves nothing but the kind, which Argo CD never deletes, when the Application is deleted', async () => {
    const { cluster } = there();
    await cluster.kubectl(['delete', ...application, '--timeout=120s']);
    await eventually(
      async () => expect(added(await everything(cluster), started.before)).to.deep.equal(kindItself),
      60_000,
    );
  });
});

const kindItself = [
  'APIService /v1alpha1.metrics-server.io',
  'CustomResourceDefinition /metricsserverconfigs.metrics-server.io',
];

function added(all: string[], before: string[] = []): string[] {
  return all.filter((one) => !before.includes(one));
}

/** Each with its repetitions left out. */
function changes<T>(all: T[]): T[] {
  return all.filter((one, index) => one !== all[index - 1]);
}

/** Every object of the cluster but those that come and go by themselves. */
async function everything(cluster: LocalCluster): Promise<string[]> {
  const kinds = (await cluster.kubectl(['api-resources', '--verbs=list', '--output=name']))
    .trim()
    .split('\n');
  const fleeting =
    /^(events|leases|endpoints|endpointslices|componentstatuses|pods|nodes|applications)(\.|$)/;
  const lasting = kinds.filter((kind) => !fleeting.test(kind) && !kind.endsWith('.metrics.k8s.io'));
  const row = '{.kind} {.metadata.namespace}/{.metadata.name}';
  const output = `jsonpath={range .items[*]}${row}{"\\n"}{end}`;
  const all = await cluster.kubectl(['get', lasting.join(','), '--all-namespaces', '--output', output]);
  return all.trim().split('\n').sort();
}
