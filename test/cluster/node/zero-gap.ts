import { setTimeout as sleep } from 'node:timers/promises';
import type { V1APIService, V1Deployment, V1PodList, V1Service } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { type OperatorProcess, operatorKubeconfig, startOperator } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { expectNoGap, type MetricsProber, probeMetrics } from './metrics-prober.ts';
import { onNodes } from './on-nodes.ts';

export const repository = '127.0.0.1:5000/metrics-server/metrics-server';

export interface Spec {
  availability?: { replicas: number };
  service?: { port: number };
  [field: string]: unknown;
}

// A connection that is lost with the last old pod fails at the next request.
const settledAfterMs = 2_000;

const inNamespace = ['-n', 'kube-system'];
const name = 'metrics-server';

/** A cluster of two nodes whose metrics API is asked all the time, with this spec at first. Use what it returns in tests and hooks only. */
export function underQuestions(suite: string, first: Spec = { resolution: '10s' }) {
  const asked: { prober?: MetricsProber } = {};
  after(() => asked.prober?.end());
  const running = onNodes(suite, { nodes: 2, kubeletCertificates: 'cluster-ca' });
  const cluster = () => running().cluster;
  const ends: (() => Promise<unknown>)[] = [() => running().operator.end()];
  after(() => ends.at(-1)?.());

  const replaceOperator = async (start: () => OperatorProcess) => {
    await ends.at(-1)?.();
    const next = start();
    ends.push(() => next.end());
  };
  const begin = async (spec: Spec) => {
    await applyYaml(cluster(), configYaml({ image: { repository }, ...spec }));
  };
  const complete = async (spec: Spec) => {
    await eventually(() => expectComplete(cluster(), spec), 180_000);
  };
  before(async function () {
    this.timeout(240_000);
    await begin(first);
    await complete(first);
    asked.prober = await probeMetrics(cluster());
  });

  return {
    cluster,
    begin,
    complete,
    deployment: () => deploymentIn(cluster()),
    podNames: async () => (await podsIn(cluster())).map(({ metadata }) => metadata?.name ?? ''),
    restartOperator: async () => {
      const log = `${cluster().state}-operator-${ends.length + 1}.log`;
      const kubeconfig = await operatorKubeconfig(cluster());
      await replaceOperator(() => startOperator(kubeconfig, log));
    },
    replaceOperator,
    /** Asserts on all requests since the last call, and prints what became of them. */
    nothingFailed: async (what: string) => {
      await sleep(settledAfterMs);
      const taken = asked.prober?.taken();
      console.log(`      ${what}: ${JSON.stringify(taken)}`);
      expectNoGap(taken, { requests: 10, changes: 1 });
    },
  };
}

/** That a change is through to the end: the old pods are gone, and so is the old port. */
export async function expectComplete(cluster: LocalCluster, { availability, service }: Spec): Promise<void> {
  const generation = (await get(cluster, 'msc', name))?.metadata?.generation;
  await expectCondition(cluster, 'Ready', { status: 'True', observedGeneration: generation });
  await expectCondition(cluster, 'Available', { status: 'True', reason: 'PodsReady' });
  const replicas = availability?.replicas ?? 1;
  const { metadata, spec, status } = (await deploymentIn(cluster)) ?? {};
  expect(spec?.replicas).to.equal(replicas);
  expect(status).to.include({
    observedGeneration: metadata?.generation,
    replicas,
    updatedReplicas: replicas,
    availableReplicas: replicas,
  });
  expect(await podsIn(cluster), 'the old pods are gone').to.have.length(replicas);
  const port = service?.port ?? 443;
  const there = await get<V1Service>(cluster, ...inNamespace, 'service', name);
  expect(there?.spec?.ports?.map((one) => one.port)).to.deep.equal([port]);
  const asking = await get<V1APIService>(cluster, 'apiservice', 'v1beta1.metrics.k8s.io');
  expect(asking?.spec?.service?.port).to.equal(port);
}

async function deploymentIn(cluster: LocalCluster): Promise<V1Deployment | undefined> {
  return await get<V1Deployment>(cluster, ...inNamespace, 'deployment', name);
}

async function podsIn(cluster: LocalCluster): Promise<V1PodList['items']> {
  const list = await get<V1PodList>(cluster, ...inNamespace, 'pods', '-l', `k8s-app=${name}`);
  return list?.items ?? [];
}
