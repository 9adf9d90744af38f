import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { find, type Wanted } from '../../src/installed/find.ts';
import type { Found } from '../../src/installed/found.ts';
import { readerOn } from '../../src/installed/reader.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { changed, someFound } from '../installed/some-found.ts';

interface Cluster {
  apiService?: object;
  service?: object;
  deployments: KubernetesObject[];
  /** Paths that may not be read. */
  forbidden?: RegExp;
}

/** What an API server answers, and what it was asked. */
function clusterOf({ apiService, service, deployments, forbidden }: Cluster) {
  const asked: string[] = [];
  const named = (name: string) => deployments.find(({ metadata }) => metadata?.name === name);
  const at = (path: string): unknown => {
    const last = path.split('/').at(-1) ?? '';
    if (path === '/version') return { gitVersion: 'v1.36.3+k3s1' };
    if (path.endsWith('/apiservices/v1beta1.metrics.k8s.io')) return apiService;
    if (path.includes('/services/')) return service;
    if (path.endsWith('/deployments')) return { items: deployments };
    return path.includes('/deployments/') ? named(last) : undefined;
  };
  const send = async ({ path }: { path: string }) => {
    asked.push(path);
    if (forbidden?.test(path)) throw new Refusal(403, '{"message":"user \\"ci\\" cannot get it"}');
    const answer = at(path);
    if (answer === undefined) throw new Refusal(404, '{"message":"not found"}');
    return JSON.parse(JSON.stringify(answer));
  };
  return { asked, reader: readerOn({ send }) };
}

const found = someFound('chart');
const { deployment, service, apiService } = found;
const chart: Cluster = { apiService, service, deployments: [deployment] };
const adapter = changed(found, {
  name: 'prometheus-adapter',
  image: 'registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0',
  args: ['--prometheus-url=http://prometheus', '--secure-port=6443', '--metrics-relist-interval=1m'],
}).deployment;
const called = (name: string) => ({ ...deployment, metadata: { ...deployment.metadata, name } });

async function refusal(cluster: Cluster, wanted: Wanted = {}): Promise<string> {
  return find(clusterOf(cluster).reader, wanted).then(
    () => 'found',
    (error: Error) => error.message,
  );
}

async function nameOf(answer: Promise<Found>): Promise<string | undefined> {
  return (await answer).deployment.metadata?.name;
}

describe('the metrics-server of a cluster', () => {
  it('is where the APIService leads, whatever it is called, without any list', async () => {
    const { asked, reader } = clusterOf(chart);
    const { deployment, kubernetes } = await find(reader, {});
    expect(deployment.metadata?.name).to.equal('ms-metrics-server');
    expect(kubernetes).to.equal('1.36.3+k3s1');
    expect(asked.slice(0, 3)).to.deep.equal([
      '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io',
      '/api/v1/namespaces/monitoring/services/ms-metrics-server',
      '/apis/apps/v1/namespaces/monitoring/deployments/ms-metrics-server',
    ]);
    expect(asked.filter((path) => path.endsWith('/deployments'))).to.deep.equal([]);
  });

  it('is what the Service selects, where the Deployment has another name', async () => {
    const cluster = { ...chart, deployments: [called('ms-v0.7.2')] };
    expect(await nameOf(find(clusterOf(cluster).reader, {}))).to.equal('ms-v0.7.2');
  });

  it('is the named one, which need not serve', async () => {
    const other = someFound('upstream-0.9').deployment;
    const { reader } = clusterOf({ ...chart, deployments: [adapter, other] });
    const named = await find(reader, { namespace: 'kube-system', deployment: 'metrics-server' });
    expect(named.deployment.metadata?.namespace).to.equal('kube-system');
    expect(named).not.to.have.property('service');
    const selectorless = clusterOf({ ...chart, service: { ...service, spec: {} } });
    expect(await find(selectorless.reader, { deployment: 'ms-metrics-server' })).not.to.have.property(
      'service',
    );
  });

  it('is found also where nothing is registered, if it is named', async () => {
    const cluster = { deployments: [someFound('upstream-0.9').deployment] };
    expect(await nameOf(find(clusterOf(cluster).reader, { deployment: 'metrics-server' }))).to.equal(
      'metrics-server',
    );
  });

  const ours = {
    ...deployment.metadata,
    labels: { 'app.kubernetes.io/managed-by': 'metrics-server-operator' },
  };
  const cases: { when: string; cluster: Cluster; wanted?: Wanted; says: string }[] = [
    {
      when: 'nothing serves the metrics API',
      cluster: { deployments: [] },
      says: 'this cluster has no APIService v1beta1.metrics.k8s.io',
    },
    {
      when: 'the API server serves it itself',
      cluster: { ...chart, apiService: { spec: {} } },
      says: 'names no Service',
    },
    {
      when: 'the Service is gone',
      cluster: { ...chart, service: undefined },
      says: 'names Service monitoring/ms-metrics-server, which does not exist',
    },
    {
      when: 'the Service selects nothing',
      cluster: { ...chart, service: { ...service, spec: {} } },
      says: 'selects no pods, so the metrics API is served from elsewhere',
    },
    {
      when: 'no Deployment makes the pods',
      cluster: { ...chart, deployments: [] },
      says: 'which no Deployment of monitoring makes',
    },
    {
      when: 'two Deployments make the pods',
      cluster: { ...chart, deployments: [called('a'), called('b')] },
      says: 'Deployments a and b; choose one with --deployment',
    },
    {
      when: 'prometheus-adapter serves',
      cluster: { ...chart, deployments: [adapter] },
      says: 'is no metrics-server (it runs registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0',
    },
    {
      when: "it is the operator's",
      cluster: { ...chart, deployments: [{ ...deployment, metadata: ours }] },
      says: "is the operator's already",
    },
    {
      when: 'the named one does not exist',
      cluster: chart,
      wanted: { deployment: 'ms' },
      says: 'there is no Deployment monitoring/ms',
    },
    {
      when: 'it serves from another namespace',
      cluster: chart,
      wanted: { namespace: 'kube-system' },
      says: 'is served from namespace monitoring, not from kube-system',
    },
    {
      when: 'a right is missing',
      cluster: { ...chart, forbidden: /deployments/ },
      says: 'may not get Deployment monitoring/ms-metrics-server: user "ci" cannot get it; import needs get on apiservices, services, deployments',
    },
    {
      when: 'the right to list is missing',
      cluster: { ...chart, deployments: [called('x')], forbidden: /deployments$/ },
      says: 'may not list deployments in monitoring',
    },
  ];
  for (const { when, cluster, wanted, says } of cases) {
    it(`is refused in a sentence when ${when}`, async () => {
      expect(await refusal(cluster, wanted)).to.include(says);
    });
  }

  it('is read although the version of Kubernetes may not be', async () => {
    const { reader } = clusterOf({ ...chart, forbidden: /^\/version$/ });
    expect((await find(reader, {})).kubernetes).to.equal(undefined);
  });
});

describe('npm run import', function () {
  this.timeout(60_000); // it starts node several times, beside builds
  const run = (...args: string[]) => {
    const command = join(import.meta.dirname, '../../src/cli/import.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  it('explains itself', () => {
    const { status, stdout } = run('--help');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^usage: npm run --silent import -- /);
  });

  it('prints nothing but a sentence where it cannot go on', () => {
    expect(run('--kubeconfig', '/nowhere')).to.deep.include({ status: 1, stdout: '' });
    expect(run('--kubeconfig', '/nowhere').stderr).to.include('import: cannot read the kubeconfig /nowhere');
    expect(run('--cluster').stderr).to.include("Unknown option '--cluster'");
  });
});
