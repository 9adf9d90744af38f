import { execFile } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { requests } from '../../../local-cluster/audit.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import { startApiServer, stopApiServer } from '../../../local-cluster/faults.ts';
import { layout } from '../../../local-cluster/layout.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import {
  installOperator,
  installRights,
  type OperatorProcess,
  operatorKubeconfig,
  operatorUser,
  startOperator,
} from '../../../local-cluster/operator.ts';
import { startSilentRelay } from '../../../local-cluster/silent-relay.ts';
import { readMark } from '../../../local-cluster/state.ts';
import { references } from '../../../src/resources/references.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';
import { sayReady } from './on-control-plane.ts';

const service = ['-n', 'kube-system', 'service', 'metrics-server'];
// Configs, nodes, the two objects that all configs share, those of one config, its namespace, pods, ReplicaSets and endpoints.
const watches = 4 + references('metrics-server', 'kube-system').length + 4;

describe('watches and connections', function () {
  this.timeout(240_000);
  let cluster: LocalCluster;
  let operator: OperatorProcess | undefined;
  let test = 0;
  const logFile = () => `${cluster.state}/operator-${test}.log`; // each test reads its own

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    cluster = await startControlPlane({ state: stateFolder('watches'), say: console.log });
    await installOperator(cluster);
    await applyYaml(cluster, configYaml());
  });
  after(() => cluster?.down());
  beforeEach(() => {
    test += 1;
  });
  afterEach(async () => {
    await operator?.end();
    operator = undefined;
  });

  const started = async (kubeconfig: string) => {
    const since = new Date();
    operator = startOperator(kubeconfig, logFile());
    await eventually(async () => expect((await watched(since)).size).to.equal(watches), 60_000);
    await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'True', reason: 'Applied' }),
      30_000,
    );
    return operator;
  };
  /** What the operator has begun to watch since then, each once. */
  const watched = async (since: Date) => {
    const all = await requests(cluster.auditLog, { user: operatorUser, since });
    const accepted = all.filter(({ verb, code }) => verb === 'watch' && code === 200);
    return new Set(accepted.map(({ uri }) => uri.replace(/&(resourceVersion|timeoutSeconds)=[^&]*/g, '')));
  };
  const drift = (value: string) =>
    cluster.kubectl(['label', ...service, `k8s-app=${value}`, '--overwrite', '--field-manager=drifter']);
  const repaired = async (withinMs: number) => {
    const since = Date.now();
    await eventually(async () => {
      expect((await get(cluster, ...service))?.metadata?.labels).to.include({ 'k8s-app': 'metrics-server' });
    }, withinMs);
    return Date.now() - since;
  };
  const logged = async () => (await readFile(logFile(), 'utf8')).split('\n');

  it('outlive an API server that is away for a minute, and write nothing when it is back', async () => {
    await started(await operatorKubeconfig(cluster));
    await stopApiServer(cluster);
    await sleep(60_000);
    const since = new Date();
    await startApiServer(cluster);
    await eventually(async () => expect((await watched(since)).size).to.equal(watches), 60_000);
    console.log(
      `      all watches were back ${Date.now() - since.getTime()} ms after the API server was started`,
    );
    const writes = (await requests(cluster.auditLog, { user: operatorUser, since })).filter(
      ({ verb }) => !['get', 'list', 'watch'].includes(verb),
    );
    expect(writes.map(({ verb, uri }) => `${verb} ${uri}`)).to.deep.equal([]);
    await drift('after-outage');
    console.log(`      drift after the outage repaired after ${await repaired(10_000)} ms`);
  });

  it('notice a deletion that they missed, though the version they were at is gone', async () => {
    const { pid } = await started(await operatorKubeconfig(cluster));
    process.kill(pid, 'SIGSTOP');
    const before = await get(cluster, ...service);
    await cluster.kubectl(['delete', ...service]);
    await cluster.kubectl(['create', 'configmap', 'later', '--from-literal=a=b']);
    await stopApiServer(cluster);
    await startApiServer(cluster); // with an empty watch cache: it cannot tell what was before
    process.kill(pid, 'SIGCONT');
    await eventually(async () => {
      const uid = (await get(cluster, ...service))?.metadata?.uid;
      expect(uid).to.be.a('string').and.not.to.equal(before?.metadata?.uid);
    }, 60_000);
  });

  it('find a connection that has gone silent, and replace it', async () => {
    const { apiPort = 0 } = (await readMark(layout(cluster.state))) ?? {};
    const relay = await startSilentRelay(apiPort);
    try {
      const config = parse(await readFile(await operatorKubeconfig(cluster), 'utf8'));
      config.clusters[0].cluster.server = `https://127.0.0.1:${relay.port}`;
      const kubeconfig = join(cluster.state, 'relayed.kubeconfig');
      await writeFile(kubeconfig, stringify(config));
      await started(kubeconfig);
      relay.freeze();
      await drift('in-silence');
      console.log(`      drift on a silent connection repaired after ${await repaired(120_000)} ms`);
      relay.freeze(); // whatever it has opened since
      const ends = Date.now();
      expect(await operator?.end()).to.equal(0);
      console.log(`      ended ${Date.now() - ends} ms after SIGTERM, with an API server that says nothing`);
      const said = (await logged()).filter((line) => line.includes('connection replaced'));
      expect(said.at(-1)).to.include('does not answer on this connection');
    } finally {
      await operator?.end();
      await relay.close();
    }
  });

  it('take a new token from the file when the old one is refused', async () => {
    const kubeconfig = await operatorKubeconfig(cluster);
    await started(kubeconfig);
    // Another account of the same name: tokens of the old one are worthless, rights are bound to the name.
    await cluster.kubectl([
      '-n',
      'metrics-server-operator',
      'delete',
      'serviceaccount',
      'metrics-server-operator',
    ]);
    await installRights(cluster);
    await operatorKubeconfig(cluster);
    await sleep(15_000); // the API server believes a token for ten more seconds
    await drift('token');
    console.log(`      drift after the token was refused repaired after ${await repaired(60_000)} ms`);
    expect((await logged()).join('\n'))
      .to.include('Unauthorized')
      .and.include('connection replaced');
  });

  it('take a new client certificate from the file when the old one has expired', async () => {
    for (const namespace of ['kube-system', 'default']) {
      const grant = [
        'rolebinding',
        'by-certificate',
        `--user=${certified}`,
        '--role=metrics-server-operator',
      ];
      await cluster.kubectl(['-n', namespace, 'create', ...grant]);
    }
    const grant = ['clusterrolebinding', 'by-certificate', `--user=${certified}`];
    await cluster.kubectl(['create', ...grant, '--clusterrole=metrics-server-operator']);
    const expired = await kubeconfigWithCertificate(cluster, 0);
    operator = startOperator(expired, logFile());
    await eventually(async () => expect((await logged()).join('\n')).to.include('Unauthorized'), 30_000);
    await drift('certificate');
    const renewed = await kubeconfigWithCertificate(cluster, 1);
    await writeFile(expired, '{ this is no kubeconfig'); // as one sees it that is just being written
    await eventually(
      async () => expect((await logged()).join('\n')).to.include('credentials cannot be read'),
      60_000,
    );
    await rename(renewed, expired);
    console.log(`      drift after the certificate was renewed repaired after ${await repaired(60_000)} ms`);
  });

  it('take the APIService away when the config is deleted, though nobody collects garbage here', async () => {
    await started(await operatorKubeconfig(cluster));
    await sayReady(cluster);
    const api = ['apiservice', 'v1beta1.metrics.k8s.io'];
    await eventually(async () => expect(await get(cluster, ...api)).not.to.equal(undefined), 30_000);
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await eventually(async () => expect(await get(cluster, ...api)).to.equal(undefined), 10_000);
    expect(await get(cluster, ...service), 'there is no garbage collector').not.to.equal(undefined);
  });
});

const certified = 'operator-by-certificate'; // a common name holds 64 characters, fewer than the account's

/** A kubeconfig with a client certificate, valid for so many days; 0: expired. */
async function kubeconfigWithCertificate(cluster: LocalCluster, days: 0 | 1): Promise<string> {
  const { pki } = layout(cluster.state);
  const file = (name: string) => join(cluster.state, `client-${days}.${name}`);
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args);
  const request = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file('key'), '-out', file('csr')];
  await openssl('req', '-new', ...request, '-subj', `/CN=${certified}`);
  const ca = ['-CA', join(pki, 'ca.crt'), '-CAkey', join(pki, 'ca.key')];
  await openssl('x509', '-req', '-in', file('csr'), ...ca, '-days', `${days}`, '-out', file('crt'));
  const config = parse(await readFile(cluster.kubeconfig, 'utf8'));
  const user = {
    'client-certificate-data': (await readFile(file('crt'))).toString('base64'),
    'client-key-data': (await readFile(file('key'))).toString('base64'),
  };
  config.users = config.users.map(({ name }: { name: string }) => ({ name, user }));
  await writeFile(file('kubeconfig'), stringify(config), { mode: 0o600 });
  return file('kubeconfig');
}
