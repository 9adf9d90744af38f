import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { connectAsAdmin } from '../../local-cluster/admin.ts';
import { type AuditedRequest, requests } from '../../local-cluster/audit.ts';
import { restartKubelet } from '../../local-cluster/faults.ts';
import { addNode, removeNode } from '../../local-cluster/node-cluster.ts';
import { operatorUser } from '../../local-cluster/operator.ts';
import { eventually } from '../cluster/eventually.ts';
import { onNodes } from '../cluster/node/on-nodes.ts';
import { expectComplete, repository, type Spec } from '../cluster/node/zero-gap.ts';
import { applyYaml, configYaml, statusOf } from '../cluster/objects.ts';
import { alarms, type History, record, transitions } from './history.ts';

/** How long it lasts: HEALTHY_MINUTES=5 is a short form, and one round of everything takes about a quarter of an hour. */
const minutes = Number(process.env['HEALTHY_MINUTES'] ?? 60);
const rolloutsPerMinute = 20 / 60;

/** Each replaces the pods; n makes it another one each time. */
const changes: ((n: number) => Spec)[] = [
  (n) => ({ extraFlags: { 'http2-max-streams-per-connection': `${300 + n}` } }),
  (n) => ({ resources: { mode: 'Fixed', requests: { cpu: `${60 + n}m`, memory: '150Mi' } } }),
  (n) => ({ logging: { verbosity: 1 + (n % 4) } }),
];

// What a change sets off is over then; from there on nothing may be written.
const settledAfterMs = 20_000;
const restMs = 60_000;
// One step that fails does not take away what the rest of the hour shows.
const mostFailures = 3;
const readVerbs = ['get', 'list', 'watch'];

describe(`${minutes} minutes of work on a healthy cluster`, function () {
  this.timeout(Math.max(30, 2 * minutes) * 60_000);
  const running = onNodes('healthy-hour', { nodes: 2, kubeletCertificates: 'cluster-ca', isInside: true });
  const counts = {
    rollouts: 0,
    scalings: 0,
    kubelets: 0,
    nodes: 0,
    cordons: 0,
    ended: 0,
    killed: 0,
    rests: 0,
  };
  const wish: { spec: Spec } = {
    spec: { image: { repository }, resolution: '15s', availability: { replicas: 1 } },
  };
  const writtenAtRest: string[] = [];
  const began = { at: new Date() };
  const recorded: { history?: History } = {};
  const history = (): History => {
    if (recorded.history === undefined) throw new Error('nothing has been recorded');
    return recorded.history;
  };

  const begin = async (spec: Spec) => {
    wish.spec = { ...wish.spec, ...spec };
    await applyYaml(running().cluster, configYaml(wish.spec));
  };
  const complete = () => eventually(() => expectComplete(running().cluster, wish.spec), 240_000);
  const beginRollout = async () => {
    const { rollouts } = counts;
    await begin(changes[rollouts % changes.length]?.(Math.floor(rollouts / changes.length)) ?? {});
    counts.rollouts += 1;
  };
  const kubectl = (...args: string[]) => running().cluster.kubectl(args);
  const nodesScraped = (scraped: string) =>
    eventually(
      async () => expect((await statusOf(running().cluster)).nodes).to.include({ scraped }),
      120_000,
    );

  const rollOut = async () => {
    await beginRollout();
    await complete();
  };
  const scaleTo = async (replicas: number) => {
    await begin({ availability: { replicas } });
    await complete();
    counts.scalings += 1;
  };
  const restartOperator = async () => {
    expect(await running().operator.end()).to.equal(0);
    running().startAgain();
    counts.ended += 1;
  };
  const killOperator = async () => {
    const { pid, exited } = running().operator;
    process.kill(pid, 'SIGKILL');
    await exited;
    running().startAgain();
    counts.killed += 1;
  };
  const restartKubeletOf = async (node: number) => {
    await justScraped();
    await restartKubelet(running().cluster, node);
    counts.kubelets += 1;
  };
  /** A kubelet that is away for one scrape takes its node out of the metrics API for two: that would be a true finding. */
  const justScraped = async () => {
    const connection = connectAsAdmin(running().cluster);
    const seen = async () => {
      const text = await connection.text({ path: '/apis/metrics.k8s.io/v1beta1/nodes' });
      return text.match(/"timestamp":"[^"]+"/g)?.join();
    };
    const before = await seen();
    await eventually(async () => expect((await seen()) === before).to.equal(false), 60_000);
  };
  const rest = async () => {
    await sleep(settledAfterMs);
    const since = new Date();
    await sleep(restMs);
    const all = await byOperator(since);
    const written = all.filter(({ verb }) => !readVerbs.includes(verb));
    writtenAtRest.push(...written.map(({ time, verb, uri }) => `${time.toISOString()} ${verb} ${uri}`));
    console.log(`      a minute at rest: ${all.length} requests of the operator, ${written.length} writes`);
    counts.rests += 1;
  };
  const byOperator = (since: Date): Promise<AuditedRequest[]> =>
    requests(running().cluster.auditLog, { user: operatorUser, since });

  const round: [string, () => Promise<unknown>][] = [
    ['a change', rollOut],
    ['the kubelet of node-2 restarts', () => restartKubeletOf(2)],
    ['the operator restarts', restartOperator],
    [
      'a change, and the operator is killed in the middle of it',
      async () => {
        await beginRollout();
        await sleep(5000 + Math.random() * 30_000);
        await killOperator();
        await complete();
      },
    ],
    ['nothing', rest],
    [
      'a change while node-2 is cordoned',
      async () => {
        await kubectl('cordon', 'node-2');
        await rollOut();
        await kubectl('uncordon', 'node-2');
        counts.cordons += 1;
      },
    ],
    [
      'a node comes and goes',
      async () => {
        await addNode(running().cluster, 3);
        await nodesScraped('3/3');
        await removeNode(running().cluster, 3);
        await nodesScraped('2/2');
        counts.nodes += 1;
      },
    ],
    ['two replicas', () => scaleTo(2)],
    ['a change of both', rollOut],
    ['the operator is killed', killOperator],
    ['one replica', () => scaleTo(1)],
    ['the kubelet of node-1 restarts', () => restartKubeletOf(1)],
    ['a change', rollOut],
    ['nothing', rest],
  ];

  before(async () => {
    recorded.history = record(running().cluster);
    await begin({});
    await complete();
    began.at = new Date();
  });
  after(() => recorded.history?.end());

  it('are got through', async () => {
    const failures: string[] = [];
    const untilMs = Date.now() + minutes * 60_000;
    for (let step = 0; Date.now() < untilMs || counts.rollouts < minutes * rolloutsPerMinute; step += 1) {
      const [what, carryOut] = round[step % round.length] ?? ['nothing', rest];
      console.log(`      ${new Date().toISOString()} ${what}`);
      await carryOut().catch((error) => failures.push(`${what}: ${error}`));
      expect(failures.length, failures.join('\n')).to.be.below(mostFailures);
    }
    await sleep(settledAfterMs);
    expect(failures).to.deep.equal([]);
  });

  it('raise no alarm: no condition that flaps, no problem, no Warning', () => {
    expect(alarms(history())).to.deep.equal([]);
    expect(history().troubles, 'the watch has missed nothing').to.deep.equal([]);
  });

  it('have nothing written at rest', () => {
    expect(writtenAtRest).to.deep.equal([]);
  });

  it('are told in so many words', async () => {
    const { said, told } = history();
    const all = await byOperator(began.at);
    const statusWrites = all.filter(({ verb, uri }) => verb === 'patch' && uri.includes('/status'));
    const byReason = Object.groupBy(told, ({ type, reason }) => `${type} ${reason}`);
    const events = Object.entries(byReason).map(([name, some]) => `${some?.length} ${name}`);
    console.log(`      ${JSON.stringify(counts)}`);
    console.log(
      `      status writes: ${statusWrites.length}, seen by the watch with the first converge: ${said.length}`,
    );
    console.log(`      Events: ${events.join(', ')}`);
    for (const [type, way] of Object.entries(transitions(said))) console.log(`      ${type}: ${way}`);
    const refused = all.filter(({ code }) => code === 403).map(({ verb, uri }) => `${verb} ${uri}`);
    expect(refused, 'nothing was refused').to.deep.equal([]);
  });
});
