import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from '../cluster/eventually.ts';
import { onNodes } from '../cluster/node/on-nodes.ts';
import { repository, underQuestions } from '../cluster/node/zero-gap.ts';
import { applyYaml, configYaml, expectCondition, get } from '../cluster/objects.ts';

// Two minutes each: what fails sooner is in test/cluster/node.
describe('a change that fails slowly', function () {
  this.timeout(240_000);
  const { cluster, begin, complete, deployment, nothingFailed } = underQuestions('rollback-ecosystem');
  const good = { resolution: '10s' };
  const applied = (reason: 'RolledBack' | 'RolloutFailed') =>
    eventually(() => expectCondition(cluster(), 'Applied', { status: 'False', reason }), 200_000);

  it('for want of its image is rolled back when every place has been tried', async () => {
    await begin({ ...good, image: { repository, tag: 'v0.0.1' } });
    const { message } = await applied('RolledBack');
    expect(message).to.match(/The image .*:v0\.0\.1 cannot be pulled.* It is tried again at /s);
    await begin(good);
    await complete(good);
    await nothingFailed('rollback for an image');
  });

  it('is only told where that is what the spec wants, and the old pod serves on', async () => {
    await begin({ ...good, image: { repository, tag: 'v0.0.1' }, upgrade: { onFailure: 'Report' } });
    const { message } = await applied('RolloutFailed');
    expect(message).to.include('upgrade.onFailure is Report');
    const [container] = (await deployment())?.spec?.template.spec?.containers ?? [];
    expect(container?.image).to.equal(`${repository}:v0.0.1`);
    await expectCondition(cluster(), 'Serving', { status: 'True' });
    await begin(good);
    await complete(good);
    await nothingFailed('a change that only is told');
  });
});

describe('a change that makes TLS stricter', function () {
  this.timeout(240_000);
  const running = onNodes('stricter', { nodes: 1, kubeletCertificates: 'self-signed' });

  it('than the kubelets are is not taken back: the old pod serves on, and Secure says so', async () => {
    const { cluster } = running();
    const spec = { image: { repository }, resolution: '10s' };
    await applyYaml(cluster, configYaml({ ...spec, tls: { kubelet: { mode: 'Insecure' } } }));
    const deployment = () => get<V1Deployment>(cluster, '-n', 'kube-system', 'deployment', 'metrics-server');
    await eventually(async () => {
      expect((await deployment())?.status).to.include({ availableReplicas: 1, updatedReplicas: 1 });
    }, 120_000);

    await applyYaml(cluster, configYaml(spec));
    await sleep(100_000); // any other change would have been taken back after a minute
    await expectCondition(cluster, 'Secure', { status: 'False', reason: 'StricterPodNotReady' });
    await expectCondition(cluster, 'Applied', { status: 'True', reason: 'Applied' });
    await expectCondition(cluster, 'Serving', { status: 'True' });
    const [container] = (await deployment())?.spec?.template.spec?.containers ?? [];
    expect(container?.args).not.to.include('--kubelet-insecure-tls');
  });
});
