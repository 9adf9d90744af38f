import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Deployment } from '@kubernetes/client-node';
import { connectAsAdmin } from '../local-cluster/admin.ts';
import { startControlPlane } from '../local-cluster/control-plane.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import { installCrd, installRights, type OperatorProcess } from '../local-cluster/operator.ts';
import type { Connection } from '../src/platform/connection.ts';
import { ownAddress, sayReady } from '../test/cluster/control-plane/on-control-plane.ts';
import { eventually } from '../test/cluster/eventually.ts';
import { applyYaml, configYaml, expectCondition, statusOf } from '../test/cluster/objects.ts';
import { bundledOperator } from './bundled.ts';
import { type Double, podName, startDouble } from './double.ts';
import { byOperator, line, memoryOf, processorMs, verbs } from './figures.ts';
import { addNodes, beatHearts, nodeNames } from './many-nodes.ts';

interface Bench {
  cluster: LocalCluster;
  admin: Connection;
  double: Double;
  minutes: number;
}

/** What many nodes cost, beside the budgets of the project. Reports, never fails: the machine may be busy. */
export async function scale(minutes: number): Promise<void> {
  const state = join(tmpdir(), 'metrics-server-operator-bench-scale');
  const cluster = await startControlPlane({
    state,
    say: console.log,
    controllerManager: true,
    prepare: installCrd,
  });
  try {
    await installRights(cluster);
    const double = await startDouble(cluster, ownAddress());
    await measure({ cluster, admin: connectAsAdmin(cluster), double, minutes });
    double.server.closeAllConnections();
    double.server.close();
  } finally {
    await cluster.down();
  }
}

async function measure(bench: Bench): Promise<void> {
  const { cluster, double } = bench;
  const startAsIs = await bundledOperator(cluster);
  const start = () => startAsIs(measured);
  await grow(bench, 1000);
  const small = start();
  await install(bench);
  await isHealthy(bench);
  await told('1000 nodes', bench, small);
  double.failing = always(double.names.slice(200, 300));
  await sleep(settledAfterMs);
  await asTheyAre('100 of 1000 always fail', bench, small);
  double.failing = others(double.names, 100);
  await sleep(settledAfterMs);
  await asTheyAre('100 others fail each time', bench, small);
  double.failing = always([]);
  await small.end();

  await grow(bench, 5000);
  const large = start();
  await isHealthy(bench);
  await told('5000 nodes', bench, large);
  await large.end();
}

// On SIGUSR2 it says what its heap holds once everything that is not needed is gone. (JavaScript: Node's TypeScript takes 18 MiB.)
const heapOnSignal = `process.on('SIGUSR2', () => {
  gc();
  console.log(JSON.stringify({ message: 'heap', bytes: process.memoryUsage().heapUsed }));
});`;
const measured = {
  REACHES_PODS: 'true', // as in a pod
  NODE_OPTIONS: `--expose-gc --import=data:text/javascript,${encodeURIComponent(heapOnSignal)}`,
};
const settledAfterMs = 45_000;

function always(names: string[]): () => ReadonlySet<string> {
  const set = new Set(names);
  return () => set;
}

/** Others with each scrape. */
function others(names: string[], count: number): () => ReadonlySet<string> {
  const scrapeMs = 15_000;
  return () => {
    const first = (Math.floor(Date.now() / scrapeMs) * count) % names.length;
    return new Set(names.slice(first, first + count));
  };
}

async function grow({ admin, double }: Bench, count: number): Promise<void> {
  const sinceMs = Date.now();
  const names = nodeNames(count);
  await addNodes(admin, names.slice(double.names.length), double);
  double.names = names;
  const { length } = await admin.text({ path: `/api/v1/nodes/${names[0]}` });
  console.log(`${count} nodes of ${length} bytes each, after ${Date.now() - sinceMs} ms`);
}

const deployment = '/apis/apps/v1/namespaces/kube-system/deployments/metrics-server';
const pods = '/api/v1/namespaces/kube-system/pods';

/** No controller makes pods here, and no kubelet runs them: it is said of one that it is ready. */
async function install({ cluster, admin, double }: Bench): Promise<void> {
  const resources = { mode: 'Fixed', requests: { cpu: '100m', memory: '200Mi' } };
  await applyYaml(
    cluster,
    configYaml({ servingPort: double.port, tls: { serving: { mode: 'SelfSigned' } }, resources }),
  );
  await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 60_000);
  const { metadata, spec } = await admin.send<V1Deployment>({ path: deployment });
  const { metadata: ofPods, spec: wanted } = spec?.template ?? {};
  const [container] = wanted?.containers ?? [];
  const body = { metadata: { ...ofPods, name: podName }, spec: { ...wanted, nodeName: double.names[0] } };
  await admin.send({ method: 'POST', path: pods, body });
  const startedAt = new Date().toISOString();
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: startedAt };
  const running = {
    name: container?.name,
    image: container?.image,
    imageID: '',
    ready: true,
    restartCount: 0,
    state: { running: { startedAt } },
  };
  const phase = {
    phase: 'Running',
    podIP: double.address,
    conditions: [ready],
    containerStatuses: [running],
  };
  const rolledOut = {
    observedGeneration: metadata?.generation,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
  };
  const contentType = 'application/merge-patch+json';
  await admin.send({
    method: 'PATCH',
    path: `${pods}/${podName}/status`,
    contentType,
    body: { status: phase },
  });
  await admin.send({
    method: 'PATCH',
    path: `${deployment}/status`,
    contentType,
    body: { status: rolledOut },
  });
  await sayReady(cluster, 'metrics-server', 'kube-system', double);
}

async function isHealthy({ cluster, double }: Bench): Promise<void> {
  const { length } = double.names;
  await eventually(async () => {
    const { conditions, nodes } = await statusOf(cluster);
    const ready = conditions?.find(({ type }) => type === 'Ready');
    if (ready?.reason !== 'Ready' || nodes?.scraped !== `${length}/${length}`)
      throw new Error(JSON.stringify(conditions));
  }, 120_000);
  await sleep(settledAfterMs);
}

/** All figures, while all is well. */
async function told(what: string, bench: Bench, operator: OperatorProcess): Promise<void> {
  await asTheyAre(what, bench, operator);
  line(`${what}: a look`, `${(await costOfLook(bench, operator)).toFixed(1)} ms of processor`, '-');
  process.kill(operator.pid, 'SIGUSR2');
  await sleep(2000);
  const heap = (await operator.log()).findLast(({ message }) => message === 'heap');
  line(`${what}: heap`, `${Math.round(Number(heap?.['bytes']) / 2 ** 20)} MiB`, '-');
}

/** Some minutes in which kubelets tell that they live, as they do. */
async function asTheyAre(
  what: string,
  { cluster, admin, double, minutes }: Bench,
  { pid }: OperatorProcess,
): Promise<void> {
  const quiet = beatHearts(admin, double.names);
  const [since, before] = [new Date(), await processorMs(pid)];
  await sleep(minutes * 60_000);
  const usedMs = (await processorMs(pid)) - before;
  await quiet();
  const count = (await byOperator(cluster, since)).length / minutes;
  const { residentMiB, peakMiB } = await memoryOf(pid);
  line(
    `${what}: requests`,
    `${count.toFixed(1)}/min: ${await verbs(cluster, since)}`,
    '<= 20/min, 0 writes while well',
  );
  line(`${what}: processor`, `${(usedMs / (minutes * 60)).toFixed(1)} mCPU`, '<= 2 mCPU');
  line(`${what}: memory`, `${residentMiB} MiB, at most ${peakMiB} MiB`, '115 MiB with 5,000 nodes');
  line(`${what}: status`, `${JSON.stringify(await statusOf(cluster)).length} bytes`, '-');
}

const looks = 60;
const lookEveryMs = 300;

/** Each change of the config is a look; what it costs to be told of the change is in it. */
async function costOfLook({ admin }: Bench, { pid }: OperatorProcess): Promise<number> {
  const path = '/apis/metrics-server.io/v1alpha1/metricsserverconfigs/metrics-server';
  const contentType = 'application/merge-patch+json';
  const before = await processorMs(pid);
  for (let look = 0; look < looks; look += 1) {
    await admin.send({
      method: 'PATCH',
      path,
      contentType,
      body: { metadata: { annotations: { look: `${look}` } } },
    });
    await sleep(lookEveryMs);
  }
  return ((await processorMs(pid)) - before) / looks;
}
