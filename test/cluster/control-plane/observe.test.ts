import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { rightsFolder } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, statusOf } from '../objects.ts';
import { onControlPlane } from './on-control-plane.ts';
import { expectMayAsk, sayKeptFromStarting, sayUnready } from './pods-in-trouble.ts';

const diagnose = join(import.meta.dirname, '../../../src/cli/diagnose.ts');
const metadata = { name: 'theirs', namespace: 'elsewhere' };
const matchLabels = { app: 'theirs' };
const pod = {
  containers: [{ name: 'metrics-server', image: 'metrics-server:v0.8.1', args: ['--metric-resolution=20s'] }],
};

/** A metrics-server of others that has none of our names. */
const theirs = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: metadata.namespace } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, name: 'default' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { selector: { matchLabels }, template: { metadata: { labels: matchLabels }, spec: pod } },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, labels: matchLabels }, spec: pod },
  { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: matchLabels, ports: [{ port: 443 }] } },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: {
      ...{ group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
      ...{ service: metadata, insecureSkipTLSVerify: true },
    },
  },
];

describe('mode Observe, where others have installed metrics-server in a namespace of their own', function () {
  this.timeout(240_000);
  const running = onControlPlane('observe');

  it('says which right is missing', async () => {
    const { cluster } = running();
    for (const one of theirs) await eventually(() => applyYaml(cluster, JSON.stringify(one)), 30_000);
    await applyYaml(cluster, configYaml({ mode: 'Observe' }));
    const outOfSight = { status: 'Unknown', reason: 'OutOfSight' } as const;
    const { message } = await eventually(() => expectCondition(cluster, 'Available', outOfSight), 60_000);
    expect(message).to.include('may not list services in elsewhere').and.include('config/rbac/observe.yaml');
  });

  it('sees it with the rights of config/rbac/observe.yaml', async () => {
    const { cluster } = running();
    const text = await readFile(join(rightsFolder, 'observe.yaml'), 'utf8');
    await applyYaml(cluster, text.replaceAll('namespace: kube-system', `namespace: ${metadata.namespace}`));
    await eventually(async () => {
      expect((await statusOf(cluster)).observed?.deployment).to.equal('elsewhere/theirs');
    }, 180_000); // it is asked for again once a minute
  });

  it('may read the log of its pod with them, and tells what keeps another one from starting', async () => {
    const { cluster } = running();
    await sayUnready(cluster, metadata.namespace, 'theirs');
    await expectMayAsk(cluster, /elsewhere\/pods\/theirs\/log\?/);
    const starts = { ...metadata, name: 'starts', labels: matchLabels };
    await applyYaml(cluster, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: starts, spec: pod }));
    await sayKeptFromStarting(cluster, metadata.namespace, 'starts', 'the disk is away');
    await eventually(async () => {
      const { message } = await expectCondition(cluster, 'Available', {});
      expect(message).to.include('the disk is away');
    }, 60_000);
  });

  it('is a problem for the diagnosis once the Deployment is gone', async () => {
    const { cluster } = running();
    await cluster.kubectl(['delete', '-n', metadata.namespace, 'deployment,pod', metadata.name, '--now']);
    const args = [diagnose, '--kubeconfig', cluster.kubeconfig];
    const { code, stdout, stderr } = await promisify(execFile)(process.execPath, args).then(
      (output) => ({ code: 0, ...output }),
      (error) => error,
    );
    expect({ code, stderr }).to.deep.equal({ code: 1, stderr: '' });
    expect(stdout)
      .to.match(/^The metrics API does not answer: its Deployment is gone\n/)
      .and.include('which no Deployment of elsewhere makes.\n  Apply metrics-server again');
  });
});
