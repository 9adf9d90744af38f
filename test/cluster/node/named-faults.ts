import { expect } from 'chai';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import type { Problem } from '../../../src/crds/status.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { type Fault, first } from './fault.ts';
import { onNodes } from './on-nodes.ts';

// Wide: two scrapes, a log that is read every 15 s, and a machine that is busy.
const soonMs = 150_000;

/** Each fault in a test of its own, on one cluster of two nodes: it is named, with its nodes and what to do, and gone with its cause. */
export function namesEveryFault(
  suite: string,
  chosen: Fault[],
  { version, prepare }: { version: string; prepare?: (cluster: LocalCluster) => Promise<unknown> },
): void {
  const running = onNodes(suite, { nodes: 2, kubeletCertificates: 'cluster-ca', isInside: true });
  const base = {
    version,
    resolution: '10s',
    image: { repository: '127.0.0.1:5000/metrics-server/metrics-server' },
    upgrade: { onFailure: 'Report' },
  };
  before(() => prepare?.(running().cluster));
  const last: { spec?: string } = {};

  const write = async (spec: object, mode: 'Manage' | 'Paused' = 'Manage') => {
    await applyYaml(running().cluster, configYaml({ ...base, ...spec, mode }));
    last.spec = JSON.stringify(spec);
  };
  /** With another spec it begins anew: that is quicker than to wait for a rollout, and nothing else serves. */
  const begin = async (spec: object, isAnew: boolean) => {
    const { cluster } = running();
    if (!isAnew && last.spec === JSON.stringify(spec)) return;
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--ignore-not-found']);
    await eventually(
      async () =>
        expect(await get(cluster, '-n', 'kube-system', 'pods', '-l', 'k8s-app=metrics-server')).to.equal(
          undefined,
        ),
      90_000,
    );
  };
  const isWell = () =>
    eventually(async () => {
      await expectCondition(running().cluster, 'Ready', { status: 'True', reason: 'Ready' });
      expect((await statusOf(running().cluster)).problems).to.equal(undefined);
    }, soonMs);
  const pause = async (spec: object) => {
    await write(spec, 'Paused');
    await eventually(() => expectCondition(running().cluster, 'Applied', { reason: 'Paused' }), 30_000);
  };
  const named = async ({ reason, nodes, remedy, isReady = false }: Fault): Promise<Problem> => {
    const { problems, conditions } = await statusOf(running().cluster);
    const said = JSON.stringify(problems);
    const problem = problems?.find((one) => one.reason === reason);
    if (problem === undefined)
      throw new Error(`${reason} is not said: ${said} ${JSON.stringify(conditions)}`);
    expect(problem.nodes, said).to.deep.equal(nodes);
    expect(`${problem.message} ${problem.remedy}`).to.include(remedy);
    const ready = conditions?.find(({ type }) => type === 'Ready');
    expect(ready, 'one of two nodes is less than minNodesScraped').to.include({
      status: isReady ? 'True' : 'False',
    });
    return problem;
  };

  for (const fault of chosen) {
    it(`is ${fault.reason} where ${fault.where}`, async () => {
      const { cluster } = running();
      const { spec = first, after, inject, where, reason, nodes } = fault;
      const isFirst = inject === undefined || after === 'nothing';
      await begin(spec, isFirst);
      if (!isFirst) {
        await write(spec);
        await isWell();
      }
      if (after === 'Paused') await pause(spec);
      const undo = await inject?.(cluster);
      const since = Date.now();
      const row: string[] = [];
      try {
        if (isFirst) await write(spec);
        const { message, remedy } = await eventually(() => named(fault), soonMs);
        row.push(where, version, reason, nodes?.join(', ') ?? '', `${secondsSince(since)} s`);
        console.log(`      ${message}\n      ${remedy}`);
      } finally {
        await undo?.();
      }
      const undone = Date.now();
      if (inject === undefined) await write(first);
      if (after === 'Paused') await write(spec);
      await isWell();
      console.log(`      | ${[...row, `${secondsSince(undone)} s`].join(' | ')} |`);
    });
  }
}

function secondsSince(sinceMs: number): number {
  return Math.round((Date.now() - sinceMs) / 1000);
}
