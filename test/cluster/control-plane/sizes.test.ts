import type { V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { onControlPlane } from './on-control-plane.ts';

const namespace = ['-n', 'kube-system'];

describe('the size of metrics-server', function () {
  this.timeout(120_000);
  const running = onControlPlane('sizes');
  const resources = async () => {
    const deployment = await get<V1Deployment>(
      running().cluster,
      ...namespace,
      'deployment',
      'metrics-server',
    );
    return deployment?.spec?.template.spec?.containers[0]?.resources;
  };
  const becomes = async (expected: object) =>
    await eventually(async () => expect(await resources()).to.deep.equal(expected), 60_000);

  it('follows the nodes up at once, and down only with another change', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml());
    await becomes({ requests: { cpu: '100m', memory: '200Mi' } });
    const nodes = Array.from({ length: 120 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${index}`, labels: { of: 'a-large-cluster' } },
    }));
    await applyYaml(cluster, nodes.map((node) => JSON.stringify(node)).join('\n---\n'));
    await becomes({ requests: { cpu: '200m', memory: '400Mi' } });
    await eventually(async () => {
      const { effective } = await statusOf(cluster);
      expect(effective).to.deep.include({ resources: 'Auto, for up to 200 nodes' });
    }, 30_000);
    await cluster.kubectl(['delete', 'nodes', '-l', 'of=a-large-cluster', '--wait=false']);
    await eventually(async () => {
      const left = await cluster.kubectl(['get', 'nodes', '-o', 'name']);
      expect(left).to.equal('');
      await expectCondition(cluster, 'Applied', { status: 'True' });
    }, 30_000);
    await becomes({ requests: { cpu: '200m', memory: '400Mi' } });
    await applyYaml(cluster, configYaml({ resolution: '20s' }));
    await becomes({ requests: { cpu: '100m', memory: '200Mi' } });
  });

  it('is left to somebody else with mode External', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ resources: { mode: 'External' } }));
    await becomes({});
    const patch = {
      spec: {
        template: {
          spec: { containers: [{ name: 'metrics-server', resources: { requests: { cpu: '7m' } } }] },
        },
      },
    };
    await cluster.kubectl([
      ...namespace,
      'patch',
      'deployment',
      'metrics-server',
      '-p',
      JSON.stringify(patch),
    ]);
    await applyYaml(cluster, configYaml({ resources: { mode: 'External' }, resolution: '25s' }));
    await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'True', observedGeneration: 4 }),
      30_000,
    );
    await becomes({ requests: { cpu: '7m' } });
  });
});
