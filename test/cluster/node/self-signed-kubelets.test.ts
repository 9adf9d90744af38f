import { expect } from 'chai';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition } from '../objects.ts';
import { onNodes } from './on-nodes.ts';

const image = { mirrors: ['127.0.0.1:5000/metrics-server/metrics-server'] };

describe('on kubelets that signed their certificates themselves', function () {
  this.timeout(180_000);
  const running = onNodes('self-signed', { nodes: 1, kubeletCertificates: 'self-signed' });

  it('an empty tls is not ready, registers no APIService, and names the likely cause and the log', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ image }));
    const { message } = await eventually(
      () => expectCondition(cluster, 'Ready', { status: 'False', reason: 'NoMetricsYet' }),
      120_000,
    );
    expect(message)
      .to.include('serving certificates')
      .and.include('kubectl logs -n kube-system deployment/metrics-server');
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
