import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { connectAsAdmin, connectBy } from '../../../local-cluster/admin.ts';
import { type AuditedRequest, requests } from '../../../local-cluster/audit.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import { startApiServer, stopApiServer } from '../../../local-cluster/faults.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { installOperator, operatorUser } from '../../../local-cluster/operator.ts';
import { holderOf, leadership, type Replica, startReplica } from '../../../local-cluster/replicas.ts';
import type { Connection } from '../../../src/platform/connection.ts';
import { fenced, NotLeading } from '../../../src/platform/fence.ts';
import { holdLease } from '../../../src/platform/lease.ts';
import { Refusal } from '../../../src/platform/refusal.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { readerKubeconfig } from '../rights.ts';
import { stateFolder } from '../state-folder.ts';
import { sayReady } from './on-control-plane.ts';

const configPath = '/apis/metrics-server.io/v1alpha1/metricsserverconfigs/metrics-server';
const isLease = ({ uri }: AuditedRequest) => uri.includes('/leases/');
const isWrite = ({ verb }: AuditedRequest) => ['create', 'update', 'patch', 'delete'].includes(verb);

describe('operators that share a Lease', function () {
  this.timeout(90_000);
  let cluster: LocalCluster;
  let admin: Connection;
  let all: Replica[] = [];
  /** Those that have not been ended. */
  let alive: Replica[] = [];
  const churn = { count: 0, ending: new AbortController(), over: Promise.resolve() };

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    // Without a controller manager nobody but an operator takes anything away.
    cluster = await startControlPlane({ state: stateFolder('leader'), say: console.log });
    admin = connectAsAdmin(cluster);
    await installOperator(cluster);
    all = await Promise.all(['a', 'b', 'c'].map((name) => startReplica(cluster, name)));
    alive = all;
    await applyYaml(cluster, configYaml());
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 180_000);
    for (const replica of all) {
      await eventually(async () => expect(await said(replica)).to.not.deep.equal([]), 180_000);
    }
  });
  after(async () => {
    churn.ending.abort();
    for (const { process } of all) signal(process.pid, 'SIGKILL');
    await cluster?.down();
  });

  /** What a replica has said of its leadership, in order. */
  const said = async ({ process }: Replica) =>
    (await process.log()).flatMap(({ message }) =>
      message === 'leads' || message === 'stands by' ? [message] : [],
    );
  const leader = async () => {
    const name = await holderOf(admin);
    const found = alive.find((one) => one.name === name);
    if (found === undefined) throw new Error(`nobody of ${alive.map((one) => one.name)} leads but ${name}`);
    return found;
  };
  /** Somebody else than who did; whoever leads now has said so. */
  const next = async (former: Replica) => {
    alive = alive.filter((one) => one !== former);
    return await eventually(async () => {
      const found = await leader();
      expect((await said(found)).at(-1)).to.equal('leads');
      return found;
    }, 40_000);
  };
  const sentBy = async ({ credential }: Replica, since = new Date(0)) =>
    (await requests(cluster.auditLog, { user: operatorUser, since })).filter(
      (one) => one.credential === credential,
    );
  const writesOf = async (replica: Replica, since?: Date) =>
    (await sentBy(replica, since)).filter((one) => isWrite(one) && !isLease(one));
  /** Waits for the first write since then; returns when it was. */
  const writes = (replica: Replica, since: Date) =>
    eventually(async () => {
      const [first] = await writesOf(replica, since);
      if (first === undefined) throw new Error(`${replica.name} has written nothing since`);
      return first.time.getTime();
    }, 20_000);

  /** Changes the spec several times a second, so that there is always something to write. */
  const keepChanging = () => {
    const ending = new AbortController();
    churn.ending = ending;
    const change = async () => {
      churn.count += 1;
      const body = { spec: { service: { labels: { count: `${churn.count}` } } } };
      const contentType = 'application/merge-patch+json';
      await admin.send({ method: 'PATCH', path: configPath, contentType, body });
    };
    churn.over = (async () => {
      for (; !ending.signal.aborted; await sleep(150)) await change().catch(() => undefined); // the API server may be away
    })();
  };
  const stopChanging = async () => {
    churn.ending.abort();
    await churn.over;
  };
  const expectLastChange = async () => {
    const service = await get<KubernetesObject>(cluster, '-n', 'kube-system', 'service', 'metrics-server');
    expect(service?.metadata?.labels?.['count']).to.equal(`${churn.count}`);
  };

  it('one leads; the others have their copies and write nothing', async () => {
    const first = await leader();
    expect(await said(first)).to.deep.equal(['stands by', 'leads']);
    for (const other of all.filter((one) => one !== first)) {
      expect(await said(other)).to.deep.equal(['stands by']);
      await eventually(async () => {
        const watched = (await sentBy(other)).filter(({ verb }) => verb === 'watch');
        expect(watched.some(({ uri }) => uri.includes('/deployments'))).to.equal(true);
      }, 20_000);
      expect((await sentBy(other)).filter((one) => isWrite(one) && one.code < 300)).to.deep.equal([]);
    }
  });

  it('on SIGTERM another leads at once', async () => {
    const former = await leader();
    keepChanging();
    await writes(former, new Date());
    const ended = new Date();
    const code = former.process.end();
    const chosen = await next(former);
    const tookMs = (await writes(chosen, ended)) - ended.getTime();
    console.log(`      SIGTERM: another writes after ${tookMs} ms`);
    expect(tookMs).to.be.lessThan(6000);
    expect(await code).to.equal(0);
  });

  it('who was stopped for longer than the Lease writes nothing when it goes on, though there is much to write', async () => {
    const former = await leader();
    await writes(former, new Date());
    signal(former.process.pid, 'SIGSTOP');
    const stopped = new Date();
    const chosen = await next(former);
    await writes(chosen, stopped);
    await sleep(Math.max(0, 20_000 - (Date.now() - stopped.getTime())));
    const woken = new Date();
    signal(former.process.pid, 'SIGCONT');
    await eventually(async () => expect((await said(former)).at(-1)).to.equal('stands by'), 20_000);
    await sleep(3000); // the changes go on, and it sees them
    await writes(chosen, woken);
    expect(await writesOf(former, woken)).to.deep.equal([]);
    const asked = (await sentBy(former, woken)).filter(isLease);
    expect(asked.filter((one) => isWrite(one) && one.code < 300)).to.deep.equal([]);
    alive = [...alive, former];
    expect(await leader()).to.equal(chosen);
  });

  it('who has come to a standstill asks the clock before it writes, and not only what it is told later', async () => {
    const ending = new AbortController();
    const told = Promise.withResolvers<boolean>();
    const lease = holdLease({
      connection: admin,
      namespace: 'default',
      name: 'standstill',
      holder: 'test',
      fieldManager: 'test',
      onChange: told.resolve,
      onTrouble: console.error,
      signal: ending.signal,
    });
    expect(await told.promise).to.equal(true);
    const labelled = (connection: Connection) => {
      const body = { metadata: { labels: { standstill: 'over' } } };
      const path = '/api/v1/namespaces/default';
      return connection.send({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
    };
    const line = fenced(admin, lease.isHeld, ending.signal);
    expect(lease.isHeld()).to.equal(true);
    // As after the suspension of a machine, which cannot be had here: the clock on the wall says that the Lease has run out.
    const onTheWall = Date.now;
    Date.now = () => onTheWall() + 10_100;
    expect(lease.isHeld()).to.equal(false);
    Date.now = onTheWall;
    expect(lease.isHeld()).to.equal(true);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_100); // no timer and no answer comes in between
    const refusal = await labelled(line).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(NotLeading);
    await eventually(async () => expect(lease.isHeld()).to.equal(true), 5000); // nobody has come meanwhile
    await labelled(line);
    await lease.release();
    expect(lease.isHeld()).to.equal(false);
    ending.abort();
  });

  it('who could not have it is in trouble no more once somebody else is seen to hold it', async () => {
    const ending = new AbortController();
    const rules = [
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'list', 'watch'] },
    ];
    const kubeconfig = await readerKubeconfig(cluster, 'lease-reader', rules);
    const troubles: unknown[] = [];
    const options = {
      namespace: 'default',
      name: 'trouble',
      fieldManager: 'test',
      onChange: () => undefined,
      onTrouble: console.error,
      signal: ending.signal,
    };
    const onTrouble = (trouble: unknown) => void troubles.push(trouble);
    holdLease({ ...options, holder: 'without', connection: connectBy(kubeconfig), onTrouble });
    await eventually(async () => expect(troubles[0]).to.be.instanceOf(Refusal), 20_000);
    const other = holdLease({ ...options, holder: 'with', connection: admin });
    await eventually(async () => expect(troubles.slice(1)).to.deep.equal(['over']), 20_000);
    await other.release();
    ending.abort();
  });

  it('who leads stops when the API server is away for a minute, and somebody leads when it is back', async () => {
    const former = await leader();
    await stopApiServer(cluster);
    const away = Date.now();
    await eventually(async () => expect((await said(former)).at(-1)).to.equal('stands by'), 30_000);
    await sleep(60_000 - (Date.now() - away));
    await startApiServer(cluster);
    const back = new Date();
    const chosen = await eventually(leader, 30_000);
    await Promise.any(alive.map((one) => writes(one, back)));
    console.log(`      API server back: ${chosen.name} writes after ${Date.now() - back.getTime()} ms`);
    await stopChanging();
    await eventually(expectLastChange, 20_000);
  });

  it('after kill -9 another leads when the Lease has run out, and does what nobody was there to do', async () => {
    const former = await leader();
    await sayReady(cluster);
    const apiService = () => get(cluster, 'apiservice', 'v1beta1.metrics.k8s.io');
    await eventually(async () => expect(await apiService()).to.not.equal(undefined), 20_000);
    signal(former.process.pid, 'SIGKILL');
    const killed = Date.now();
    await admin.send({ method: 'DELETE', path: configPath });
    await next(former);
    console.log(`      kill -9: another leads after ${Date.now() - killed} ms`);
    expect(Date.now() - killed).to.be.within(8000, 25_000);
    await eventually(async () => expect(await apiService()).to.equal(undefined), 20_000);
  });

  it('at no time has anybody written who did not lead', async () => {
    const sent = await requests(cluster.auditLog, { user: operatorUser });
    const { leaders, strangers } = leadership(sent, all);
    expect(strangers).to.deep.equal([]);
    expect(new Set(leaders).size, leaders.join()).to.equal(3);
  });
});

function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}
