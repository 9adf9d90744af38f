import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { type Fixture, fixtureFile } from '../../installed/some-found.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, expectCondition, get } from '../objects.ts';
import { readerKubeconfig } from '../rights.ts';
import { onControlPlane } from './on-control-plane.ts';

const program = join(import.meta.dirname, '../../../src/cli/import.ts');
const reader = 'system:serviceaccount:default:importer';

/** All that importing needs, and not a right more; `list` only where the Deployment is not called like its Service. */
const rights = [
  { apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'], verbs: ['get'] },
  { apiGroups: [''], resources: ['services'], verbs: ['get'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['get'] },
];

describe('importing from a real API server', function () {
  this.timeout(90_000);
  const running = onControlPlane('import');
  let cluster: LocalCluster;
  let kubeconfig: string;

  before(async () => {
    cluster = running().cluster;
    kubeconfig = await readerKubeconfig(cluster, 'importer', rights);
    await cluster.kubectl(['create', 'namespace', 'monitoring']);
  });

  const patience = { timeout: 20_000 }; // whatever hangs is then named
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, '--kubeconfig', kubeconfig, ...args], patience);

  it('says so where nothing serves the metrics API', async () => {
    const failure = await run().catch((error: Error & { stderr: string; stdout: string }) => error);
    expect(failure.stdout).to.equal('');
    expect(failure.stderr).to.include('this cluster has no APIService v1beta1.metrics.k8s.io');
  });

  const cases: { fixture: Fixture; owner: string; says: string[]; differs?: string }[] = [
    { fixture: 'upstream-0.6', owner: 'kubectl', says: ['servingPort: 4443'] },
    {
      fixture: 'upstream-0.9',
      owner: 'kubectl',
      says: ['version: 0.9.0'],
      differs: 'Nothing that matters.', // so what the API server fills in is known
    },
    {
      fixture: 'chart',
      owner: 'Helm, release monitoring/ms (metrics-server-3.12.2)',
      says: ['namespace: monitoring', '# not carried over: container metrics-server-nanny'],
    },
  ];
  for (const { fixture, owner, says, differs = 'will be' } of cases) {
    it(`prints a config for ${fixture} that the API server accepts, and only gets what it needs`, async () => {
      await cluster.kubectl(['apply', '-f', fixtureFile(fixture)]);
      const since = new Date();
      const { stdout, stderr } = await run();
      const asked = await requests(cluster.auditLog, { user: reader, since });

      for (const text of says) expect(stdout).to.include(text);
      expect(stderr).to.include(`Present owner: ${owner}.`);
      expect(stderr.split('###')[1]).to.include(differs);
      expect(await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], { input: stdout })).to.include(
        'metricsserverconfig.metrics-server.io/metrics-server created (server dry run)',
      );
      expect([...new Set(asked.map(({ verb }) => verb))]).to.deep.equal(['get']);
      expect(asked.filter(({ code }) => code === 403)).to.deep.equal([]);
      await cluster.kubectl(['delete', '--wait=false', '-f', fixtureFile(fixture)]);
    });
  }

  it('lists Deployments only where the one that serves is not called like its Service, and says which right it lacks', async () => {
    const renamed = (await readFile(fixtureFile('chart'), 'utf8')).replace(
      'kind: Deployment\nmetadata:\n  name: ms-metrics-server',
      'kind: Deployment\nmetadata:\n  name: ms',
    );
    await applyYaml(cluster, renamed);
    const failure = await run().catch((error: Error & { stderr: string }) => error);
    expect(failure.stderr).to.include('may not list deployments in monitoring');
    expect(failure.stderr).to.include('import needs get on apiservices');
    await cluster.kubectl(['create', 'clusterrole', 'lister', '--verb=list', '--resource=deployments.apps']);
    await cluster.kubectl([
      'create',
      'clusterrolebinding',
      'lister',
      '--clusterrole=lister',
      '--serviceaccount=default:importer',
    ]);
    expect((await run()).stdout).to.include('# From Deployment monitoring/ms, image');
  });

  it('prints steps that hand metrics-server over when they are followed', async () => {
    await cluster.kubectl(['delete', '--ignore-not-found', 'apiservice', 'v1beta1.metrics.k8s.io']);
    await cluster.kubectl(['apply', '-f', fixtureFile('upstream-0.6')]);
    const { stdout, stderr } = await run();
    await applyYaml(cluster, stdout);
    const refused = { status: 'False' as const, reason: 'ForeignObject' as const };
    await eventually(() => expectCondition(cluster, 'Accepted', refused), 20_000);

    const [, command = '', patch = ''] = /^\d+\. kubectl (patch .*) -p '(.*)' /m.exec(stderr) ?? [];
    await cluster.kubectl([...command.split(' '), '-p', patch], { timeoutMs: patience.timeout });

    const underWay = { status: 'False' as const, reason: 'Adopting' as const };
    await eventually(() => expectCondition(cluster, 'Applied', underWay), 20_000);
    const place = ['-n', 'kube-system', 'deployment'];
    const made = await get<V1Deployment>(cluster, ...place, 'metrics-server-b');
    expect(made?.metadata?.labels).to.include({
      'app.kubernetes.io/managed-by': 'metrics-server-operator',
    });
    expect(made?.spec?.template.spec?.containers[0]?.args).to.include('--secure-port=4443');
    // There are no nodes here, so what was there before stays as it is.
    const theirs = await get<V1Deployment>(cluster, ...place, 'metrics-server');
    expect(theirs?.metadata?.labels).to.deep.equal({ 'k8s-app': 'metrics-server' });
    const again = await run('--deployment', 'metrics-server-b').catch(
      (error: Error & { stderr: string }) => error,
    );
    expect(again.stderr).to.include("Deployment kube-system/metrics-server-b is the operator's already");
  });

  it('prints a way by deletion where another controller would put it back, and that works, too', async () => {
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await eventually(async () => {
      const left = await get(cluster, '-n', 'kube-system', 'deployment', 'metrics-server-b');
      expect(left).to.equal(undefined);
    }, 50_000);
    await cluster.kubectl(['apply', '-f', fixtureFile('upstream-0.6')]);
    const mark = 'addonmanager.kubernetes.io/mode=EnsureExists';
    await cluster.kubectl(['-n', 'kube-system', 'label', 'deployment', 'metrics-server', mark]);
    const { stdout, stderr } = await run();
    await applyYaml(cluster, stdout);
    const refused = { status: 'False' as const, reason: 'ForeignObject' as const };
    await eventually(() => expectCondition(cluster, 'Accepted', refused), 20_000);

    const commands = [...stderr.matchAll(/^ +kubectl (delete .*)$/gm)].map(([, command = '']) => command);
    expect(commands.length).to.be.greaterThan(1);
    for (const command of commands) {
      await cluster.kubectl(command.split(' '), { timeoutMs: patience.timeout });
    }

    await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'True', reason: 'Applied' }),
      20_000,
    );
    const made = await get<V1Deployment>(cluster, '-n', 'kube-system', 'deployment', 'metrics-server');
    expect(made?.metadata?.labels).to.include({
      'app.kubernetes.io/managed-by': 'metrics-server-operator',
    });
  });
});
