import type { V1Lease, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { helmFor, installByChart, release } from '../../../local-cluster/chart.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { startNodeCluster } from '../../../local-cluster/node-cluster.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, statusOf } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';
import { repository } from './zero-gap.ts';

/** As people run it: two pods of its image, installed by its chart. The other suites run it as a process. */
describe('the operator, installed by its chart', function () {
  this.timeout(200_000);
  let cluster: LocalCluster;
  let helm: (args: string[]) => Promise<string>;
  const say = (line: string) => console.log(`      ${line}`);

  before(async function () {
    this.timeout(2_400_000); // the first run builds all of Kubernetes
    const options = { nodes: 2, kubeletCertificates: 'cluster-ca', diesWithParent: true } as const;
    cluster = await startNodeCluster({ ...options, state: stateFolder('installed'), say });
    helm = await helmFor(cluster, say);
  });
  after(() => cluster?.down());

  const pods = async (): Promise<V1Pod[]> => {
    const selector = 'app.kubernetes.io/name=metrics-server-operator';
    const text = await cluster.kubectl(['get', 'pods', '-n', release, '-l', selector, '-o', 'json']);
    return JSON.parse(text).items;
  };
  const leader = async (): Promise<string> => {
    const text = await cluster.kubectl(['get', 'lease', '-n', release, release, '-o', 'json']);
    const { spec }: V1Lease = JSON.parse(text);
    const holder = spec?.holderIdentity ?? '';
    const name = (await pods()).find(({ metadata }) => holder.startsWith(`${metadata?.name}`))?.metadata
      ?.name;
    if (name === undefined) throw new Error(`no pod holds the lease: ${holder}`);
    return name;
  };
  const isReady = () => expectCondition(cluster, 'Ready', { status: 'True', reason: 'Ready' });
  /** Of what it manages; the Lease, the status and Events are its own. */
  const writes = async (since: Date) => {
    const all = await requests(cluster.auditLog, { user: operatorUser, since });
    const isRead = ({ verb }: { verb: string }) => ['get', 'list', 'watch'].includes(verb);
    const isOwn = ({ uri }: { uri: string }) => /\/leases\/|\/events|\/status\b|accessreviews/.test(uri);
    return all
      .filter((request) => !isRead(request) && !isOwn(request))
      .map(({ verb, uri }) => `${verb} ${uri}`);
  };

  it('is ready in a restricted namespace, on two nodes, of which one leads', async () => {
    await installByChart(cluster, say);
    const running = await pods();
    expect(running.map(({ spec }) => spec?.nodeName).sort()).to.deep.equal(['node-1', 'node-2']);
    expect(
      running.flatMap(({ status }) => status?.containerStatuses?.map(({ ready }) => ready)),
    ).to.deep.equal([true, true]);
    say(`${await eventually(leader, 30_000)} leads`);
  });

  it('passes the test of its chart', async () => {
    expect(await helm(['test', release, '--timeout', '60s'])).to.match(/Phase:\s+Succeeded/);
  });

  it('makes metrics-server work', async () => {
    const since = Date.now();
    await applyYaml(cluster, configYaml({ image: { repository } }));
    await eventually(isReady, 90_000);
    expect((await statusOf(cluster)).nodes?.scraped).to.equal('2/2');
    say(`ready after ${Math.round((Date.now() - since) / 1000)} s`);
  });

  it('is led by the other pod when the leader goes, and goes on repairing', async () => {
    const first = await leader();
    await cluster.kubectl(['delete', 'pod', '-n', release, first, '--wait=false']);
    const since = Date.now();
    await cluster.kubectl(['delete', 'deployment', '-n', 'kube-system', 'metrics-server', '--wait=false']);
    const next = await eventually(async () => {
      const now = await leader();
      expect(now).to.not.equal(first);
      await cluster.kubectl(['get', 'deployment', '-n', 'kube-system', 'metrics-server']);
      return now;
    }, 60_000);
    say(`${next} leads, and the Deployment is back, after ${Math.round((Date.now() - since) / 1000)} s`);
    await eventually(isReady, 90_000);
  });

  it('writes nothing that it manages while it is upgraded', async () => {
    const since = new Date();
    const args = [
      'upgrade',
      release,
      'charts/metrics-server-operator',
      '--reuse-values',
      '--set',
      'logLevel=debug',
    ];
    await helm([...args, '--wait', '--timeout', '120s']);
    await eventually(leader, 30_000);
    await eventually(isReady, 30_000);
    expect(await writes(since)).to.deep.equal([]);
  });

  it('was refused nothing so far', async () => {
    const all = await requests(cluster.auditLog, { user: operatorUser });
    expect(all.length).to.be.greaterThan(50);
    expect(all.filter(({ code }) => code === 403)).to.deep.equal([]);
  });

  it('does not look well where nobody can lead: neither to Kubernetes nor to the test of its chart', async () => {
    await cluster.kubectl(['delete', 'rolebinding', '-n', release, 'metrics-server-operator-lease']);
    await cluster.kubectl(['delete', 'pods', '-n', release, '--all', '--wait=false']);
    await eventually(async () => {
      const started = (await pods()).flatMap(({ status }) => status?.containerStatuses ?? []);
      expect(started.map(({ ready }) => ready)).to.deep.equal([false, false]);
      expect(started.filter(({ state }) => state?.running === undefined)).to.deep.equal([]);
    }, 60_000);
    const failed = await helm(['test', release, '--timeout', '15s']).catch((error: Error) => error.message);
    expect(failed).not.to.match(/Phase:\s+Succeeded/);
    await helm([
      ...['upgrade', release, 'charts/metrics-server-operator'],
      ...['--reuse-values', '--wait', '--timeout', '120s'],
    ]);
    expect(await helm(['test', release, '--timeout', '60s'])).to.match(/Phase:\s+Succeeded/);
  });

  it('is missed by nobody at once when it is uninstalled: configs and metrics stay', async () => {
    await helm(['uninstall', release, '--wait', '--timeout', '60s']);
    // Helm waits for the Deployment, and the garbage collector takes its pods after it.
    await eventually(async () => expect(await pods()).to.deep.equal([]), 60_000);
    await isReady();
    expect(await cluster.kubectl(['top', 'nodes'])).to.match(/node-1[\s\S]*node-2/);
  });
});
