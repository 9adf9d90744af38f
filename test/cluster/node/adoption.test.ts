import type { KubernetesObject, V1Deployment, V1PodList } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from '../eventually.ts';
import { helmInstall, upstreamManifests } from '../installs.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { grantAdoptionOf } from '../rights.ts';
import { type MetricsProber, probeMetrics } from './metrics-prober.ts';
import { onNodes } from './on-nodes.ts';
import { repository } from './zero-gap.ts';

const here = ['-n', 'kube-system'];
const api = ['apiservice', 'v1beta1.metrics.k8s.io'];
const resolution = '10s';

describe('taking over what serves the metrics API', function () {
  this.timeout(300_000);
  const running = onNodes(
    'adoption',
    { nodes: 2, kubeletCertificates: 'cluster-ca' },
    { ADOPT_NAMES: 'ms-metrics-server' },
  );
  const probing: { prober?: MetricsProber } = {};
  before(() => grantAdoptionOf(running().cluster));
  afterEach(() => probing.prober?.end());

  /** Takes over what is there while the metrics API is asked all the time. */
  const takeOver = async (theirs: string, ours: string, tls?: object) => {
    const spec = { resolution, image: { repository }, tls };
    const { cluster } = running();
    await cluster.kubectl([
      'wait',
      ...here,
      '--for=condition=Available',
      `deployment/${theirs}`,
      '--timeout=120s',
    ]);
    await cluster.kubectl(['wait', '--for=condition=Available', api.join('/'), '--timeout=60s']);
    await applyYaml(cluster, configYaml(spec));
    await eventually(() => expectCondition(cluster, 'Accepted', { reason: 'ForeignObject' }), 30_000);
    // It is not ours, and yet it is told how it does.
    await eventually(() => expectCondition(cluster, 'Serving', { status: 'True' }), 60_000);
    await eventually(() => expectCondition(cluster, 'Scraping', { status: 'True' }), 60_000);
    await expectCondition(cluster, 'Ready', { status: 'False', reason: 'ForeignObject' });

    probing.prober = await probeMetrics(cluster);
    await applyYaml(cluster, configYaml({ ...spec, adoption: 'IfExists' }));
    const startedMs = Date.now();
    await eventually(async () => {
      await expectCondition(cluster, 'Ready', { status: 'True' });
      await expectCondition(cluster, 'Applied', { reason: 'Applied' });
      const { items = [] } = (await get<V1PodList>(cluster, ...here, 'pods')) ?? {};
      const pods = items.filter(({ metadata }) => metadata?.name?.includes('metrics-server'));
      expect(pods.map(({ metadata }) => metadata?.labels?.['metrics-server.io/config'])).to.deep.equal([
        'metrics-server',
      ]);
    }, 180_000);
    const taken = probing.prober.taken();
    console.log(
      `      taken over in ${Math.round((Date.now() - startedMs) / 1000)} s: ${JSON.stringify(taken)}`,
    );
    expect(taken.kept.requests).to.be.greaterThan(50);
    expect([taken.kept.failures, taken.fresh.failures]).to.deep.equal([{}, {}]);
    const deployment = await get<V1Deployment>(cluster, ...here, 'deployment', ours);
    expect(deployment?.status?.readyReplicas).to.equal(1);
    expect(await events()).to.have.length(1);
  };
  const events = async () => {
    const { cluster } = running();
    const uid = (await get(cluster, 'msc', 'metrics-server'))?.metadata?.uid;
    const json = await cluster.kubectl(['get', 'events.events.k8s.io', '-A', '-o', 'json']);
    const { items }: { items: Event[] } = JSON.parse(json);
    const ours = items.filter(({ reason, regarding }) => reason === 'Adopted' && regarding?.uid === uid);
    return ours.map(({ note }) => note);
  };
  const namesLeft = async () => {
    const kinds = 'deployments,services,serviceaccounts,poddisruptionbudgets,rolebindings';
    const { cluster } = running();
    const some = await cluster.kubectl(['get', ...here, kinds, '-o', 'name']);
    const others = await cluster.kubectl(['get', 'clusterroles,clusterrolebindings', '-o', 'name']);
    return `${some}\n${others}`
      .split('\n')
      .filter((name) => /metrics-server/.test(name) && !/operator/.test(name));
  };

  it("costs no request where kubectl has installed upstream's manifests, and from then on the API server verifies who answers", async () => {
    const { cluster } = running();
    await applyYaml(cluster, await upstreamManifests('0.9.0', (object) => object, repository));
    await takeOver('metrics-server', 'metrics-server-b', { serving: { mode: 'Managed' } });
    await expectCondition(cluster, 'Secure', { status: 'True' });
    expect((await events())[0]).to.include(
      'Deployment kube-system/metrics-server (kubectl) is taken over by Deployment kube-system/metrics-server-b',
    );
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
    await eventually(async () => expect(await namesLeft()).to.deep.equal([]), 120_000);
  });

  it('costs none where Helm has installed the chart under another name, and leaves nothing of the release', async () => {
    const { cluster } = running();
    await helmInstall(cluster, 'ms', [
      `image.repository=${repository}`,
      'image.tag=v0.9.0',
      'podDisruptionBudget.enabled=true',
      'podDisruptionBudget.maxUnavailable=1',
    ]);
    await takeOver('ms-metrics-server', 'metrics-server');
    await eventually(async () => {
      expect((await namesLeft()).filter((name) => /ms-metrics|aggregated-reader/.test(name))).to.deep.equal(
        [],
      );
    }, 30_000);
    const [note = ''] = await events();
    expect(note).to.include('(Helm, release kube-system/ms (metrics-server-3.13.1)) is taken over');
    const [, command = ''] = /kubectl (-n kube-system delete secret -l owner=helm,name=ms)/.exec(note) ?? [];
    expect(await cluster.kubectl(command.split(' '))).to.include('sh.helm.release.v1.ms.v1');
  });
});

interface Event extends KubernetesObject {
  reason: string;
  note: string;
  regarding?: { uid?: string };
}
