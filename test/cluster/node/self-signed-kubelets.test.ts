import { expect } from 'chai';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { startNodeCluster } from '../../../local-cluster/node-cluster.ts';
import {
  installOperator,
  type OperatorProcess,
  operatorKubeconfig,
  startOperator,
} from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';

const image = { mirrors: ['127.0.0.1:5000/metrics-server/metrics-server'] };

describe('on kubelets that signed their certificates themselves', function () {
  this.timeout(180_000);
  let cluster: LocalCluster;
  let operator: OperatorProcess;

  before(async function () {
    this.timeout(2_400_000); // the first run builds all of Kubernetes
    const say = (line: string) => console.log(`      ${line}`);
    cluster = await startNodeCluster({
      state: stateFolder('self-signed'),
      nodes: 1,
      kubeletCertificates: 'self-signed',
      say,
      diesWithParent: true,
    });
    await installOperator(cluster);
    operator = startOperator(await operatorKubeconfig(cluster), `${cluster.state}-operator.log`);
  });
  after(async () => {
    await operator?.end();
    await cluster?.down();
  });

  it('an empty tls is not ready, registers no APIService, and names the likely cause and the log', async () => {
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
