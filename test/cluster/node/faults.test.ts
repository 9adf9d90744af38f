import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { connectApi } from '../../../local-cluster/api.ts';
import { cutConnections, silence } from '../../../local-cluster/cut-connections.ts';
import { restartKubelet, startApiServer, stopApiServer, stopKubelet } from '../../../local-cluster/faults.ts';
import { layout, network } from '../../../local-cluster/layout.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { startNodeCluster } from '../../../local-cluster/node-cluster.ts';
import { isWhole } from '../../../local-cluster/processes.ts';
import { isKubeletTrusted } from '../../../local-cluster/readiness.ts';
import { run, succeeds } from '../../../local-cluster/run.ts';
import { readMark } from '../../../local-cluster/state.ts';
import { eventually } from '../eventually.ts';
import { type Answer, type KeptConnection, keepConnection } from '../kept-connection.ts';
import { applyYaml, get } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';

const program = join(import.meta.dirname, '../kept-connection.ts');

/** The command line of a process on a node; `inside` is there for every cluster with nodes. */
function inside(cluster: LocalCluster, command: string[]): string[] {
  if (cluster.inside === undefined) throw new Error('a cluster without nodes');
  return cluster.inside(command);
}

type Inside = KeptConnection & { child: ChildProcessByStdio<Writable, Readable, null>; pid: number };

/** A process in the node's namespaces that keeps one connection to kube-apiserver, as an operator's does. */
function keepConnectionInside(cluster: LocalCluster): Inside {
  const target = [layout(cluster.state).pki, network.bridgeAddress, String(network.apiPort)];
  const [file = '', ...args] = inside(cluster, [process.execPath, program, ...target]);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout });
  const ask = async (): Promise<Answer> => {
    const answer = once(answers, 'line');
    child.stdin.write('\n');
    const [line] = await answer;
    return JSON.parse(line);
  };
  return { child, pid: child.pid ?? 0, ask, end: () => child.stdin.end() };
}

describe('faults of a cluster with nodes', function () {
  this.timeout(90_000);
  let cluster: LocalCluster;

  before(async function () {
    this.timeout(2_400_000); // the first run builds all of Kubernetes
    const say = (line: string) => console.log(`      ${line}`);
    const state = stateFolder('node-faults');
    cluster = await startNodeCluster({
      state,
      nodes: 1,
      kubeletCertificates: 'self-signed',
      say,
      diesWithParent: true,
    });
  });
  after(() => cluster?.down());

  describe('connections that go silent', () => {
    let kept: Inside;
    beforeEach(() => {
      kept = keepConnectionInside(cluster);
    });
    afterEach(async () => {
      kept.end();
      if (kept.child.exitCode === null) await once(kept.child, 'exit');
    });

    it('those of one process do, and only those which it has', async () => {
      const other = keepConnectionInside(cluster);
      expect(await kept.ask()).to.deep.equal({ said: '200', connection: 1 });
      expect(await other.ask()).to.deep.equal({ said: '200', connection: 1 });
      const { connections, restore } = await silence(cluster, kept.pid);
      try {
        expect(connections).to.equal(1);
        expect(await kept.ask()).to.deep.equal({ said: 'silence', connection: 1 });
        expect(await kept.ask()).to.deep.equal({ said: '200', connection: 2 });
        expect(await other.ask()).to.deep.equal({ said: '200', connection: 1 });
      } finally {
        await restore();
        other.end();
      }
    });

    it('all do, of clients inside and outside, until they are restored', async () => {
      const { apiPort = 0 } = (await readMark(layout(cluster.state))) ?? {};
      const outside = await keepConnection(layout(cluster.state).pki, '127.0.0.1', apiPort);
      await Promise.all([kept.ask(), outside.ask()]);
      const { connections, restore } = await cutConnections(cluster);
      try {
        expect(connections).to.be.greaterThan(2); // kubelet and the control plane have some too
        const silent = { said: 'silence', connection: 1 };
        expect(await Promise.all([kept.ask(), outside.ask()])).to.deep.equal([silent, silent]);
        expect(await kept.ask()).to.deep.equal({ said: '200', connection: 2 });
      } finally {
        outside.end();
        await restore();
        await restore(); // a second time changes nothing
      }
      await (await cutConnections(cluster)).restore();
      expect(await kept.ask()).to.deep.equal({ said: '200', connection: 2 });
      const rules = await run(inside(cluster, ['iptables', '-S']));
      expect(rules).to.not.include(`--dport ${network.apiPort} -j DROP`);
    });

    it('a process outside the cluster is refused', async () => {
      const refusal = await silence(cluster, process.pid).catch((error: Error) => error.message);
      expect(refusal).to.include('does not run in the network of the cluster');
    });
  });

  it('kube-apiserver ends and comes back, and what is on the nodes finds it again', async () => {
    const api = await connected(cluster);
    await stopApiServer(cluster);
    expect((await api('GET', '/readyz')).code, 'no answer').to.equal(0);
    await startApiServer(cluster);
    expect(await isWhole(layout(cluster.state))).to.equal(true);
    await applyYaml(cluster, sleeper());
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/sleeper', '--timeout=60s']);
  });

  describe('a kubelet', () => {
    const sleeperPid = () => run(inside(cluster, ['pgrep', '--full', '--exact', 'sleep 98765']));
    const isVerified = () => succeeds(inside(cluster, verification(cluster)));

    it('stops without its containers, and comes back as it was', async () => {
      const api = await connected(cluster);
      const before = await sleeperPid();
      await stopKubelet(cluster, 1);
      expect(await isKubeletTrusted(api, 'node-1')).to.equal(false);
      expect(await sleeperPid()).to.equal(before);
      await restartKubelet(cluster, 1);
      expect(await isKubeletTrusted(api, 'node-1')).to.equal(true);
      expect(await sleeperPid()).to.equal(before);
      expect(await isVerified(), 'still signed by itself').to.equal(false);
    });

    it('comes back with a certificate of the cluster CA, and its containers have not noticed', async () => {
      const before = await sleeperPid();
      await restartKubelet(cluster, 1, { kubeletCertificates: 'cluster-ca' });
      expect(await isVerified()).to.equal(true);
      await restartKubelet(cluster, 1);
      expect(await isVerified(), 'and keeps it').to.equal(true);
      expect(await sleeperPid()).to.equal(before);
      await eventually(async () => {
        const pod = await get<{ status?: { containerStatuses?: object[] } }>(cluster, 'pod', 'sleeper');
        expect(pod?.status?.containerStatuses?.[0]).to.deep.include({ restartCount: 0, ready: true });
      }, 30_000);
      expect(await isWhole(layout(cluster.state))).to.equal(true);
    });
  });
});

async function connected({ state }: LocalCluster) {
  const { apiPort = 0 } = (await readMark(layout(state))) ?? {};
  return await connectApi(layout(state), apiPort);
}

/** What metrics-server checks: the chain up to the cluster CA, and the address by which it asks. */
function verification({ state }: LocalCluster): string[] {
  const address = network.nodeAddress(1);
  const trust = ['-CAfile', join(layout(state).pki, 'ca.crt'), '-verify_ip', address, '-verify_return_error'];
  return ['openssl', 's_client', '-connect', `${address}:10250`, ...trust];
}

function sleeper(): string {
  const container = { name: 'sleeper', image: '127.0.0.1:5000/busybox:1', command: ['sleep', '98765'] };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'sleeper' },
    spec: { containers: [container], terminationGracePeriodSeconds: 0 },
  });
}
