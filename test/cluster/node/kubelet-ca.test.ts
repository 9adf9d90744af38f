import { join } from 'node:path';
import type { V1PodList } from '@kubernetes/client-node';
import { expect } from 'chai';
import { clientLeaf, signCertificate } from '../../../local-cluster/certificates.ts';
import { restartKubelet } from '../../../local-cluster/faults.ts';
import { layout } from '../../../local-cluster/layout.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { allowSecrets, grantReading } from '../rights.ts';
import { onNodes } from './on-nodes.ts';

const inNamespace = ['-n', 'kube-system'];
const pods = [...inNamespace, 'pods', '-l', 'k8s-app=metrics-server'];
const image = { mirrors: ['127.0.0.1:5000/metrics-server/metrics-server'] };

describe('on a kubelet without a certificate of the cluster CA', function () {
  this.timeout(240_000);
  const running = onNodes('kubelet-ca', { nodes: 1, kubeletCertificates: 'self-signed' });

  describe('which has signed one itself', () => {
    it('an empty tls is not ready, registers no APIService, and shows the first scrape error and both ways out within a minute', async () => {
      const { cluster } = running();
      const appliedAt = Date.now();
      await applyYaml(cluster, configYaml({ image }));
      const { message } = await eventually(
        () => expectCondition(cluster, 'Ready', { status: 'False', reason: 'KubeletCertNoIPSAN' }),
        60_000,
      );
      console.log(`      after ${(Date.now() - appliedAt) / 1000} s: ${message}`);
      expect(message)
        .to.include('node-1: ')
        .and.include('x509: ')
        .and.include('serverTLSBootstrap: true')
        .and.include('kubectl certificate approve')
        .and.include(
          `kubectl patch msc metrics-server --type=merge -p '{"spec":{"tls":{"kubelet":{"mode":"Insecure"}}}}'`,
        )
        .and.include('forge its metrics');
      await expectCondition(cluster, 'Stalled', { status: 'True' });
      await expectCondition(cluster, 'Serving', { status: 'False', reason: 'NotRegistered' });
    });

    it('the way out that the message gives up verification with works, word for word', async () => {
      const { cluster } = running();
      const { message } = await expectCondition(cluster, 'Ready', { status: 'False' });
      const [, patch = ''] = message.match(/kubectl (patch msc .*?}}}}')/) ?? [];
      const args = patch.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
      await cluster.kubectl(args);
      await eventually(
        () => expectCondition(cluster, 'Ready', { status: 'True', observedGeneration: 2 }),
        120_000,
      );
      expect((await statusOf(cluster)).effective).to.include({ kubeletTls: 'Insecure' });
      await expectCondition(cluster, 'Secure', { status: 'False', reason: 'KubeletNotVerified' });
    });

    it('the other way out heals without a change of the spec: kubelets with certificates of the cluster CA', async () => {
      const { cluster } = running();
      const remove = JSON.stringify({ spec: { tls: null } });
      await cluster.kubectl(['patch', 'msc', 'metrics-server', '--type=merge', '-p', remove]);
      // The old pod serves on, while the new one cannot scrape.
      const { message } = await eventually(async () => {
        const ready = await expectCondition(cluster, 'Ready', { status: 'True', observedGeneration: 3 });
        expect(ready.message).to.include('x509: ');
        return ready;
      }, 90_000);
      console.log(`      while the old pod serves: ${message}`);
      await expectCondition(cluster, 'Reconciling', { status: 'True' });
      await expectCondition(cluster, 'Secure', { status: 'False', reason: 'StricterPodNotReady' });
      const mendedAt = Date.now();
      await restartKubelet(cluster, 1, { kubeletCertificates: 'cluster-ca' });
      await eventually(async () => {
        await expectCondition(cluster, 'Ready', { status: 'True', observedGeneration: 3 });
        await expectCondition(cluster, 'Reconciling', { status: 'False' });
      }, 120_000);
      console.log(`      healed ${(Date.now() - mendedAt) / 1000} s after the kubelet was restarted`);
      expect((await statusOf(cluster)).effective).to.include({ kubeletTls: 'ClusterCA' });
      await eventually(
        () => expectCondition(cluster, 'Secure', { status: 'False', reason: 'ImageNotPinned' }),
        60_000,
      );
    });
  });

  describe('which has one of another CA', () => {
    const kubectl = (...args: string[]) => running().cluster.kubectl(args);
    const pki = (file: string) => join(layout(running().cluster.state).pki, file);

    const configure = (kubelet: object) => {
      const tls = { kubelet, serving: { mode: 'SelfSigned' } };
      return applyYaml(running().cluster, configYaml({ image, tls, upgrade: { onFailure: 'Report' } }));
    };
    const provideCa = () =>
      kubectl(
        ...inNamespace,
        'create',
        'configmap',
        'node-ca',
        `--from-file=ca.crt=${pki('another-ca.crt')}`,
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
      await kubectl('delete', 'msc', 'metrics-server');
      await eventually(
        async () =>
          expect(await get(cluster, ...inNamespace, 'deployment', 'metrics-server')).to.equal(undefined),
        90_000,
      );
      await restartKubelet(cluster, 1, { kubeletCertificates: 'another-ca' });
      await grantReading(cluster, 'configmaps', 'node-ca');
      await grantReading(cluster, 'secrets', 'scraper');
      await allowSecrets(cluster, ['scraper']);
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
      const { message } = await expectCondition(running().cluster, 'Secure', {
        reason: 'ServingNotVerified',
      });
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
});
