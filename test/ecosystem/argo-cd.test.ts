import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../local-cluster/audit.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { operatorUser } from '../../local-cluster/operator.ts';
import { eventually } from '../cluster/eventually.ts';
import { repository } from '../cluster/node/zero-gap.ts';
import { applyYaml, get } from '../cluster/objects.ts';
import { manifestsOfPage } from './argo-cd.ts';
import { application, changes, fromGit, operatorPlace, variants } from './from-git.ts';
import { conditionIn, type History, record } from './history.ts';

const readVerbs = ['get', 'list', 'watch'];
const quietMs = 20_000;
// Two watches of two processes tell what happened at the same moment.
const togetherMs = 1_000;

describe('from git, by Argo CD', function () {
  this.timeout(300_000);
  const known: { history?: History; before?: string[] } = {};
  const git = fromGit('argo-cd', async (cluster) => {
    known.before = await everything(cluster);
  });
  after(() => known.history?.end());

  it('a config that cannot work is Progressing, then Degraded with the reason', async () => {
    const { cluster, argo, last, pushConfig } = git();
    await pushConfig({ image: { repository: '127.0.0.1:5000/absent/metrics-server' }, resolution: '10s' });
    const [, manifest] = await manifestsOfPage(argo.repository.url);
    await applyYaml(cluster, JSON.stringify(manifest));
    const account = ['get', 'serviceaccount', ...operatorPlace, 'metrics-server-operator'];
    await eventually(() => cluster.kubectl(account), 120_000);
    known.history = record(cluster); // the kind is there now
    await eventually(async () => expect(last()).to.include({ sync: 'Synced', health: 'Degraded' }), 120_000);
    expect(last()?.config.message).to.match(/^ImagePullFailed: .*absent\/metrics-server/);
    const healths = argo.reported.flatMap(({ config }) => config.health ?? []);
    expect(changes(healths).slice(-2)).to.deep.equal(['Progressing', 'Degraded']);
  });

  it('is mended in git, and Healthy no sooner than it is Ready', async () => {
    const { argo, since, pushConfig, settled } = git();
    const said = known.history?.said ?? [];
    const from = new Date();
    await pushConfig({ image: { repository } });
    await settled();
    const turns = argo.reported.filter(
      ({ config }, index) =>
        config.health === 'Healthy' && argo.reported[index - 1]?.config.health !== 'Healthy',
    );
    expect(turns.length).to.be.above(0);
    for (const { at } of turns) {
      const atMs = at.getTime();
      const last = said.filter((one) => one.at.getTime() <= atMs).slice(-1);
      const next = said.filter((one) => Math.abs(one.at.getTime() - atMs - togetherMs / 2) <= togetherMs / 2);
      const states = [...last, ...next].map(({ status }) => conditionIn(status, 'Ready')?.status);
      expect(states, `Healthy at ${at.toISOString()}`).to.include('True');
    }
    const mended = changes(since(from).flatMap(({ config }) => config.health ?? []));
    expect(mended.slice(mended.indexOf('Progressing'))).to.deep.equal(['Progressing', 'Healthy']);
  });

  for (const [index, { name, options, compare }] of variants.entries()) {
    it(`is in sync through a rollout and a rotation, with ${name}`, async () => {
      const { cluster, last, since, pushConfig, settled, synced } = git();
      const patch = {
        metadata: { annotations: { 'argocd.argoproj.io/compare-options': compare } },
        spec: { syncPolicy: { syncOptions: options } },
      };
      await cluster.kubectl(['patch', ...application, '--type=merge', '-p', JSON.stringify(patch)]);
      const from = await synced(await pushConfig({ resolution: `${11 + index}s` }));
      await settled();
      const rotated = new Date();
      const asked = `metrics-server.io/rotate=${index}`;
      await cluster.kubectl(['annotate', 'msc', 'metrics-server', asked, '--overwrite']);
      await eventually(async () => {
        expect(changes(since(rotated).map(({ health }) => health))).to.include('Progressing');
        expect(last()?.health).to.equal('Healthy');
      }, 180_000);
      const all = since(from);
      expect(all.filter(({ sync }) => sync !== 'Synced')).to.deep.equal([]);
      const way = changes(all.map(({ health }) => health)).join(', ');
      console.log(
        `      ${name}: ${Math.round((Date.now() - from.getTime()) / 1000)} s, 0 OutOfSync, ${way}`,
      );
      expect(way).not.to.match(/Degraded|Missing|Unknown/);
      const found = await get(cluster, 'msc', 'metrics-server');
      expect(found?.metadata?.annotations, 'nobody took it away').to.include({
        'metrics-server.io/rotate': `${index}`,
      });
    });
  }

  it('is healed where somebody changes the config, and nobody fights', async () => {
    const { cluster, last, since, spec } = git();
    const from = new Date();
    const patch = JSON.stringify({ spec: { resolution: '59s' } });
    await cluster.kubectl(['patch', 'msc', 'metrics-server', '--type=merge', '-p', patch]);
    await eventually(async () => {
      const found = await get<KubernetesObject & { spec?: object }>(cluster, 'msc', 'metrics-server');
      expect(found?.spec).to.containSubset(spec());
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

  it('prunes a config that git no longer has, with all that the operator made of it', async () => {
    const { cluster, argo, synced, settled } = git();
    const revision = await argo.repository.commit({ 'config.yaml': [] });
    await argo.refresh();
    await synced(revision);
    const isOfOperator = (one: string) => one.includes('metrics-server-operator') || kindItself.includes(one);
    await eventually(async () => {
      expect(await get(cluster, 'msc', 'metrics-server')).to.equal(undefined);
      const left = added(await everything(cluster), known.before);
      expect(left.filter((one) => !isOfOperator(one))).to.deep.equal([]);
    }, 120_000);
    await settled(revision);
  });

  it('leaves nothing but the kind, which Argo CD never deletes, when the Application is deleted', async () => {
    const { cluster } = git();
    await cluster.kubectl(['delete', ...application, '--timeout=120s']);
    await eventually(
      async () => expect(added(await everything(cluster), known.before)).to.deep.equal(kindItself),
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

/** Every object of the cluster but those that come and go by themselves, or with a Service. */
async function everything(cluster: LocalCluster): Promise<string[]> {
  const kinds = (await cluster.kubectl(['api-resources', '--verbs=list', '--output=name']))
    .trim()
    .split('\n');
  const fleeting =
    /^(events|leases|endpoints|endpointslices|ipaddresses|componentstatuses|pods|nodes|applications)(\.|$)/;
  const lasting = kinds.filter((kind) => !fleeting.test(kind) && !kind.endsWith('.metrics.k8s.io'));
  const row = '{.kind} {.metadata.namespace}/{.metadata.name}';
  const output = `jsonpath={range .items[*]}${row}{"\\n"}{end}`;
  const all = await cluster.kubectl(['get', lasting.join(','), '--all-namespaces', '--output', output]);
  return all.trim().split('\n').sort();
}
