import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { operatorKubeconfig, operatorUser, startOperator } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { allowSecrets } from '../rights.ts';
import { expectNoGap, type MetricsProber, probeMetrics } from './metrics-prober.ts';
import { onNodes } from './on-nodes.ts';
import { credentials, ports, startRegistries } from './registries.ts';

const path = 'metrics-server/metrics-server';
const at = (port: number) => `127.0.0.1:${port}/${path}`;
const places = {
  unreachable: `10.77.0.250:5000/${path}`, // nobody has that address
  closed: at(5009), // nothing listens
  empty: at(ports.empty),
  locked: at(ports.locked),
  slow: at(ports.slow),
  late: at(ports.late),
  works: at(5000),
};

interface Event extends KubernetesObject {
  reason: string;
  note: string;
  eventTime: string;
}

describe('images from where they can be had', function () {
  this.timeout(300_000);
  const running = onNodes('images', { nodes: 1, kubeletCertificates: 'cluster-ca' });
  const stops: (() => Promise<void>)[] = [];
  let prober: MetricsProber | undefined;

  before(async () => {
    stops.push(await startRegistries(running().cluster, ['empty', 'locked', 'slow']));
  });
  after(async () => {
    await prober?.end();
    for (const stop of stops) await stop();
  });

  const deployment = () =>
    get<V1Deployment>(running().cluster, '-n', 'kube-system', 'deployment', 'metrics-server');
  const isReadyWith = async (mirror: string | undefined, withinMs = 180_000) => {
    const { cluster } = running();
    return await eventually(async () => {
      const generation = (await get(cluster, 'msc', 'metrics-server'))?.metadata?.generation;
      await expectCondition(cluster, 'Ready', { status: 'True', observedGeneration: generation });
      await expectCondition(cluster, 'Available', { status: 'True', reason: 'PodsReady' });
      const { image } = await statusOf(cluster);
      expect(image?.mirror).to.equal(mirror);
      return image;
    }, withinMs);
  };
  const moves = async () => {
    const json = await running().cluster.kubectl(['get', 'events.events.k8s.io', '-A', '-o', 'json']);
    const { items }: { items: Event[] } = JSON.parse(json);
    return items
      .filter(({ reason }) => reason === 'ImageMoved')
      .sort((a, b) => (a.eventTime < b.eventTime ? -1 : 1));
  };

  it('one place after the other is tried until one works, and the status says where and why', async () => {
    const { unreachable, closed, empty, locked, slow } = places;
    const appliedAt = Date.now();
    await applyYaml(
      running().cluster,
      configYaml({ resolution: '10s', image: { mirrors: [unreachable, closed, empty, locked, slow] } }),
    );
    const image = await isReadyWith(slow);
    console.log(`      Ready after ${(Date.now() - appliedAt) / 1000} s`);
    expect(image?.reference).to.equal(`${slow}:v0.9.0`);
    expect(image?.failed?.map(({ reference }) => reference)).to.deep.equal(
      [unreachable, closed, empty, locked].map((place) => `${place}:v0.9.0`),
    );
    const errors = image?.failed?.map(({ error }) => error) ?? [];
    expect(errors[0]).to.match(/no route to host|timeout/);
    expect(errors[1]).to.include('connection refused');
    expect(errors[2]).to.match(/not found/);
    expect(errors[3]).to.match(/unauthorized|401|authorization failed/i);
    const events = await moves();
    expect(events).to.have.length(4);
    for (const { note, eventTime } of events) {
      console.log(`      after ${(Date.parse(eventTime) - appliedAt) / 1000} s: ${note}`);
    }
    prober = await probeMetrics(running().cluster);
  });

  it('what works is remembered by a new operator: nothing is tried again', async () => {
    const { cluster, operator } = running();
    await operator.end();
    const restartedAt = new Date();
    const next = startOperator(await operatorKubeconfig(cluster), `${cluster.state}-operator-2.log`);
    stops.unshift(async () => void (await next.end()));
    await eventually(async () => {
      const asked = await requests(cluster.auditLog, { user: operatorUser, since: restartedAt });
      expect(asked.filter(({ uri }) => uri.startsWith('/apis/metrics.k8s.io')).length).to.be.at.least(2);
      expect(asked.filter(({ verb }) => verb === 'patch' || verb === 'create')).to.deep.equal([]);
    }, 60_000);
    await isReadyWith(places.slow);
  });

  it('a place that works again is not gone back to, unless the pods are replaced anyway and the failure is old', async () => {
    const { cluster } = running();
    const { late, works } = places;
    await applyYaml(cluster, configYaml({ resolution: '10s', image: { mirrors: [late, works] } }));
    await isReadyWith(works);
    stops.push(await startRegistries(cluster, ['late']));
    await applyYaml(cluster, configYaml({ image: { mirrors: [late, works] }, resolution: '11s' }));
    await isReadyWith(works); // the failure is not an hour old
    // An hour is long: what the operator remembers is made older than it is.
    const note = (await deployment())?.metadata?.annotations?.['metrics-server.io/images'] ?? '';
    const memory: { failed: object[] } = JSON.parse(note);
    const old = {
      ...memory,
      failed: memory.failed.map((one) => ({ ...one, at: '2026-01-01T00:00:00.000Z' })),
    };
    const annotation = `metrics-server.io/images=${JSON.stringify(old)}`;
    await cluster.kubectl([
      'annotate',
      '--overwrite',
      '-n',
      'kube-system',
      'deployment',
      'metrics-server',
      annotation,
    ]);
    await applyYaml(cluster, configYaml({ image: { mirrors: [late, works] }, resolution: '10s' }));
    await isReadyWith(late);
    expect((await statusOf(cluster)).image?.failed).to.equal(undefined);
  });

  it('a place without the digest is passed over', async () => {
    const digest = (await statusOf(running().cluster)).image?.imageID?.split('@')[1];
    expect(digest).to.match(/^sha256:/);
    const other = '127.0.0.1:5000/pause';
    await applyYaml(
      running().cluster,
      configYaml({ resolution: '10s', image: { mirrors: [other, places.works], digest } }),
    );
    const image = await isReadyWith(places.works);
    expect(image?.failed?.[0]?.reference).to.equal(`${other}:v0.9.0@${digest}`);
  });

  it('a pull secret opens a place that is locked', async () => {
    const { cluster } = running();
    const auth = `--docker-server=127.0.0.1:${ports.locked}`;
    const { username, password } = credentials;
    const secret = ['-n', 'kube-system', 'secret', 'docker-registry', 'registry', auth];
    await cluster.kubectl([
      'create',
      ...secret,
      `--docker-username=${username}`,
      `--docker-password=${password}`,
    ]);
    await allowSecrets(cluster, ['registry']);
    const image = { mirrors: [places.locked], pullSecrets: [{ name: 'registry' }] };
    await applyYaml(cluster, configYaml({ resolution: '10s', image }));
    await isReadyWith(places.locked);
    expect(JSON.stringify(await get(cluster, 'msc', 'metrics-server'))).not.to.include(password);
  });

  it('the last place stays where none works, and the old pod serves on', async () => {
    const { cluster } = running();
    const { closed, empty } = places;
    const failedBefore = (await moves()).length;
    await applyYaml(
      cluster,
      configYaml({ resolution: '10s', image: { mirrors: [closed], repository: empty } }),
    );
    await eventually(async () => {
      const { message } = await expectCondition(cluster, 'Ready', { status: 'True' });
      expect(message).to.include(`${empty}:v0.9.0 cannot be pulled`);
    }, 60_000);
    const { image } = await statusOf(cluster);
    expect(image?.reference, 'what runs').to.equal(`${places.locked}:v0.9.0`);
    expect(image?.failed?.map(({ reference }) => reference)).to.include(`${closed}:v0.9.0`);
    expect((await moves()).length - failedBefore).to.equal(1);
  });

  it('not one request for metrics failed meanwhile', async () => {
    const taken = prober?.taken();
    console.log(`      ${JSON.stringify(taken)}`);
    expectNoGap(taken, { requests: 100, changes: 6 }); // so often the template was changed at most, since the first test
  });
});
