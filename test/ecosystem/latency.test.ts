import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { restartKubelet, stopKubelet } from '../../local-cluster/faults.ts';
import type { ConditionType } from '../../src/crds/findings.ts';
import type { MetricsServerConfigStatus } from '../../src/crds/status.ts';
import { eventually } from '../cluster/eventually.ts';
import { signalMetricsServers, type Undo } from '../cluster/node/node-faults.ts';
import { onNodes } from '../cluster/node/on-nodes.ts';
import { expectComplete, repository } from '../cluster/node/zero-gap.ts';
import { applyYaml, configYaml, get } from '../cluster/objects.ts';
import { conditionIn, type History, record } from './history.ts';

const times = Number(process.env['LATENCY_TIMES'] ?? 5);
// What is asserted is wide: a machine may be busy. The figures are printed, beside the budgets.
const wide = 10;
const longestMs = 400_000;

interface Fault {
  what: string;
  budgetSeconds: number;
  inject: () => Promise<Undo>;
  /** Whether the status says it. */
  isSaid: (status: MetricsServerConfigStatus) => boolean;
}

describe('how long it takes until the status says what is wrong, with a resolution of 15 s', function () {
  this.timeout(1_200_000);
  const running = onNodes('latency', { nodes: 2, kubeletCertificates: 'cluster-ca', isInside: true });
  const spec = { image: { repository }, resolution: '15s', availability: { replicas: 1 } };
  const recorded: { history?: History } = {};
  const history = (): History => {
    if (recorded.history === undefined) throw new Error('nothing has been recorded');
    return recorded.history;
  };
  const podName = async () => {
    const words = ['-n', 'kube-system', 'pods', '-l', 'k8s-app=metrics-server'];
    const { items = [] } = (await get<{ items: V1Pod[] }>(running().cluster, ...words)) ?? {};
    return items[0]?.metadata?.name ?? '';
  };
  const isWell = () => eventually(() => expectComplete(running().cluster, spec), 240_000);

  before(async () => {
    recorded.history = record(running().cluster);
    await applyYaml(running().cluster, configYaml(spec));
    await isWell();
  });
  after(() => recorded.history?.end());

  const faults: Fault[] = [
    {
      what: 'its only pod is deleted',
      budgetSeconds: 3,
      inject: async () => {
        const pod = await podName();
        await running().cluster.kubectl(['-n', 'kube-system', 'delete', 'pod', pod, '--wait=false']);
        return () => Promise.resolve();
      },
      isSaid: isNotTrue('Available'),
    },
    {
      what: 'metrics-server hangs',
      budgetSeconds: 25,
      inject: async () => {
        await signalMetricsServers(running().cluster, 'STOP');
        return () => signalMetricsServers(running().cluster, 'CONT');
      },
      isSaid: isNotTrue('Ready'),
    },
    {
      what: 'a kubelet is dead',
      budgetSeconds: 35,
      inject: async () => {
        await stopKubelet(running().cluster, 2);
        return () => restartKubelet(running().cluster, 2);
      },
      isSaid: isNotTrue('Scraping'),
    },
  ];

  for (const { what, budgetSeconds, inject, isSaid } of faults) {
    it(`where ${what}`, async () => {
      const [said, healed]: [number[], number[]] = [[], []];
      for (let time = 0; time < times; time += 1) {
        await sleep(Math.random() * 15_000); // anywhere between two scrapes and two looks
        const since = new Date();
        const undo = await inject();
        const first = await history().first(since, isSaid, longestMs);
        said.push((first.at.getTime() - since.getTime()) / 1000);
        const undone = new Date();
        await undo();
        const well = await history().first(undone, isHealthy, longestMs);
        healed.push((well.at.getTime() - undone.getTime()) / 1000);
        await isWell();
      }
      console.log(`      said after ${inFigures(said)} s; budget ${budgetSeconds} s`);
      console.log(`      healthy again ${inFigures(healed)} s after it was mended`);
      expect(median(said)).to.be.below(wide * budgetSeconds);
    });
  }
});

function isNotTrue(type: ConditionType) {
  return (status: MetricsServerConfigStatus) => conditionIn(status, type)?.status !== 'True';
}

function isHealthy(status: MetricsServerConfigStatus): boolean {
  return conditionIn(status, 'Ready')?.reason === 'Ready';
}

function inFigures(seconds: number[]): string {
  const all = seconds.map((one) => one.toFixed(1));
  return `${all.join(', ')} (median ${median(seconds).toFixed(1)}, longest ${Math.max(...seconds).toFixed(1)})`;
}

function median(seconds: number[]): number {
  const sorted = seconds.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
