import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { V1ContainerState, V1PodCondition } from '@kubernetes/client-node';
import { expect } from 'chai';
import { look } from '../../src/cli/diagnose/look.ts';
import { missingReport } from '../../src/cli/diagnose/missing.ts';
import { page } from '../../src/cli/diagnose/page.ts';
import { type Report, reportOf } from '../../src/cli/diagnose/report.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { changed, someFound } from '../installed/some-found.ts';
import { failure, node, now, pod, type SomeCluster, someCluster } from './some-cluster.ts';

// The answers are made up here, for many of them no API server gives at will; test/cluster/node/diagnose.test.ts has a real one.
async function report(changes: SomeCluster = {}): Promise<Report> {
  return reportOf(await look(someCluster(changes).connection, {}));
}

const noIpSan = `Get "https://10.0.0.1:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs`;
const forbidden = 'request failed, status: "403 Forbidden"';
const oneMissing = { sampled: ['node-1'] };

describe('the diagnosis from the command line', () => {
  it("calls upstream's metrics-server healthy, by seven requests and without its log", async () => {
    const { connection, asked } = someCluster();
    const healthy = reportOf(await look(connection, {}));
    expect(healthy).to.deep.include({
      healthy: true,
      summary: '2 of 2 nodes are scraped',
      deployment: 'kube-system/metrics-server',
      config: null,
      nodes: { expected: 2, fresh: 2, stale: 0, missing: 0, excluded: 0 },
      problems: [],
      lacking: [],
    });
    expect(healthy.conditions.map(({ type, status }) => `${type} ${status}`)).to.deep.equal([
      'Available True',
      'Serving True',
      'Scraping True',
      'Secure False', // its manifests have insecureSkipTLSVerify
    ]);
    expect(asked).to.have.length(7);
    expect(asked.filter((path) => /log$|certificatesigning|subjectaccess/.test(path))).to.deep.equal([]);
  });

  it('names nodes, cause and remedy in flags', async () => {
    const [problem, ...others] = (await report({ ...oneMissing, log: failure('node-2', noIpSan) })).problems;
    expect(problem).to.include({ reason: 'KubeletCertNoIPSAN', count: 1 });
    expect(problem?.nodes).to.deep.equal(['node-2']);
    expect(problem?.remedy).to.match(/^Ways out, the best first: let the kubelets have serving certificates/);
    expect(problem?.remedy).to.include('--kubelet-insecure-tls').and.not.include('msc');
    expect(others).to.deep.equal([]);
  });

  it('names every node where no pod gets ready, and waits for none', async () => {
    const log = failure('node-1', noIpSan) + failure('node-2', noIpSan);
    const { problems, summary, healthy } = await report({
      pods: [pod('node-1', 40)],
      sampled: undefined,
      log,
    });
    expect(problems.map(({ reason, nodes }) => ({ reason, nodes }))).to.deep.equal([
      { reason: 'KubeletCertNoIPSAN', nodes: ['node-1', 'node-2'] },
    ]);
    expect(summary).to.equal('The metrics API does not answer: KubeletCertNoIPSAN');
    expect(healthy).to.equal(false);
  });

  it('reads the last words of a container that keeps ending where its pod does not have them', async () => {
    const ending = pod('node-1', 40);
    const [sidecar, ours] = ending.status?.containerStatuses ?? [];
    if (ours === undefined || sidecar === undefined) throw new Error('no status');
    const terminated = { exitCode: 2, reason: 'Error' };
    const lastState = { terminated };
    const inState = (state: V1ContainerState) => {
      const conditions: V1PodCondition[] = [];
      const containerStatuses = [sidecar, { ...ours, ready: false, state, lastState, restartCount: 4 }];
      return [{ ...ending, status: { ...ending.status, conditions, containerStatuses } }];
    };
    const pods = inState({ waiting: { reason: 'CrashLoopBackOff' } });
    // As 0.9.0 wrote it on a real node.
    const log =
      'panic: metric-resolution should be larger than kubelet-request-timeout, but metric-resolution value 10s kubelet-request-timeout value 10s provided\n\ngoroutine 1 [running]:\nmain.main()\n';
    const [problem] = (await report({ pods, sampled: undefined, log })).problems;
    expect(problem?.reason).to.equal('ResolutionVsTimeout');
    expect(problem?.message).to.include('Set --metric-resolution well above --kubelet-request-timeout');
    for (const state of [{ running: { startedAt: now } }, { terminated }]) {
      const [same] = (await report({ pods: inState(state), sampled: undefined, log })).problems;
      expect(same?.reason, 'between two ends').to.equal('ResolutionVsTimeout');
    }
    const blind = await report({ pods, sampled: undefined, log, forbidden: ['pods/log'] });
    expect(blind.problems.map(({ reason }) => reason)).to.deep.equal(['CrashLoop']);
    expect(blind.lacking.map(({ right }) => right)).to.deep.equal(['get pods/log in kube-system']);
  });

  it('asks whether metrics-server lacks a right only where a kubelet says 403', async () => {
    const { connection, asked } = someCluster({
      ...oneMissing,
      log: failure('node-2', forbidden),
      mayScrape: true,
    });
    const [problem] = reportOf(await look(connection, {})).problems;
    expect(problem?.remedy).to.include('the API server grants it, so the kubelet does not ask');
    expect(asked).to.include('/apis/authorization.k8s.io/v1/subjectaccessreviews');
    const [lacking] = (await report({ ...oneMissing, log: failure('node-2', forbidden), mayScrape: false }))
      .problems;
    expect(lacking?.remedy).to.include('--serviceaccount=kube-system:metrics-server');
  });

  it('names the request of a kubelet that has no certificate', async () => {
    const requests = [{ metadata: { name: 'csr-7' }, spec: { username: 'system:node:node-2' } }];
    const log = failure('node-2', 'remote error: tls: internal error');
    const [problem] = (await report({ ...oneMissing, log, requests })).problems;
    expect(problem?.reason).to.equal('KubeletServingCSRPending');
    expect(problem?.remedy).to.include('kubectl certificate approve csr-7');
    const { lacking } = await report({ ...oneMissing, log, forbidden: ['certificatesigningrequests'] });
    expect(lacking.map(({ right }) => right)).to.deep.equal(['list certificatesigningrequests']);
  });

  it('guesses no cause without the right to read the log', async () => {
    const { problems, lacking } = await report({
      ...oneMissing,
      log: failure('node-2', noIpSan),
      forbidden: ['pods/log'],
    });
    expect(problems.map(({ reason, nodes }) => [reason, nodes])).to.deep.equal([
      ['NodesMissing', ['node-2']],
    ]);
    expect(lacking).to.deep.equal([
      { right: 'get pods/log in kube-system', unknown: 'why nodes are not scraped' },
    ]);
  });

  it('cannot tell without the right to list nodes', async () => {
    const { healthy, nodes, lacking, conditions, problems } = await report({ forbidden: ['/api/v1/nodes'] });
    expect({ healthy, nodes, problems }).to.deep.equal({ healthy: null, nodes: null, problems: [] });
    expect(lacking.map(({ right }) => right)).to.deep.equal(['list nodes']);
    expect(conditions.find(({ type }) => type === 'Scraping')?.status).to.equal('Unknown');
  });

  it('cannot tell without the right to ask the metrics API', async () => {
    const { healthy, lacking, summary } = await report({ forbidden: ['metrics.k8s.io/v1beta1/nodes'] });
    expect(healthy).to.equal(null);
    expect(summary).to.equal('Whether the metrics API answers is not known');
    expect(lacking.map(({ right }) => right)).to.deep.equal(['list nodes.metrics.k8s.io']);
  });

  it('can tell without the right to list pods, by what the Deployment says', async () => {
    const { healthy, lacking, conditions } = await report({ forbidden: ['/pods'] });
    expect(healthy).to.equal(true);
    expect(lacking.map(({ right }) => right)).to.deep.equal(['list pods in kube-system']);
    expect(conditions.find(({ type }) => type === 'Secure')?.message).to.equal('Pods may not be listed.');
  });

  it('reads on in pages of nodes', async () => {
    const { connection } = someCluster({ sampled: ['node-1', 'node-3'] });
    const pages = [
      { metadata: { continue: 'more' }, items: [node('node-1')] },
      { metadata: {}, items: [node('node-3')] },
    ];
    const asked: unknown[] = [];
    const send: typeof connection.send = async (request) => {
      if (request.path !== '/api/v1/nodes') return await connection.send(request);
      asked.push(request.query?.continue);
      return JSON.parse(JSON.stringify(pages.shift()));
    };
    expect(reportOf(await look({ ...connection, send }, {})).summary).to.equal('2 of 2 nodes are scraped');
    expect(asked).to.deep.equal([undefined, 'more']);
  });

  it('is not stopped by flags that no config can say, nor by flags without an equals sign', async () => {
    const args = [
      '--metric-resolution',
      '60s',
      '--secure-port=443',
      '--kubelet-port=10255',
      '--vendor-flag',
      '--node-selector=a>1',
    ];
    const found = changed(someFound('upstream-0.9'), { args });
    const seen = await look(someCluster({ found }).connection, {});
    expect(seen.facts.spec).to.include({ resolution: '60s', servingPort: 443 });
    expect(reportOf(seen).healthy).to.equal(true);
  });

  it('calls nothing stale too soon where a shell makes the flags', async () => {
    const container = { command: ['/bin/sh', '-c', 'exec /metrics-server $FLAGS'], args: [] };
    const { facts } = await look(
      someCluster({ found: changed(someFound('upstream-0.9'), container) }).connection,
      {},
    );
    expect(facts.spec.resolution).to.equal('60s');
  });

  it('takes no right to be lacking where metrics-server refuses the API server itself', async () => {
    const cluster = someCluster();
    const list = () =>
      Promise.reject(new Refusal(403, '{"message":"User \\"system:anonymous\\" cannot list resource"}'));
    const { lacking, problems } = reportOf(await look({ ...cluster.connection, list }, {}));
    expect(lacking).to.deep.equal([]);
    expect(problems.map(({ reason }) => reason)).to.deep.equal(['FrontProxyRejected']);
  });

  it('says so where the named Deployment is not what the APIService leads to', async () => {
    const found = { ...someFound('upstream-0.9'), service: undefined, apiService: undefined };
    const seen = await look(someCluster({ found }).connection, { deployment: 'metrics-server' });
    const { healthy, conditions } = reportOf(seen);
    expect(healthy).to.equal(false);
    expect(conditions.find(({ type }) => type === 'Serving')?.message).to.equal(
      'APIService v1beta1.metrics.k8s.io does not lead to Deployment kube-system/metrics-server.',
    );
  });

  it('says what could not be read where the API server fails', async () => {
    const { connection, asked } = someCluster();
    const send: typeof connection.send = async (request) => {
      if (request.path === '/api/v1/nodes') throw new Refusal(500, '{"message":"etcd is slow"}');
      return await connection.send(request);
    };
    const failed = (changes: object) =>
      look({ ...connection, ...changes }, {}).catch((error: Error) => error.message);
    expect(await failed({ send })).to.equal('cannot list nodes: etcd is slow');
    const before = asked.length;
    const lost = async (request: { path: string }) => {
      asked.push(request.path);
      throw new TypeError('fetch failed', { cause: new Error('connect ETIMEDOUT') });
    };
    expect(await failed({ send: lost })).to.match(
      /^cannot get APIService v1beta1\.metrics\.k8s\.io: connect ETIMEDOUT; see that the API server/,
    );
    expect(asked.length - before, 'it is not asked twice').to.equal(1);
  });

  it('looks at the Deployment of a config where nothing is registered, for its pods may be why', async () => {
    const before = someFound('upstream-0.9');
    const annotations = { 'metrics-server.io/owner': 'mine' };
    const owner = { apiVersion: 'metrics-server.io/v1alpha1', kind: 'MetricsServerConfig' };
    const ownerReferences = [{ ...owner, name: 'mine', uid: 'u', controller: true }];
    const metadata = { ...before.deployment.metadata, name: 'mine-b', annotations, ownerReferences };
    const ready = { type: 'Ready', status: 'False', reason: 'BreakerOpen', message: 'It was dead.' };
    const config = {
      metadata: { name: 'mine' },
      spec: { namespace: 'kube-system' },
      status: { conditions: [ready] },
    };
    const bare = { service: undefined, apiService: undefined };
    const found = { ...bare, deployment: { ...before.deployment, metadata } };
    const ours = await report({ found, config });
    expect(ours).to.deep.include({
      healthy: false,
      deployment: 'kube-system/mine-b',
      config: { name: 'mine', ready: 'False, BreakerOpen: It was dead.' },
      summary:
        'The metrics API does not answer: NotRegistered; this cluster has no APIService v1beta1.metrics.k8s.io',
    });
    const unlisted = await report({ found: bare, forbidden: ['metricsserverconfigs'] });
    expect(unlisted).to.include({ healthy: false, deployment: 'kube-system/metrics-server' });
    expect(unlisted.conditions.find(({ type }) => type === 'Serving')?.message).to.include('no APIService');
  });

  it('cannot tell where nothing is registered and nothing runs', async () => {
    const { connection } = someCluster({ found: { apiService: undefined, service: undefined } });
    const send: typeof connection.send = async (request) => {
      if (request.path.includes('/deployments/')) throw new Refusal(404, '');
      return await connection.send(request);
    };
    const error = await look({ ...connection, send }, {}).catch((error: Error) => error.message);
    expect(error).to.match(/^this cluster has no APIService .*; name a Deployment with --deployment/);
  });

  const gone = async (changes: SomeCluster) => {
    const { connection } = someCluster({ sampled: undefined, ...changes });
    const send: typeof connection.send = async (request) => {
      if (request.path.includes('/deployments/')) throw new Refusal(404, '');
      if (request.path.endsWith('/deployments')) return JSON.parse('{"items":[]}');
      return await connection.send(request);
    };
    const without = { ...connection, send };
    return await look(without, {}).then(reportOf, (error) => missingReport(without, error));
  };

  it('reports a Deployment that is gone, and says of manifests that they are to be applied again', async () => {
    const told = await gone({});
    const { problems, conditions } = told;
    expect(told)
      .to.have.all.keys(Object.keys(await report()))
      .and.to.deep.include({
        healthy: false,
        summary: 'The metrics API does not answer: its Deployment is gone',
        deployment: null,
        config: null,
        lacking: [],
      });
    expect(problems).to.deep.equal([
      {
        reason: 'MissingEndpoints',
        message:
          'Service kube-system/metrics-server selects pods with k8s-app=metrics-server, which no Deployment of kube-system makes.',
        remedy: 'Apply metrics-server again as its manifests or its chart have it.',
      },
    ]);
    expect(conditions[1]?.message).to.include('no endpoints available');
  });

  it('reports a Service that is gone together with its Deployment', async () => {
    const [problem] = (await gone({ found: { service: undefined } })).problems;
    expect(problem?.reason).to.equal('ServiceNotFound');
    expect(problem?.message).to.include('names Service kube-system/metrics-server, which does not exist');
  });

  it('looks at the operator where a config would have the Deployment made again', async () => {
    const { apiService } = someFound('upstream-0.9');
    const annotations = { 'metrics-server.io/owner': 'mine' };
    const found = { apiService: { ...apiService, metadata: { ...apiService.metadata, annotations } } };
    const ready = { type: 'Ready', status: 'True', reason: 'Ready', message: 'All is well.' };
    const config = (mode: string) => ({
      metadata: { name: 'mine' },
      spec: { mode },
      status: { conditions: [ready] },
    });
    const managed = await gone({ found, config: config('Manage') });
    expect(managed.config).to.deep.equal({ name: 'mine', ready: 'True, Ready: All is well.' });
    expect(managed.problems[0]?.remedy)
      .to.include('kubectl get pods,lease -n metrics-server-operator')
      .and.include('what MetricsServerConfig mine says of itself is old');
    expect(page(managed, false)).to.match(
      /^The metrics API does not answer: its Deployment is gone\nNo Deployment runs it; MetricsServerConfig mine owns it, and says Ready True, /,
    );
    const paused = await gone({ found, config: config('Paused') });
    expect(paused.problems[0]?.remedy).to.include(`kubectl patch msc mine`).and.include('"mode":"Manage"');
    const unread = await gone({ found, config: {}, forbidden: ['metricsserverconfigs'] });
    expect(unread.config).to.deep.equal({ name: 'mine', ready: null });
    expect(unread.lacking.map(({ right }) => right)).to.deep.equal(['get metricsserverconfigs']);
    const leftBehind = await gone({ found });
    expect(leftBehind.problems[0]?.remedy).to.match(/^Apply metrics-server again/);
  });

  it('cannot tell what makes the pods where the metrics API answers, or may not be asked', async () => {
    const said = (changes: SomeCluster) => gone(changes).catch((error: Error) => error.message);
    for (const changes of [{ sampled: ['node-1'] }, { forbidden: ['metrics.k8s.io/v1beta1/nodes'] }])
      expect(await said(changes)).to.include('which no Deployment of kube-system makes');
  });

  it('has nothing to say of what is no metrics-server', async () => {
    const found = changed(someFound('upstream-0.9'), {
      name: 'adapter',
      image: 'prometheus-adapter',
      args: ['--prometheus-url=http://p'],
    });
    const error = await look(someCluster({ found }).connection, {}).catch((error: Error) => error.message);
    expect(error).to.include('Deployment kube-system/metrics-server is no metrics-server');
  });

  it('looks at the namesake of a Service that is gone, for that is the fault', async () => {
    const { healthy, problems } = await report({ found: { service: undefined }, sampled: undefined });
    expect(healthy).to.equal(false);
    expect(problems.map(({ reason }) => reason)).to.deep.equal(['EndpointsNotFound']);
  });

  it('says of what the operator has made whose it is, and what that says of it', async () => {
    const before = someFound('upstream-0.9');
    const metadata = { ...before.deployment.metadata, annotations: { 'metrics-server.io/owner': 'mine' } };
    const ready = { type: 'Ready', status: 'False', reason: 'KubeletRefused', message: 'b is down.' };
    const config = { spec: {}, status: { conditions: [ready] } };
    const found = { ...before, deployment: { ...before.deployment, metadata } };
    const log = failure('node-2', noIpSan);
    const ours = await report({ ...oneMissing, found, config, log });
    expect(ours.config).to.deep.equal({ name: 'mine', ready: 'False, KubeletRefused: b is down.' });
    expect(ours.problems[0]?.remedy).to.include('kubectl patch msc mine');
    const unread = await report({ ...oneMissing, found, log, forbidden: ['metricsserverconfigs'] });
    expect(unread.config).to.deep.equal({ name: 'mine', ready: null });
    expect(unread.lacking.map(({ right }) => right)).to.deep.equal(['get metricsserverconfigs']);
  });
});

describe('the page of a diagnosis', () => {
  it('says what is wrong in plain text where there are no colours', async () => {
    const text = page(
      await report({ ...oneMissing, log: failure('node-2', 'connect: connection refused') }),
      false,
    );
    expect(text.split('\n').slice(0, 9)).to.deep.equal([
      '1 of 2 nodes are scraped',
      'Deployment kube-system/metrics-server, image registry.k8s.io/metrics-server/metrics-server:v0.9.0; no MetricsServerConfig owns it',
      '',
      'CONDITION  STATUS   REASON',
      'Available  True     PodsReady',
      'Serving    True     Answers',
      'Scraping   False    KubeletRefused',
      'Secure     False    ServingNotVerified',
      '',
    ]);
    expect(text).to.include(
      '\nKubeletRefused, 1 node: node-2\n  connect: connection refused\n  Nobody listens there',
    );
  });

  it('has colours on a terminal', async () => {
    const healthy = await report();
    expect(page(healthy, true)).to.include('\x1b[32m2 of 2 nodes are scraped\x1b[0m');
    expect(page(healthy, false)).to.not.include('\x1b');
  });

  it('names ten nodes and counts the others', async () => {
    const names = Array.from({ length: 14 }, (_, index) => `node-${index + 1}`);
    const log = names
      .slice(1)
      .map((name) => failure(name, forbidden))
      .join('');
    const text = page(
      await report({ nodes: names.map((name) => node(name)), sampled: ['node-1'], log }),
      false,
    );
    expect(text).to.match(/KubeletForbidden, 13 nodes: node-\d+(, node-\d+){9} and 3 more\n/);
  });

  it('names the rights that are lacking', async () => {
    const text = page(await report({ ...oneMissing, forbidden: ['pods/log'] }), false);
    expect(text).to.include(
      'Rights that this account lacks:\n  get pods/log in kube-system: without it, it is not known why nodes are not scraped',
    );
  });
});

describe('npm run diagnose', () => {
  const root = join(import.meta.dirname, '../..');
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(program, args, {
      timeout: 20_000,
      env: { ...process.env, KUBECONFIG: '/nowhere' },
    }).catch((error: Error & { code: number; stdout: string; stderr: string }) => error);
  const diagnose = (...args: string[]) => run(process.execPath, join(root, 'src/cli/diagnose.ts'), ...args);

  it('ends with 2 and one sentence where there is no kubeconfig', async () => {
    const failed = await diagnose('--kubeconfig', '/nowhere');
    expect(failed).to.include({ code: 2, stdout: '' });
    expect(failed.stderr).to.match(/^diagnose: cannot read the kubeconfig \/nowhere: [^\n]+\n$/);
  });

  it('ends with 2 and one sentence where the API server is out of reach', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'diagnose-'));
    const kubeconfig = join(folder, 'config');
    const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:65529' } };
    const context = { name: 'c', context: { cluster: 'c', user: 'c' } };
    const users = [{ name: 'c', user: { token: 't' } }];
    const config = { clusters: [cluster], contexts: [context], users, 'current-context': 'c' };
    await writeFile(kubeconfig, JSON.stringify(config));
    const failed = await diagnose('--kubeconfig', kubeconfig, '-o', 'json');
    await rm(folder, { recursive: true });
    expect(failed).to.include({ code: 2 });
    const printed = JSON.parse(failed.stdout);
    expect(`diagnose: ${printed.summary}\n`).to.equal(failed.stderr);
    expect(printed).to.deep.include({ healthy: null, deployment: null, conditions: [], problems: [] });
    expect(printed).to.have.all.keys(Object.keys(await report()));
    expect(failed.stderr).to.match(
      /^diagnose: cannot get APIService v1beta1\.metrics\.k8s\.io: connect ECONNREFUSED 127\.0\.0\.1:65529; see that the API server[^\n]+\n$/,
    );
  });

  it('ends with 2 and shows its usage where an option is wrong', async () => {
    const failed = await diagnose('-o', 'yaml');
    expect(failed).to.include({ code: 2, stdout: '' });
    expect(failed.stderr).to.match(
      /^diagnose: there is no output yaml\nusage: metrics-server-operator diagnose/,
    );
  });

  it('is a program for npx, which says what else it can do', async () => {
    const program = join(root, 'bin/metrics-server-operator');
    expect((await run(program, 'diagnose', '--help')).stdout).to.include(
      'usage: metrics-server-operator diagnose',
    );
    expect(await run(program, 'mend')).to.include({ code: 2 });
  });

  it('is a plugin of kubectl, too', async () => {
    const { stdout } = await run(join(root, 'bin/kubectl-metrics_server'), 'diagnose', '--help');
    expect(stdout).to.include('Exit code: 0 healthy, 1 problems, 2 could not tell.');
  });
}).timeout(20_000);
