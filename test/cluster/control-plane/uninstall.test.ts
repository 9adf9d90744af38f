import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Namespace } from '@kubernetes/client-node';
import { expect } from 'chai';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { installCrd } from '../../../local-cluster/operator.ts';
import { apiServiceName } from '../../../src/resources/names.ts';
import { eventually } from '../eventually.ts';
import { get } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';
import { broken, everythingOf, type Installed, install, terminating } from './installed.ts';

const root = join(import.meta.dirname, '../../..');
// Garbage collection relearns a kind that came back within 30 s; hence rows after which the CRD is gone come last.
const goneMs = 120_000;
const withinGone = `--timeout=${goneMs / 1000}s`;

const crd = ['crd', 'metricsserverconfigs.metrics-server.io'];
type Act = (installed: Installed) => Promise<unknown>;

const deleteConfig: Act = ({ cluster }) =>
  cluster.kubectl(['delete', 'msc', 'metrics-server', '--ignore-not-found', withinGone]);
const deleteCrd: Act = ({ cluster }) => cluster.kubectl(['delete', ...crd, withinGone]);
/** As `kubectl delete` ends a Pod: SIGTERM; then its account, its namespace and its rights are no more. */
const deleteOperator: Act = async ({ cluster, endOperator }) => {
  await endOperator();
  await cluster.kubectl(['delete', '-k', join(root, 'config/rbac'), withinGone]);
};
/** The operator goes on until its own namespace has gone: the end of its Pod is not waited for. */
const deleteEverything: Act = async ({ cluster, endOperator }) => {
  await cluster.kubectl(['delete', '-k', everythingOf, withinGone]);
  await endOperator();
};
const deletePodsNamespace: Act = ({ cluster, namespace }) =>
  cluster.kubectl(['delete', 'namespace', namespace, withinGone]);

interface Order {
  /** As docs/uninstall.md names it. */
  order: string;
  acts: Act[];
  namespace?: string;
}

const orders: Order[] = [
  {
    order: "metrics-server's namespace, config",
    acts: [deletePodsNamespace, deleteConfig],
    namespace: 'metrics',
  },
  { order: 'operator, config', acts: [deleteOperator, deleteConfig] },
  { order: 'config, operator, CRD', acts: [deleteConfig, deleteOperator, deleteCrd] },
  { order: 'operator, CRD', acts: [deleteOperator, deleteCrd] },
  { order: 'CRD, operator', acts: [deleteCrd, deleteOperator] },
  { order: 'everything at once', acts: [deleteEverything] },
];

const waysOut: Record<string, Act> = {
  'delete the APIService': ({ cluster }) => cluster.kubectl(['delete', 'apiservice', apiServiceName]),
  'delete the config': deleteConfig,
  'start the operator': ({ startOperator }) => startOperator(),
};

const inSeconds = (since: number) => `${Math.round((Date.now() - since) / 100) / 10} s`;

describe('uninstalling', function () {
  this.timeout(600_000);
  let cluster: LocalCluster;
  let installed: Installed | undefined;
  const matrix: string[] = [];

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    cluster = await startControlPlane({
      state: stateFolder('control-plane-uninstall'),
      say: console.log,
      controllerManager: true,
      prepare: installCrd,
    });
  });
  afterEach(async () => {
    await installed?.endOperator();
    await installed?.silence();
  });
  after(async () => {
    for (const line of matrix) console.log(`      ${line}`);
    await cluster?.down();
  });

  const everything = async (namespace = 'kube-system') => {
    const all = await install(cluster, namespace);
    installed = all;
    // The Deployment waits for the certificate to be trusted.
    await eventually(
      async () => expect(await all.left(), 'or nothing could be left').to.have.length(11),
      60_000,
    );
    return all;
  };
  /** How long it took until nothing of the operator's was there. */
  const nothingIsLeft = async ({ left }: Installed, since: number) => {
    await eventually(async () => {
      expect(await left()).to.deep.equal([]);
      expect(await terminating(cluster)).to.deep.equal([]);
      expect(await broken(cluster)).to.deep.equal([]);
    }, goneMs);
    return inSeconds(since);
  };
  /** What the API server says keeps a namespace. */
  const why = async (name: string) => {
    const found = await get<V1Namespace>(cluster, 'namespace', name);
    return found?.status?.conditions?.map(({ message }) => message).join(' ') ?? '';
  };
  for (const [out, act] of Object.entries(waysOut)) {
    it(`metrics-server's namespace while the operator is down: it hangs, and goes when you ${out}`, async () => {
      const all = await everything('metrics');
      await all.endOperator();
      await all.silence(); // its pods end with their namespace
      await eventually(async () => expect(await broken(cluster)).to.deep.equal([apiServiceName]), 60_000);
      await cluster.kubectl(['delete', 'namespace', 'metrics', '--wait=false']);
      await eventually(async () => expect(await why('metrics')).to.include('metrics.k8s.io/v1beta1'), 30_000);
      const since = Date.now();
      await act(all);
      await eventually(async () => expect(await terminating(cluster)).to.deep.equal([]), goneMs);
      matrix.push(
        `operator ends, metrics-server's namespace hangs, ${out}: it is gone after ${inSeconds(since)}`,
      );
      await all.endOperator();
      await deleteConfig(all);
      await nothingIsLeft(all, since);
    });
  }

  it("the operator's namespace while the metrics API is dead: it hangs, and goes when you delete the config", async () => {
    const all = await everything();
    await all.silence();
    await eventually(async () => expect(await broken(cluster)).to.deep.equal([apiServiceName]), 60_000);
    await all.endOperator();
    await cluster.kubectl(['delete', 'namespace', 'metrics-server-operator', '--wait=false']);
    await eventually(
      async () => expect(await why('metrics-server-operator')).to.include('metrics.k8s.io/v1beta1'),
      30_000,
    );
    const since = Date.now();
    await deleteConfig(all);
    matrix.push(
      `operator's namespace hangs on a dead metrics API, config: nothing is left after ${await nothingIsLeft(all, since)}`,
    );
  });

  it('is told in docs/uninstall.md, order by order', async () => {
    const page = await readFile(join(root, 'docs/uninstall.md'), 'utf8');
    for (const { order } of orders) expect(page).to.include(`| ${order} |`);
  });

  for (const { order, acts, namespace } of orders) {
    it(`in the order ${order}: leaves nothing, and hangs nowhere`, async () => {
      const all = await everything(namespace);
      const since = Date.now();
      for (const act of acts) await act(all);
      await all.silence(); // its pods are gone as well
      const acted = inSeconds(since);
      matrix.push(`${order}: done after ${acted}, nothing is left after ${await nothingIsLeft(all, since)}`);
    });
  }
});
