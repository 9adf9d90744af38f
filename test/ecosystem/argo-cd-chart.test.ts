import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { operatorImage, pushOperator } from '../../local-cluster/images.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { startNodeCluster } from '../../local-cluster/node-cluster.ts';
import { chart, root } from '../chart/manifests.ts';
import { eventually } from '../cluster/eventually.ts';
import { repository } from '../cluster/node/zero-gap.ts';
import { applyYaml, expectCondition, get } from '../cluster/objects.ts';
import { stateFolder } from '../cluster/state-folder.ts';
import { type ArgoCd, startArgoCd } from './argo-cd.ts';

const application = ['-n', 'argocd', 'application', 'metrics-server-operator'];

/** The Application of docs/install.md, with another repository and the values of this cluster. */
async function applicationOfPage(url: string, digest: string): Promise<object> {
  const page = await readFile(join(root, 'docs/install.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(apiVersion: argoproj\.io.*?)```/s.exec(page) ?? [];
  const { spec, ...rest } = parse(yaml);
  const { valuesObject } = spec.source.helm;
  const here = {
    ...valuesObject,
    image: { repository: operatorImage, digest },
    config: { ...valuesObject.config, spec: { image: { repository } } }, // there is one node, for one replica
  };
  const source = { ...spec.source, repoURL: url, targetRevision: 'main', helm: { valuesObject: here } };
  const metadata = { ...rest.metadata, finalizers: ['resources-finalizer.argocd.argoproj.io'] };
  return { ...rest, metadata, spec: { ...spec, source } };
}

/** As Argo CD's own server makes it. */
const project = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default', namespace: 'argocd' },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

describe('the chart, by Argo CD', function () {
  this.timeout(300_000);
  const started: { cluster?: LocalCluster; argo?: ArgoCd } = {};
  const there = () => {
    const { cluster, argo } = started;
    if (!cluster || !argo) throw new Error('Argo CD has not been started');
    return { cluster, argo };
  };

  before(async function () {
    this.timeout(2_400_000); // the first run builds everything
    started.cluster = await startNodeCluster({
      nodes: 1,
      kubeletCertificates: 'cluster-ca',
      state: stateFolder('argo-cd-chart'),
      say: (line) => console.log(`      ${line}`),
      diesWithParent: true,
    });
    started.argo = await startArgoCd(started.cluster);
  });
  after(async () => {
    await started.argo?.end();
    await started.cluster?.down();
  });

  it('makes operator, CRD and config from one Application, and calls it Healthy', async () => {
    const { cluster, argo } = there();
    await cp(chart, join(argo.repository.folder, 'charts/metrics-server-operator'), { recursive: true });
    await argo.repository.commit({});
    await applyYaml(cluster, JSON.stringify(project));
    const wanted = await applicationOfPage(argo.repository.url, await pushOperator(cluster));
    await applyYaml(cluster, JSON.stringify(wanted));
    await eventually(async () => {
      const { sync, health, config } = argo.reported.at(-1) ?? {};
      expect({ sync, health, config: config?.health }).to.deep.equal({
        sync: 'Synced',
        health: 'Healthy',
        config: 'Healthy',
      });
    }, 240_000);
    await expectCondition(cluster, 'Ready', { status: 'True', reason: 'Ready' });
  });

  it('goes with its Application, but for the CRD', async () => {
    const { cluster } = there();
    await cluster.kubectl(['delete', ...application, '--timeout=120s']);
    expect(await get(cluster, 'msc', 'metrics-server')).to.equal(undefined);
    expect(await get(cluster, 'crd', 'metricsserverconfigs.metrics-server.io')).not.to.equal(undefined);
    await eventually(
      async () => expect(await get(cluster, 'apiservice', 'v1beta1.metrics.k8s.io')).to.equal(undefined),
      60_000,
    );
  });
});
