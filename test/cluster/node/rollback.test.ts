import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { expectCondition, statusOf } from '../objects.ts';
import { underQuestions } from './zero-gap.ts';

const otherPort = 10300;

describe('a change that fails', function () {
  this.timeout(240_000);
  const { cluster, begin, complete, deployment, restartOperator, nothingFailed } = underQuestions('rollback');
  const good = { resolution: '10s' };
  // Every node has an address of its own network only.
  const blind = { ...good, addressPriority: ['ExternalDNS'] };
  const halfBlind = { ...good, kubelet: { useNodeStatusPort: false, port: otherPort } };
  const relays: ChildProcess[] = [];
  after(() => {
    for (const relay of relays) relay.kill();
  });

  const rolledBack = async () => {
    const applied = await eventually(
      () => expectCondition(cluster(), 'Applied', { status: 'False', reason: 'RolledBack' }),
      150_000,
    );
    console.log(`      ${applied.message}`);
    return applied;
  };

  it('because its pod scrapes nothing is rolled back, and not one request for metrics fails', async () => {
    const before = await deployment();
    await begin(blind);
    await eventually(
      async () => expect(argsOf(await deployment())).to.include(addressFlag('ExternalDNS')),
      10_000,
    );
    const { message } = await rolledBack();
    expect(message).to.include('metrics-server runs, but cannot scrape the nodes');
    await eventually(async () => {
      expect((await deployment())?.status).to.include({
        replicas: 1,
        availableReplicas: 1,
        updatedReplicas: 1,
      });
    }, 60_000);
    expect(argsOf(await deployment())).to.deep.equal(argsOf(before));
    await nothingFailed('rollback');
  });

  it('is told as Degraded to GitOps tools, while what serves is told truthfully', async () => {
    await expectCondition(cluster(), 'Ready', { status: 'False', reason: 'RolledBack' });
    await expectCondition(cluster(), 'Stalled', { status: 'True' });
    await expectCondition(cluster(), 'Serving', { status: 'True' });
    await expectCondition(cluster(), 'Scraping', { status: 'True' });
    expect((await statusOf(cluster())).nodes).to.include({ scraped: '2/2' });
  });

  it('is not tried again by a new operator, which writes nothing', async () => {
    const since = new Date();
    await restartOperator();
    await sleep(20_000);
    const made = await requests(cluster().auditLog, { user: operatorUser, since });
    expect(made).not.to.have.length(0);
    expect(made.filter(({ verb }) => !['list', 'get', 'watch'].includes(verb))).to.deep.equal([]);
    await expectCondition(cluster(), 'Applied', { status: 'False', reason: 'RolledBack' });
  });

  it('is forgotten when the spec is set right, which replaces no pod', async () => {
    const before = await deployment();
    await begin(good);
    await complete(good);
    const now = await deployment();
    expect(revisionOf(now)).to.equal(revisionOf(before));
    expect(now?.metadata?.annotations).not.to.have.property('metrics-server.io/rolled-back');
    await nothingFailed('the spec set right');
  });

  it('because its pod loses one of two nodes is rolled back while the old pod serves', async () => {
    relays.push(relayOn(cluster(), 1));
    await begin(halfBlind);
    const { message } = await rolledBack();
    expect(message).to.match(
      /The new pod cannot scrape node-2, which the old one can\. node-2: .*connection refused/,
    );
    await eventually(async () => {
      expect((await deployment())?.status).to.include({
        replicas: 1,
        availableReplicas: 1,
        updatedReplicas: 1,
      });
    }, 60_000);
    expect((await statusOf(cluster())).nodes).to.include({ scraped: '2/2' });
    await nothingFailed('rollback for a lost node');
  });

  it('comes through when its cause is gone and someone asks for another attempt', async () => {
    relays.push(relayOn(cluster(), 2));
    const { message } = await expectCondition(cluster(), 'Applied', { reason: 'RolledBack' });
    const [, annotation = ''] = /(metrics-server\.io\/retry)=/.exec(message) ?? [];
    await cluster().kubectl(['annotate', 'msc', 'metrics-server', `${annotation}=now`]);
    await complete(halfBlind);
    expect(argsOf(await deployment())).to.include(`--kubelet-port=${otherPort}`);
    await nothingFailed('the second attempt');
  });
});

const addressFlag = (types: string) => `--kubelet-preferred-address-types=${types}`;

function argsOf(deployment: V1Deployment | undefined): string[] {
  return deployment?.spec?.template.spec?.containers[0]?.args ?? [];
}

function revisionOf(deployment: V1Deployment | undefined): string | undefined {
  return deployment?.metadata?.annotations?.['deployment.kubernetes.io/revision'];
}

/** Lets the kubelet of a node answer at another port as well. */
function relayOn(cluster: LocalCluster, node: number): ChildProcess {
  const command = ['socat', `TCP-LISTEN:${otherPort},fork,reuseaddr`, 'TCP:127.0.0.1:10250'];
  const [program = '', ...args] = cluster.inside?.(command, node) ?? [];
  return spawn(program, args, { stdio: 'inherit' });
}
