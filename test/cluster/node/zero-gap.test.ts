import type { V1APIService, V1Deployment, V1Service } from '@kubernetes/client-node';
import { expect } from 'chai';
import { operatorKubeconfig, startOperator } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { type MetricsProber, probeMetrics } from './metrics-prober.ts';
import { onNodes } from './on-nodes.ts';

const repository = '127.0.0.1:5000/metrics-server/metrics-server';

/** Each change with the spec that it leads to; the next one builds on it. */
const changes = [
  { what: 'resolution', spec: { resolution: '11s' } },
  { what: 'a flag with a field', spec: { resolution: '10s', logging: { verbosity: 1 } } },
  {
    what: 'a flag without one',
    spec: { resolution: '10s', extraFlags: { 'http2-max-streams-per-connection': '500' } },
  },
  {
    what: 'the image, from one place to another',
    spec: { resolution: '10s', image: { mirrors: [repository], pullPolicy: 'Always' } },
  },
  {
    what: 'resources',
    spec: { resolution: '10s', resources: { mode: 'Fixed', requests: { cpu: '90m', memory: '150Mi' } } },
  },
  { what: 'the port of the pods', spec: { resolution: '10s', servingPort: 4443 } },
  { what: 'the port of the Service', spec: { resolution: '10s', service: { port: 8443 } } },
];

describe('a change of the config', function () {
  this.timeout(240_000);
  const running = onNodes('zero-gap', { nodes: 2, kubeletCertificates: 'cluster-ca' });
  let prober: MetricsProber | undefined;
  after(() => prober?.end());

  const apply = async (spec: { service?: { port: number }; [field: string]: unknown }) => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ image: { repository }, ...spec }));
    const generation = (await get(cluster, 'msc', 'metrics-server'))?.metadata?.generation;
    await eventually(async () => {
      await expectCondition(cluster, 'Ready', { status: 'True', observedGeneration: generation });
      await expectCondition(cluster, 'Available', { status: 'True', reason: 'PodsReady' });
      const pods = await get<{ items: object[] }>(
        cluster,
        '-n',
        'kube-system',
        'pods',
        '-l',
        'k8s-app=metrics-server',
      );
      const deployment = await get<V1Deployment>(
        cluster,
        '-n',
        'kube-system',
        'deployment',
        'metrics-server',
      );
      expect(pods?.items, 'the old pods are gone').to.have.length(deployment?.spec?.replicas ?? 0);
      const service = await get<V1Service>(cluster, '-n', 'kube-system', 'service', 'metrics-server');
      const asked = await get<V1APIService>(cluster, 'apiservice', 'v1beta1.metrics.k8s.io');
      expect(service?.spec?.ports?.map(({ port }) => port)).to.deep.equal([asked?.spec?.service?.port]);
      expect(asked?.spec?.service?.port).to.equal(spec.service?.port ?? 443);
    }, 180_000);
  };
  const nothingFailed = (what: string) => {
    const taken = prober?.taken();
    console.log(`      ${what}: ${JSON.stringify(taken)}`);
    expect(taken?.kept.requests).to.be.greaterThan(10);
    expect([taken?.kept.failures, taken?.fresh.failures]).to.deep.equal([{}, {}]);
  };

  before(async function () {
    this.timeout(240_000);
    await apply({ resolution: '10s' });
    prober = await probeMetrics(running().cluster);
  });

  for (const replicas of [1, 2]) {
    // All of them with one replica, where there is least to spare; with two those that end pods on both nodes.
    for (const { what, spec } of changes.filter((_, index) => replicas === 1 || index % 3 === 0)) {
      it(`of ${what} costs no request for metrics with ${replicas} replica(s)`, async () => {
        await apply({ ...spec, availability: { replicas } });
        nothingFailed(what);
      });
    }
  }

  it('costs none while the operator restarts', async () => {
    const { cluster, operator } = running();
    await operator.end();
    const next = startOperator(await operatorKubeconfig(cluster), `${cluster.state}-operator-2.log`);
    await apply({ resolution: '11s', availability: { replicas: 2 } });
    nothingFailed('restart of the operator');
    await next.end();
  });

  it('costs none while one of two pods is deleted', async () => {
    const { cluster } = running();
    const names = await cluster.kubectl([
      '-n',
      'kube-system',
      'get',
      'pods',
      '-l',
      'k8s-app=metrics-server',
      '-o',
      'name',
    ]);
    await cluster.kubectl(['-n', 'kube-system', 'delete', names.split('\n')[0] ?? '']);
    nothingFailed('deletion of a pod');
  });
});
