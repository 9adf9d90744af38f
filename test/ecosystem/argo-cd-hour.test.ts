import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Deployment, V1Lease } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../local-cluster/audit.ts';
import { operatorUser } from '../../local-cluster/operator.ts';
import { eventually } from '../cluster/eventually.ts';
import { repository } from '../cluster/node/zero-gap.ts';
import { applyYaml, get } from '../cluster/objects.ts';
import { manifestsOfPage, type Reported } from './argo-cd.ts';
import { application, changes, fromGit, operatorPlace, variants } from './from-git.ts';

/** How long it lasts: ARGO_MINUTES=60 is the campaign. One round of everything takes about five minutes, and is always finished. */
const minutes = Number(process.env['ARGO_MINUTES'] ?? 1);
const restMs = 30_000;
const lease = [...operatorPlace, 'lease', 'metrics-server-operator'];
const readVerbs = ['get', 'list', 'watch'];

describe(`${minutes} minutes of Argo CD`, function () {
  this.timeout(30 * 60_000 + 2 * minutes * 60_000);
  const git = fromGit('argo-cd-hour');
  const counts = { syncs: 0, rollouts: 0, rotations: 0, failovers: 0, upgrades: 0, switches: 0, rests: 0 };
  /** Between a change in git and its sync Argo CD rightly says OutOfSync. */
  const changing: { from: Date; to: Date }[] = [];
  const writtenAtRest: string[] = [];
  const began = { at: new Date() };

  const healthy = async () => {
    await eventually(
      async () => expect(git().last()).to.include({ sync: 'Synced', health: 'Healthy' }),
      240_000,
    );
  };
  const isSynced = async (push: () => Promise<string>) => {
    const from = new Date();
    changing.push({ from, to: await git().synced(await push()) });
    counts.syncs += 1;
    await git().settled();
  };
  const rollOut = async () => {
    counts.rollouts += 1;
    await isSynced(() => git().pushConfig({ resolution: `${10 + (counts.rollouts % 5)}s` }));
  };
  const rotate = async () => {
    counts.rotations += 1;
    const from = new Date();
    const asked = `metrics-server.io/rotate=${counts.rotations}`;
    await git().cluster.kubectl(['annotate', 'msc', 'metrics-server', asked, '--overwrite']);
    await eventually(async () => {
      const healths = git()
        .since(from)
        .map(({ config }) => config.health);
      expect(healths).to.include('Progressing');
    }, 60_000);
    await healthy();
  };
  const leader = async () => (await get<V1Lease>(git().cluster, ...lease))?.spec?.holderIdentity;
  const failOver = async () => {
    counts.failovers += 1;
    const before = await leader();
    const pod = before?.split('_')[0] ?? '';
    await git().cluster.kubectl(['delete', 'pod', ...operatorPlace, pod, '--wait=false']);
    await eventually(async () => {
      expect(await leader())
        .to.be.a('string')
        .and.not.be.oneOf([before, '']);
      const { status } =
        (await get<V1Deployment>(git().cluster, ...operatorPlace, 'deployment', 'metrics-server-operator')) ??
        {};
      expect(status).to.include({ readyReplicas: 2, updatedReplicas: 2, replicas: 2 });
    }, 120_000);
    await healthy();
  };
  const upgrade = async () => {
    counts.upgrades += 1;
    await isSynced(() => git().pushOperatorWith(counts.upgrades % 2 === 1 ? 'debug' : 'info'));
  };
  const switchVariant = async () => {
    counts.switches += 1;
    const { options, compare } = variants[counts.switches % variants.length] ?? {
      options: [],
      compare: null,
    };
    const metadata = { annotations: { 'argocd.argoproj.io/compare-options': compare } };
    const patch = JSON.stringify({ metadata, spec: { syncPolicy: { syncOptions: options } } });
    await git().cluster.kubectl(['patch', ...application, '--type=merge', '-p', patch]);
    await git().argo.refresh();
  };
  const rest = async () => {
    counts.rests += 1;
    await healthy();
    const since = new Date();
    await sleep(restMs);
    const all = await requests(git().cluster.auditLog, { since, user: operatorUser });
    const writes = all.filter(({ verb, uri }) => !readVerbs.includes(verb) && !uri.includes('/leases/'));
    writtenAtRest.push(...writes.map(({ verb, uri }) => `${verb} ${uri}`));
  };

  it('goes through every change, once and again', async () => {
    const { cluster, argo, pushConfig, settled } = git();
    await pushConfig({ image: { repository }, resolution: '10s' });
    const [, manifest] = await manifestsOfPage(argo.repository.url);
    await applyYaml(cluster, JSON.stringify(manifest));
    await settled();
    began.at = new Date();
    do {
      for (const step of [rollOut, rotate, failOver, rest, upgrade, rotate, switchVariant]) await step();
      const took = Math.round((Date.now() - began.at.getTime()) / 60_000);
      console.log(`      ${took} min: ${JSON.stringify(counts)}`);
    } while (Date.now() - began.at.getTime() < minutes * 60_000);
    await healthy();
  });

  it('was never OutOfSync but between a change in git and its sync', () => {
    const isExpected = ({ at }: Reported) => changing.some(({ from, to }) => from <= at && at <= to);
    const all = git().since(began.at);
    const outOfSync = all.filter(({ sync }) => sync !== 'Synced');
    console.log(
      `      ${counts.syncs} syncs, ${outOfSync.length} reports OutOfSync, each between commit and sync`,
    );
    expect(outOfSync.filter((one) => !isExpected(one))).to.deep.equal([]);
  });

  it('was Healthy and Progressing by turns, and nothing else', () => {
    const healths = changes(
      git()
        .since(began.at)
        .map(({ health }) => health),
    );
    console.log(`      ${healths.length - 1} health transitions: ${[...new Set(healths)].join(', ')}`);
    expect(healths.at(-1)).to.equal('Healthy');
    expect(healths.filter((one) => one !== 'Healthy' && one !== 'Progressing')).to.deep.equal([]);
  });

  it('saw no write of the operator at rest', () => {
    expect(writtenAtRest).to.deep.equal([]);
  });
});
