import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Deployment, V1PodList } from '@kubernetes/client-node';
import { expect } from 'chai';
import { connectAsAdmin } from '../../../local-cluster/admin.ts';
import { Refusal } from '../../../src/platform/refusal.ts';
import { badSpecs } from '../../crds/bad-input.ts';
import { badOptions } from '../../crds/bad-options.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { onNodes } from './on-nodes.ts';

const image = { repository: '127.0.0.1:5000/metrics-server/metrics-server' };
const namespace = ['-n', 'kube-system'];

describe('a cluster of one node', function () {
  this.timeout(240_000);
  const running = onNodes('one-node', { nodes: 1, kubeletCertificates: 'cluster-ca' });

  const isRolledOut = async (spec: object) => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ image, resolution: '10s', ...spec }));
    const observedGeneration = (await get(cluster, 'msc', 'metrics-server'))?.metadata?.generation;
    await eventually(async () => {
      await expectCondition(cluster, 'Ready', { status: 'True', observedGeneration });
      await expectCondition(cluster, 'Available', { status: 'True', reason: 'PodsReady' });
    }, 120_000);
  };
  const container = async () => {
    const deployment = await get<V1Deployment>(
      running().cluster,
      ...namespace,
      'deployment',
      'metrics-server',
    );
    return deployment?.spec?.template.spec?.containers[0];
  };

  it('gets a memory limit where a LimitRange refuses the pods without one', async () => {
    const { cluster } = running();
    const limitRange = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'tight', namespace: 'kube-system' },
      spec: { limits: [{ type: 'Container', default: { memory: '150Mi' } }] },
    };
    await applyYaml(cluster, JSON.stringify(limitRange));
    await isRolledOut({});
    expect((await container())?.resources).to.deep.equal({
      requests: { cpu: '100m', memory: '200Mi' },
      limits: { memory: '400Mi' },
    });
    await cluster.kubectl([...namespace, 'delete', 'limitrange', 'tight']);
  });

  it('has its pods left alone by every bad change of the spec', async () => {
    const { cluster } = running();
    const admin = connectAsAdmin(cluster);
    const pods = async () => {
      const { items = [] } =
        (await get<V1PodList>(cluster, ...namespace, 'pods', '-l', 'k8s-app=metrics-server')) ?? {};
      return items.map(({ metadata, status }) => ({
        uid: metadata?.uid,
        containers: status?.containerStatuses?.map(({ containerID }) => containerID),
      }));
    };
    const deployment = async () =>
      (await get(cluster, ...namespace, 'deployment', 'metrics-server'))?.metadata?.generation;
    // What the test before has begun ends first.
    await cluster.kubectl(
      [...namespace, 'rollout', 'status', 'deployment/metrics-server', '--timeout=120s'],
      {
        timeoutMs: 130_000,
      },
    );
    await eventually(async () => expect(await pods()).to.have.length(1), 60_000);
    const before = { pods: await pods(), generation: await deployment() };
    const path = '/apis/metrics-server.io/v1alpha1/metricsserverconfigs/metrics-server';
    for (const { when, spec } of [...badSpecs, ...badOptions]) {
      const refused = await admin
        .send({
          method: 'PATCH',
          path,
          contentType: 'application/json-patch+json',
          body: [{ op: 'replace', path: '/spec', value: spec }],
        })
        .catch((error: unknown) => error);
      expect(refused, when).to.be.instanceOf(Refusal).that.includes({ why: 'invalid' });
    }
    await sleep(3000); // whatever the operator might have made of it
    expect({ pods: await pods(), generation: await deployment() }).to.deep.equal(before);
    console.log(`      ${badSpecs.length + badOptions.length} bad changes, nothing touched`);
  });

  it('runs two replicas, and replaces them', async () => {
    await isRolledOut({ availability: { replicas: 2 } });
    await isRolledOut({ availability: { replicas: 2 }, logging: { verbosity: 1 } });
    const pods = await get<V1PodList>(
      running().cluster,
      ...namespace,
      'pods',
      '-l',
      'k8s-app=metrics-server',
    );
    const ready = pods?.items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    expect(ready).to.have.length(2);
  });

  it("runs on the node's own network beside the kubelet, and says that a change costs a gap", async () => {
    const { cluster } = running();
    await isRolledOut({ scheduling: { hostNetwork: true } });
    expect((await container())?.args).to.include('--secure-port=10251');
    const { message } = await expectCondition(cluster, 'Accepted', { status: 'True' });
    expect(message).to.include('the old one ends first');
    await isRolledOut({ scheduling: { hostNetwork: true }, logging: { verbosity: 1 } });
    expect((await container())?.args).to.include('--v=1');
  });
});
