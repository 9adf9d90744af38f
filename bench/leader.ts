import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { connectAsAdmin } from '../local-cluster/admin.ts';
import { requests } from '../local-cluster/audit.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import { operatorUser } from '../local-cluster/operator.ts';
import { holderOf, leadership, type Replica, startReplica } from '../local-cluster/replicas.ts';
import type { Connection } from '../src/platform/connection.ts';
import { bundledOperator } from './bundled.ts';
import { at, line } from './figures.ts';
import { config, configPath, onControlPlane } from './on-control-plane.ts';

/** Takeovers in figures: two operators, of which the one that leads is ended again and again. Reports, never fails. */

const ways = ['SIGTERM', 'SIGKILL'] as const;
const budgets = { SIGTERM: 'about 3 s', SIGKILL: 'about 18 s' };

export async function leader(takeovers: number): Promise<void> {
  await onControlPlane('bench-leader', (cluster) => measure(cluster, takeovers));
}

async function measure(cluster: LocalCluster, takeovers: number): Promise<void> {
  const bundled = await bundledOperator(cluster);
  const admin = connectAsAdmin(cluster);
  const all: Replica[] = [];
  const start = async () => {
    const replica = await startReplica(cluster, `n${all.length}`, bundled);
    all.push(replica);
    await until(async () =>
      (await replica.process.log()).some(({ holder }) => `${holder}`.startsWith(`${replica.name}_`)),
    );
    return replica;
  };
  let leading = await start();
  await until(async () => (await holderOf(admin)) === leading.name);
  let waiting = await start();
  await admin.send({ method: 'POST', path: configPath, body: config });
  await sleep(5000);
  await idleMinute(cluster, leading, waiting);

  const times = { SIGTERM: [] as number[], SIGKILL: [] as number[] };
  for (let round = 0; round < takeovers; round += 1) {
    const way = ways[round % ways.length] ?? 'SIGTERM';
    const { name } = waiting;
    const began = performance.now();
    process.kill(leading.process.pid, way);
    await until(async () => (await holderOf(admin)) === name);
    await untilItWrites(admin, round);
    const tookMs = Math.round(performance.now() - began);
    times[way].push(tookMs);
    console.log(`${name} leads, and writes, ${tookMs} ms after ${way}`);
    await leading.process.exited;
    leading = waiting;
    waiting = await start();
    await sleep(Math.random() * 5000); // anywhere between two renewals
  }
  for (const way of ways) {
    const sorted = times[way].sort((a, b) => a - b);
    const figures = `p50 ${at(sorted, 0.5)}, p99 ${at(sorted, 0.99)}, max ${sorted.at(-1)} ms`;
    line(`${sorted.length} x ${way}`, figures, budgets[way]);
  }
  const sent = await requests(cluster.auditLog, { user: operatorUser });
  const { leaders, strangers } = leadership(sent, all);
  line('leaders, one by one', `${leaders.length}`, `${takeovers + 1}`);
  line('writes of others', `${strangers.length}`, '0');
  for (const { process } of [waiting, leading]) await process.end();
}

async function idleMinute(cluster: LocalCluster, leading: Replica, waiting: Replica): Promise<void> {
  const since = new Date();
  await sleep(60_000);
  const sent = await requests(cluster.auditLog, { user: operatorUser, since });
  const of = ({ credential }: Replica) => sent.filter((one) => one.credential === credential).length;
  line('requests of an idle min', `${of(leading)} of the leader, ${of(waiting)} of the standby`, '<= 20');
}

/** Something for whoever leads to set right. */
async function untilItWrites(admin: Connection, round: number): Promise<void> {
  const path = '/api/v1/namespaces/kube-system/services/metrics-server';
  const value = `drift-${round}`;
  const body = { metadata: { labels: { 'k8s-app': value } } };
  await admin.send({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
  await until(
    async () => (await admin.send<KubernetesObject>({ path })).metadata?.labels?.['k8s-app'] !== value,
  );
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 120_000; !(await holds()); await sleep(20)) {
    if (performance.now() > deadline) throw new Error('waited for two minutes in vain');
  }
}
