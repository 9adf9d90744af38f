import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { pathOf } from '../../../local-cluster/binaries.ts';
import { restartKubelet, stopKubelet } from '../../../local-cluster/faults.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { startNodeCluster } from '../../../local-cluster/node-cluster.ts';
import type { Report } from '../../../src/cli/diagnose/report.ts';
import { eventually } from '../eventually.ts';
import { onFirstNode, upstreamManifests } from '../installs.ts';
import { applyYaml } from '../objects.ts';
import { readerKubeconfig } from '../rights.ts';
import { stateFolder } from '../state-folder.ts';
import { repository } from './zero-gap.ts';

const root = join(import.meta.dirname, '../../..');

/** All that a healthy report needs, and not a right more. */
const rights = [
  { apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'], verbs: ['get'] },
  { apiGroups: [''], resources: ['services'], verbs: ['get'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['list'] },
  { apiGroups: ['metrics.k8s.io'], resources: ['nodes'], verbs: ['list'] },
];

const often = ['--metric-resolution=10s', '--kubelet-request-timeout=5s'];

describe("the diagnosis of upstream's metrics-server, without an operator", function () {
  this.timeout(120_000);
  let cluster: LocalCluster;
  let reader: string;

  before(async function () {
    this.timeout(2_400_000); // the first run builds all of Kubernetes
    const say = (line: string) => console.log(`      ${line}`);
    const state = stateFolder('diagnose');
    const shape = { nodes: 2, kubeletCertificates: 'self-signed' } as const;
    cluster = await startNodeCluster({ ...shape, state, say, diesWithParent: true });
    reader = await readerKubeconfig(cluster, 'reader', rights);
  });
  after(() => cluster?.down());

  const apply = async (...flags: string[]) =>
    await applyYaml(cluster, await upstreamManifests('0.9.0', onFirstNode([...often, ...flags]), repository));
  const run = async (
    program: string,
    args: string[],
    path = '',
  ): Promise<{ code: number; stdout: string; stderr: string }> => {
    const env = { ...process.env, PATH: `${path}${delimiter}${process.env['PATH']}` };
    const options = { timeout: 30_000, env };
    return await promisify(execFile)(program, args, options).then(
      (output) => ({ code: 0, ...output }),
      (error) => error,
    );
  };
  const program = join(root, 'src/cli/diagnose.ts');
  const diagnose = (kubeconfig: string, ...args: string[]) =>
    run(process.execPath, [program, '--kubeconfig', kubeconfig, ...args]);
  const reportFor = async (kubeconfig: string): Promise<Report & { code: number }> => {
    const { code, stdout, stderr } = await diagnose(kubeconfig, '-o', 'json');
    expect(stderr).to.equal('');
    return { code, ...JSON.parse(stdout) };
  };
  const show = async () => {
    const { stdout } = await diagnose(cluster.kubeconfig);
    console.log(stdout.replace(/^/gm, '      | '));
  };

  it('cannot tell where nothing serves the metrics API', async () => {
    const { code, stdout, stderr } = await diagnose(reader);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^diagnose: this cluster has no APIService v1beta1\.metrics\.k8s\.io[^\n]+\n$/);
  });

  it('names both nodes with certificates that they signed themselves, and the ways out in flags', async () => {
    await apply();
    const { problems, code, healthy } = await eventually(async () => {
      const report = await reportFor(cluster.kubeconfig);
      expect(report.problems.map(({ reason }) => reason)).to.deep.equal(['KubeletCertNoIPSAN']);
      return report;
    }, 90_000);
    expect({ code, healthy }).to.deep.equal({ code: 1, healthy: false });
    expect(problems[0]?.nodes?.toSorted()).to.deep.equal(['node-1', 'node-2']);
    expect(problems[0]?.remedy).to.match(
      /^Ways out, the best first: let the kubelets have serving certificates/,
    );
    expect(problems[0]?.remedy)
      .to.include('Or do without verification: --kubelet-insecure-tls;')
      .and.not.include('msc');
    await show();
  });

  it('calls it healthy with --kubelet-insecure-tls, with no more rights than it needs, and as a plugin of kubectl', async () => {
    await apply('--kubelet-insecure-tls');
    const report = await eventually(async () => {
      const report = await reportFor(reader);
      expect(report).to.deep.include({ code: 0, healthy: true, problems: [], lacking: [] });
      return report;
    }, 90_000);
    expect(report.summary).to.equal('2 of 2 nodes are scraped');
    expect(report.conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).to.deep.equal([
      'Available True PodsReady',
      'Serving True Answers',
      'Scraping True AllNodesFresh',
      'Secure False KubeletNotVerified',
    ]);
    const kubectl = pathOf(cluster.bin, 'kubectl');
    const plugin = await run(
      kubectl,
      ['metrics-server', 'diagnose', '--kubeconfig', reader],
      join(root, 'bin'),
    );
    expect(plugin.stderr).to.equal('');
    expect(plugin.stdout).to.match(
      /^2 of 2 nodes are scraped\nDeployment kube-system\/metrics-server, image /,
    );
    await show();
  });

  it('names the node whose kubelet has stopped; and no cause without the right to read the log', async () => {
    await stopKubelet(cluster, 2);
    const [report, blind] = await eventually(async () => {
      const both = await Promise.all([reportFor(cluster.kubeconfig), reportFor(reader)]);
      // Each looks by itself, so one may still see the last sample where the other no longer does.
      expect(both.map(({ problems }) => problems.map(({ reason, nodes }) => [reason, nodes]))).to.deep.equal([
        [['KubeletRefused', ['node-2']]],
        [['NodesMissing', ['node-2']]],
      ]);
      return both;
    }, 45_000); // after 50 s the node is not ready, which is another thing
    expect(report).to.include({ code: 1, healthy: false, summary: '1 of 2 nodes are scraped' });
    expect(blind).to.include({ code: 1, healthy: false, summary: '1 of 2 nodes are scraped' });
    expect(blind.lacking).to.deep.equal([
      { right: 'get pods/log in kube-system', unknown: 'why nodes are not scraped' },
    ]);
    await show();
    await restartKubelet(cluster, 2);
    await eventually(async () => expect((await reportFor(reader)).code).to.equal(0), 60_000);
  });

  it('has only read', async () => {
    const all = await requests(cluster.auditLog, { user: 'system:serviceaccount:default:reader' });
    expect(all.length).to.be.greaterThan(0);
    expect([...new Set(all.map(({ verb }) => verb))].sort()).to.deep.equal(['get', 'list']);
  });
});
