import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { Cluster } from '../../src/controllers/cluster.ts';
import { observe } from '../../src/controllers/observe.ts';
import { ownedBy } from '../../src/controllers/ownership.ts';
import { noPast } from '../../src/controllers/past.ts';
import type { MetricsServerConfig } from '../../src/crds/metrics-server-config.ts';
import { now } from '../health/some-facts.ts';
import { emptyLive, someConfig } from './some-seen.ts';

/** A cluster of a few configs, all in memory: the real one is in test/cluster. */
function someCluster(configs: MetricsServerConfig[], readerRole?: KubernetesObject): Cluster {
  const never = () => Promise.reject(new Error('observe does not write'));
  return {
    config: async (name) => configs.find(({ metadata }) => metadata.name === name),
    configs: () => configs,
    apiService: () => undefined,
    readerRole: () => readerRole,
    others: async () => ({ is: 'outOfSight', because: 'this cluster has none' }),
    scrapeLog: () => ({ is: 'unread' }),
    mayScrape: () => undefined,
    starvingAutoscalers: () => undefined,
    podMetrics: () => undefined,
    trialLogs: () => undefined,
    podWarning: () => undefined,
    shownBy: () => undefined,
    kubelets: () => new Map(),
    servingRequests: () => new Map(),
    clusterAuthorities: () => undefined,
    onUnjudged: () => undefined,
    issue: async () => undefined,
    past: () => noPast,
    keepPast: () => undefined,
    nodes: () => [],
    traits: async () => ({ allowsLegacy: false }),
    live: async () => emptyLive,
    given: async () => [],
    nodeMetrics: () => Promise.reject(new Error('there is no APIService to ask')),
    apply: never,
    patch: never,
    remove: never,
    announce: never,
    writeStatus: never,
  };
}

function config(name: string, created: string, changes: object = {}): MetricsServerConfig {
  const base = someConfig();
  return { ...base, metadata: { ...base.metadata, name, creationTimestamp: new Date(created), ...changes } };
}

describe('what a look sees', () => {
  const first = config('first', '2026-01-01T00:00:00Z');
  const second = config('second', '2026-01-02T00:00:00Z');

  it('is a readable config where it is the oldest', async () => {
    expect(await observe(someCluster([second, first]), 'first', now)).to.include({ is: 'readable' });
  });

  it('is refused where an older config owns the metrics API, and names it', async () => {
    const seen = await observe(someCluster([second, first]), 'second', now);
    expect(seen).to.include({ is: 'superseded', by: 'first' });
  });

  const twin = config('a-twin', '2026-01-01T00:00:00Z', { uid: 'uid-twin' });

  it('goes by name between configs of the same second', async () => {
    expect(await observe(someCluster([first, twin]), 'first', now)).to.include({ is: 'superseded' });
  });

  it('stays with the one that has begun to install, between configs of the same second', async () => {
    const begun = ownedBy(first, { metadata: { name: 'system:aggregated-metrics-reader' } });
    expect(await observe(someCluster([first, twin], begun), 'first', now)).to.include({ is: 'readable' });
    expect(await observe(someCluster([first, twin], begun), 'a-twin', now)).to.include({ is: 'superseded' });
  });

  it('passes over a config that is being deleted', async () => {
    const going = config('first', '2026-01-01T00:00:00Z', { deletionTimestamp: now });
    expect(await observe(someCluster([going, second]), 'second', now)).to.include({ is: 'readable' });
    expect(await observe(someCluster([going, second]), 'first', now)).to.include({ is: 'going' });
  });

  const observing = {
    ...config('observing', '2025-01-01T00:00:00Z', { uid: 'uid-o' }),
    spec: { mode: 'Observe' },
  };

  it("stands in nobody's way, and has nobody in its way, where it only observes", async () => {
    const cluster = someCluster([observing, first]);
    expect(await observe(cluster, 'first', now)).to.include({ is: 'readable' });
    const seen = await observe(cluster, 'observing', now);
    expect(seen.is === 'readable' && seen.others).to.include({ outOfSight: 'this cluster has none' });
  });

  it('only observes also where another field of its stored spec is not valid', async () => {
    const spoilt = { ...observing, spec: { mode: 'Observe', resolution: 'often' } };
    const seen = await observe(someCluster([spoilt, first]), 'observing', now);
    expect(seen.is === 'readable' && [seen.refusal?.reason, seen.spec.mode]).to.deep.equal([
      'InvalidSpec',
      'Observe',
    ]);
  });

  const label = 'app.kubernetes.io/version';
  const podOf = (version: string): V1Pod => ({
    metadata: { labels: { [label]: version } },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'metrics-server', image: '', imageID: '', ready: true, restartCount: 0 }],
    },
  });
  const releases = [
    { when: 'it serves', wanted: '0.8.1', serving: ['0.9.0', '0.8.1'], release: '0.8.1' },
    { when: 'nothing serves', wanted: '0.8.1', serving: [], release: '0.8.1' },
    {
      when: 'the one before still serves, and it does not',
      wanted: '0.8.1',
      serving: ['0.9.0'],
      release: '0.9.0',
    },
  ];
  for (const { when, wanted, serving, release } of releases) {
    it(`goes on with ${release} where the Deployment asks for ${wanted} and ${when}`, async () => {
      const template = { metadata: { labels: { [label]: wanted } } };
      const deployment = {
        kind: 'Deployment',
        metadata: { name: 'first' },
        spec: { selector: {}, template },
      };
      const live = {
        ...emptyLive,
        objects: [deployment],
        pods: serving.map(podOf),
      };
      const seen = await observe({ ...someCluster([first]), live: async () => live }, 'first', now);
      expect(seen.is === 'readable' && seen.spec.release.version).to.equal(release);
    });
  }

  it('goes back to what served where a release on trial never came up, and nothing serves any more', async () => {
    const revision = (number: string) => ({ 'deployment.kubernetes.io/revision': number });
    const template = (version: string) => ({ metadata: { labels: { [label]: version } } });
    const replicaSet = (name: string, number: string, version: string) => ({
      metadata: { name, annotations: revision(number) },
      spec: { selector: {}, template: template(version) },
    });
    const annotations = { ...revision('2'), 'metrics-server.io/last-good': '{"name":"old","until":2}' };
    const deployment = {
      kind: 'Deployment',
      metadata: { name: 'first', annotations },
      spec: { selector: {}, template: template('0.8.1') },
    };
    const replicaSets = [replicaSet('old', '1', '0.9.0'), replicaSet('new', '2', '0.8.1')];
    const live = { ...emptyLive, objects: [deployment], replicaSets };
    const seen = await observe({ ...someCluster([first]), live: async () => live }, 'first', now);
    expect(seen.is === 'readable' && seen.spec.release.version).to.equal('0.9.0');
  });

  const owned = (uid: string) => [
    {
      apiVersion: 'metrics-server.io/v1alpha1',
      kind: 'MetricsServerConfig',
      name: 'first',
      uid,
      controller: true,
    },
  ];
  const servers = [
    { whose: "someone else's", ownerReferences: [], is: 'answered' },
    { whose: 'our own', ownerReferences: owned('uid-1'), is: 'answered' },
    { whose: 'what a deleted config has left', ownerReferences: owned('uid-0'), is: 'unregistered' },
  ];
  for (const { whose, ownerReferences, is } of servers) {
    it(`is what the metrics API says, ${is}, where it is ${whose}`, async () => {
      const metadata = { name: 'v1beta1.metrics.k8s.io', uid: 'api', ownerReferences };
      const cluster: Cluster = {
        ...someCluster([first]),
        apiService: () => ({ metadata }),
        nodeMetrics: async () => ({ is: 'answered', samples: [], atMs: 0 }),
      };
      const seen = await observe(cluster, 'first', now);
      expect(seen.is === 'readable' && seen.metrics.is).to.equal(is);
    });
  }

  it('is our Deployment beside a foreign one, as long as ours lives, also when nothing may be taken over any more', async () => {
    const theirs = { kind: 'Deployment', metadata: { name: 'first' } };
    const ours = ownedBy(first, { kind: 'Deployment', metadata: { name: 'first-b' } });
    const placeIn = async (objects: KubernetesObject[], spec: object) => {
      const cluster = { ...someCluster([{ ...first, spec }]), live: async () => ({ ...emptyLive, objects }) };
      const seen = await observe(cluster, 'first', now);
      return seen.is === 'readable' && [seen.live.place, seen.live.deployment];
    };
    expect(await placeIn([theirs], {})).to.deep.equal(['first', theirs]);
    expect(await placeIn([theirs], { adoption: 'IfExists' })).to.deep.equal(['first-b', undefined]);
    expect(await placeIn([theirs, ours], { adoption: 'IfExists' })).to.deep.equal(['first-b', ours]);
    expect(await placeIn([theirs, ours], {})).to.deep.equal(['first-b', ours]);
    expect(await placeIn([], { adoption: 'IfExists' })).to.deep.equal(['first', undefined]);
  });

  it('is refused where a stored spec breaks a rule, and names field and rule', async () => {
    const seen = await observe(someCluster([{ ...first, spec: { resolution: '1s' } }]), 'first', now);
    expect(JSON.stringify(seen))
      .to.include('InvalidSpec')
      .and.include('spec.resolution: resolution must be at least 10s');
  });
});
