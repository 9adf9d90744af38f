import { expect } from 'chai';
import { restartKubelet } from '../../../local-cluster/faults.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, statusOf } from '../objects.ts';
import { onNodes } from './on-nodes.ts';

const image = { mirrors: ['127.0.0.1:5000/metrics-server/metrics-server'] };

describe('on kubelets that signed their certificates themselves', function () {
  this.timeout(180_000);
  const running = onNodes('self-signed', { nodes: 1, kubeletCertificates: 'self-signed' });

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
