import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Node, V1PodList } from '@kubernetes/client-node';
import { expect } from 'chai';
import { clientLeaf, signCertificate } from '../../../local-cluster/certificates.ts';
import { restartKubelet } from '../../../local-cluster/faults.ts';
import { layout } from '../../../local-cluster/layout.ts';
import { nodeFiles } from '../../../local-cluster/node-files.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { grantReading } from '../rights.ts';
import { onNodes } from './on-nodes.ts';

const inNamespace = ['-n', 'kube-system'];
const pods = [...inNamespace, 'pods', '-l', 'k8s-app=metrics-server'];

describe('on kubelets with certificates of another CA', function () {
  this.timeout(240_000);
  const running = onNodes('kubelet-ca', { nodes: 1, kubeletCertificates: 'self-signed' });
  const kubectl = (...args: string[]) => running().cluster.kubectl(args);
  const pki = (file: string) => join(layout(running().cluster.state).pki, file);

  const configure = (kubelet: object) => {
    const image = { mirrors: ['127.0.0.1:5000/metrics-server/metrics-server'] };
    const tls = { kubelet, serving: { mode: 'SelfSigned' } };
    return applyYaml(running().cluster, configYaml({ image, tls, upgrade: { onFailure: 'Report' } }));
  };
  const provideCa = () =>
    kubectl(
      ...inNamespace,
      'create',
      'configmap',
      'node-ca',
      `--from-file=ca.crt=${pki('front-proxy-ca.crt')}`,
    );
  const isServing = async () => {
    for (const type of ['Available', 'Serving', 'Scraping'] as const) {
      await expectCondition(running().cluster, type, { status: 'True' });
    }
  };
  const isReady = (observedGeneration: number) =>
    eventually(async () => {
      await expectCondition(running().cluster, 'Ready', { status: 'True', observedGeneration });
      await expectCondition(running().cluster, 'Reconciling', { status: 'False' });
    }, 180_000);
  const custom = { mode: 'CustomCA', caBundleRef: { name: 'node-ca' } };

  before(async () => {
    const { cluster } = running();
    const node = await get<V1Node>(cluster, 'node', 'node-1');
    const address = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    await signCertificate(layout(cluster.state).pki, {
      name: 'kubelet-serving',
      authority: 'front-proxy-ca', // any that is not the cluster's
      subject: '/O=system:nodes/CN=system:node:node-1',
      usage: 'serverAuth',
      names: [`IP:${address}`],
    });
    const file = nodeFiles(layout(cluster.state), 1).kubelet;
    const config = JSON.parse(await readFile(file, 'utf8'));
    const files = { tlsCertFile: pki('kubelet-serving.crt'), tlsPrivateKeyFile: pki('kubelet-serving.key') };
    await writeFile(file, JSON.stringify({ ...config, ...files }));
    await restartKubelet(cluster, 1);
    await grantReading(cluster, 'configmaps', 'node-ca');
    await grantReading(cluster, 'secrets', 'scraper');
  });

  it('CustomCA waits for the CA, then every node is scraped, and is verified', async () => {
    await configure(custom);
    await eventually(
      () => expectCondition(running().cluster, 'Applied', { status: 'False', reason: 'KubeletCAMissing' }),
      60_000,
    );
    const since = Date.now();
    await provideCa();
    await isReady(1);
    console.log(`      ready ${(Date.now() - since) / 1000} s after the CA was there`);
    const { message } = await expectCondition(running().cluster, 'Secure', { reason: 'ServingNotVerified' });
    expect(message).not.to.include('kubelets');
  });

  it('a pod that starts again finds its CA, though the ConfigMap has been deleted', async () => {
    await kubectl(...inNamespace, 'delete', 'configmap', 'node-ca');
    await eventually(
      () => expectCondition(running().cluster, 'Applied', { status: 'False', reason: 'KubeletCAMissing' }),
      30_000,
    );
    const names = async () =>
      (await get<V1PodList>(running().cluster, ...pods))?.items.map(({ metadata }) => metadata?.name) ?? [];
    const [before] = await names();
    await kubectl('delete', ...pods);
    await eventually(async () => {
      expect(await names())
        .to.have.length(1)
        .and.not.include(before);
      await isServing();
    }, 180_000);
    await provideCa();
    await isReady(1);
  });

  it('they are shown the client certificate: who it names needs the right, and with it all is well', async () => {
    const leaf = clientLeaf('scraper', '/CN=scraper');
    await signCertificate(layout(running().cluster.state).pki, leaf);
    const files = [`--cert=${pki('scraper.crt')}`, `--key=${pki('scraper.key')}`];
    await kubectl(...inNamespace, 'create', 'secret', 'tls', 'scraper', ...files);
    await configure({ ...custom, clientCertificateSecretRef: { name: 'scraper' } });
    const { message } = await eventually(async () => {
      const ready = await expectCondition(running().cluster, 'Ready', { observedGeneration: 2 });
      expect(ready.message).to.include('403');
      return ready;
    }, 120_000);
    console.log(`      without the right: ${message}`);
    const role = ['--clusterrole=system:metrics-server', '--user=scraper'];
    await kubectl('create', 'clusterrolebinding', 'scraper', ...role);
    await isReady(2);
  });
});
