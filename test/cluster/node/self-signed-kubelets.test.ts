import { expect } from 'chai';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition } from '../objects.ts';
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
      () => expectCondition(cluster, 'Ready', { status: 'False', reason: 'NoMetricsYet' }),
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
    await expectCondition(cluster, 'Serving', { status: 'False', reason: 'NotRegistered' });
  });

  it('mode Insecure is ready, and the status shows the mode', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ image, tls: { kubelet: { mode: 'Insecure' } } }));
    await eventually(
      () => expectCondition(cluster, 'Ready', { status: 'True', observedGeneration: 2 }),
      120_000,
    );
    const effective = await cluster.kubectl([
      'get',
      'msc',
      'metrics-server',
      '-o',
      'jsonpath={.status.effective.kubeletTls}',
    ]);
    expect(effective).to.equal('Insecure');
  });
});
