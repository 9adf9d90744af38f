import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests, requestsByVerb } from '../../../local-cluster/audit.ts';
import { cutConnections } from '../../../local-cluster/cut-connections.ts';
import { restartKubelet, stopKubelet } from '../../../local-cluster/faults.ts';
import { addNode, removeNode } from '../../../local-cluster/node-cluster.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import type { Condition } from '../../../src/crds/status.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { type NamespaceProber, probeNamespaces } from './namespace-prober.ts';
import { signalMetricsServers } from './node-faults.ts';
import { onNodes } from './on-nodes.ts';

const image = { mirrors: ['127.0.0.1:5000/metrics-server/metrics-server'] };

describe('two real nodes through good and bad days', function () {
  this.timeout(240_000);
  const running = onNodes('two-nodes', { nodes: 2, kubeletCertificates: 'cluster-ca' });
  let probing: NamespaceProber;

  before(() => {
    probing = probeNamespaces(running().cluster);
  });
  after(() => probing?.end());

  /** Waits for a condition and prints how long it took. */
  const becomes = async (type: Condition['type'], expected: Partial<Condition>, withinMs: number) => {
    const since = Date.now();
    const condition = await eventually(() => expectCondition(running().cluster, type, expected), withinMs);
    console.log(
      `      ${type}=${condition.status} (${condition.reason}) after ${(Date.now() - since) / 1000} s: ${condition.message}`,
    );
    return condition;
  };

  it('serve with two replicas, each on a node of its own', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ image, availability: { replicas: 2 } }));
    await becomes('Ready', { status: 'True', reason: 'Ready' }, 120_000);
    await eventually(async () => {
      expect(await statusOf(cluster)).to.deep.include({ replicas: { desired: 2, ready: 2 } });
    }, 60_000);
    const { items = [] } = (await get<{ items: V1Pod[] }>(cluster, ...pods)) ?? {};
    expect(items.map(({ spec }) => spec?.nodeName).sort()).to.deep.equal(['node-1', 'node-2']);
  });

  it('say which node is not scraped when its kubelet stops, with the error, and that all is well when it is back', async () => {
    const { cluster } = running();
    await stopKubelet(cluster, 2);
    const { message } = await becomes('Scraping', { status: 'False', reason: 'KubeletRefused' }, 90_000);
    expect(message)
      .to.include('1 of 2 nodes have no sample: node-2')
      .and.include('connection refused')
      .and.include('systemctl status kubelet');
    expect(await statusOf(cluster))
      .to.have.property('nodes')
      .that.includes({ fresh: 1, missing: 1 });
    // Once its Node is not Ready it does not count against minNodesScraped any more.
    await becomes('Ready', { status: 'True', reason: 'PartlyScraped' }, 120_000);
    await restartKubelet(cluster, 2);
    await becomes('Scraping', { status: 'True', reason: 'AllNodesFresh' }, 120_000);
    await becomes('Ready', { status: 'True', reason: 'Ready' }, 30_000);
  });

  it('count a node that is added and one that is removed', async () => {
    const { cluster } = running();
    const counts = async (expected: number) => {
      expect((await statusOf(cluster)).nodes).to.include({ expected, fresh: expected, missing: 0 });
    };
    const { lastTransitionTime } = await expectCondition(cluster, 'Scraping', { status: 'True' });
    await addNode(cluster, 3);
    await eventually(() => counts(3), 90_000);
    await removeNode(cluster, 3);
    await eventually(() => counts(2), 60_000);
    // A node that has just come is nobody's fault: Scraping was True all the time.
    await expectCondition(cluster, 'Scraping', { status: 'True', lastTransitionTime });
  });

  it('have let namespaces come and go all the time', async () => {
    const { count, longestMs, failures } = await probing.end();
    console.log(`      ${count} namespaces came and went, the slowest in ${longestMs} ms`);
    expect(failures).to.deep.equal([]);
    expect(count).to.be.greaterThan(5);
  });

  // From here on the metrics API is really dead for a while, which Kubernetes itself answers with blocked namespaces.
  it('name a metrics-server that hangs, and recover when it goes on', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ image, availability: { replicas: 1 } }));
    await eventually(
      () => expectCondition(cluster, 'Reconciling', { status: 'False', observedGeneration: 2 }),
      90_000,
    );
    await eventually(async () => {
      const { items = [] } = (await get<{ items: V1Pod[] }>(cluster, ...pods)) ?? {};
      expect(items).to.have.length(1);
    }, 60_000);
    await sleep(3000);
    await signalMetricsServers(cluster, 'STOP');
    const { message } = await becomes('Ready', { status: 'False' }, 60_000);
    expect(message).to.match(/was ready until|no answer within/);
    await signalMetricsServers(cluster, 'CONT');
    await becomes('Ready', { status: 'True', reason: 'Ready' }, 120_000);
  });

  it('are watched on when every open connection to the API server goes silent', async () => {
    const { cluster } = running();
    const service = ['-n', 'kube-system', 'service', 'metrics-server'];
    const { connections, restore } = await cutConnections(cluster);
    expect(connections).to.be.greaterThan(0);
    try {
      await cluster.kubectl(['label', ...service, 'k8s-app=drift', '--overwrite']);
      const since = Date.now();
      await eventually(async () => {
        const labels = (await get(cluster, ...service))?.metadata?.labels;
        expect(labels).to.include({ 'k8s-app': 'metrics-server' });
      }, 120_000);
      console.log(`      drift on a silent connection repaired after ${Date.now() - since} ms`);
      expect(await readFile(`${cluster.state}-operator.log`, 'utf8')).to.include('connection replaced');
    } finally {
      await restore();
    }
    await becomes('Ready', { status: 'True', reason: 'Ready' }, 120_000);
  });

  it('have Events of what happened', async () => {
    const described = await running().cluster.kubectl(['describe', 'msc', 'metrics-server']);
    const events = described.slice(described.indexOf('\nEvents:'));
    console.log(events.replaceAll('\n', '\n      '));
    // Which of the first two depends on whether the node itself is given up before its samples are.
    expect(events)
      .to.match(/Warning\s+(NodesMissing|KubeletRefused)|Normal\s+PartlyScraped/)
      .and.match(/Warning\s+Unresponsive/)
      .and.match(/Normal\s+Ready/)
      .and.match(/Normal\s+DriftCorrected/);
  });

  it('let namespaces come and go again, from here to the end', () => {
    probing = probeNamespaces(running().cluster);
  });

  it('are left alone while all is well: nothing is written', async () => {
    const { cluster } = running();
    await sleep(15_000); // what the tests before set off is over
    const since = new Date();
    await sleep(30_000);
    console.log(
      `      requests in 30 s at rest: ${JSON.stringify(await requestsByVerb(cluster.auditLog, { user: operatorUser, since }))}`,
    );
    const quiet = await requests(cluster.auditLog, { user: operatorUser, since });
    expect(quiet.filter(({ verb }) => !['list', 'get', 'watch'].includes(verb))).to.deep.equal([]);
  });

  it('are left without a trace when the config is deleted', async () => {
    const { cluster } = running();
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
    await eventually(
      async () =>
        expect(await get(cluster, '-n', 'kube-system', 'deployment', 'metrics-server')).to.equal(undefined),
      90_000,
    );
    expect(await get(cluster, 'apiservice', 'v1beta1.metrics.k8s.io')).to.equal(undefined);
    const { count, longestMs, failures } = await probing.end();
    console.log(`      ${count} namespaces came and went, the slowest in ${longestMs} ms`);
    expect(failures).to.deep.equal([]);
    const refused = (await requests(cluster.auditLog, { user: operatorUser })).filter(
      ({ code }) => code === 403,
    );
    expect(refused.map(({ verb, uri }) => `${verb} ${uri}`)).to.deep.equal([]);
  });
});

const pods = ['-n', 'kube-system', 'pods', '-l', 'k8s-app=metrics-server'];
