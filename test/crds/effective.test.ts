import { expect } from 'chai';
import { readingOf, type Surroundings } from '../../src/crds/effective.ts';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { badReleases } from './bad-releases.ts';
import { someSpec } from './some-spec.ts';

const reading = (spec: object, surroundings: Partial<Surroundings> = {}) =>
  readingOf(MetricsServerConfigSpec.parse(spec), { allowsLegacy: false, ...surroundings });

describe('what a spec leads to', () => {
  const images = [
    { when: 'nothing is said', image: {}, reference: 'registry.k8s.io/metrics-server/metrics-server:v0.9.0' },
    {
      when: 'a mirror is named',
      image: { mirrors: ['m.example.com/a/b', 'n.example.com/c'] },
      reference: 'm.example.com/a/b:v0.9.0',
    },
    {
      when: 'a repository is named',
      image: { repository: 'r.example.com:5000/x' },
      reference: 'r.example.com:5000/x:v0.9.0',
    },
    {
      when: 'a tag is named',
      image: { tag: 'v0.9.0-hardened' },
      reference: 'registry.k8s.io/metrics-server/metrics-server:v0.9.0-hardened',
    },
    {
      when: 'a digest is named',
      image: { digest: `sha256:${'a'.repeat(64)}` },
      reference: `registry.k8s.io/metrics-server/metrics-server:v0.9.0@sha256:${'a'.repeat(64)}`,
    },
  ];
  for (const { when, image, reference } of images) {
    it(`is image ${reference} when ${when}`, () =>
      expect(someSpec({ image }).image.reference).to.equal(reference));
  }

  it('is a look at kubelets, unless that is turned off', () => {
    expect(someSpec().preflight).to.equal(true);
    expect(someSpec({ health: { preflight: false } }).preflight).to.equal(false);
  });

  it('has no breaker, unless that is asked for; then ten minutes', () => {
    expect(someSpec().breakerAfterMs).to.equal(undefined);
    expect(someSpec({ breaker: { after: '5m' } }).breakerAfterMs).to.equal(undefined);
    expect(someSpec({ breaker: { enabled: true } }).breakerAfterMs).to.equal(600_000);
    expect(someSpec({ breaker: { enabled: true, after: '1m30s' } }).breakerAfterMs).to.equal(90_000);
  });

  const timeouts = [
    { resolution: '15s', timeout: '10s' },
    { resolution: '10s', timeout: '9s' },
    { resolution: '10.5s', timeout: '9450ms' },
    { resolution: '1m', timeout: '10s' },
  ];
  for (const { resolution, timeout } of timeouts) {
    it(`is a kubelet timeout of ${timeout} at a resolution of ${resolution}`, () => {
      expect(someSpec({ resolution }).requestTimeout).to.equal(timeout);
    });
  }

  it('tries mirrors in their order, then the repository', () => {
    const image = { mirrors: ['m.example.com/a', 'n.example.com/b'], repository: 'r.example.com/c' };
    expect(someSpec({ image }).image.candidates).to.deep.equal([
      { reference: 'm.example.com/a:v0.9.0', mirror: 'm.example.com/a' },
      { reference: 'n.example.com/b:v0.9.0', mirror: 'n.example.com/b' },
      { reference: 'r.example.com/c:v0.9.0' },
    ]);
  });

  it('is port 10251 on the network of the node, where the kubelet has 10250', () => {
    expect(someSpec({ scheduling: { hostNetwork: true } }).servingPort).to.equal(10251);
    expect(someSpec({ scheduling: { hostNetwork: true }, servingPort: 4443 }).servingPort).to.equal(4443);
  });
});

describe('a warning', () => {
  const ready = { isReady: true, labels: { 'kubernetes.io/os': 'linux' } };
  it('says that on the network of the node the old pod has to go first, where no node is to spare', () => {
    const spec = { scheduling: { hostNetwork: true } };
    expect(reading(spec, { nodes: [ready] }).warning).to.include('the old one ends first');
    expect(reading(spec, { nodes: [ready, ready] }).warning).to.equal(undefined);
    expect(reading({}, { nodes: [ready] }).warning).to.equal(undefined);
  });

  const unfit = [
    { what: 'a node that is not ready', node: { ...ready, isReady: false } },
    { what: 'a cordoned node', node: { ...ready, isUnschedulable: true } },
    { what: 'a node of Windows', node: { ...ready, labels: { 'kubernetes.io/os': 'windows' } } },
    {
      what: 'a tainted control plane',
      node: { ...ready, taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] },
    },
  ];
  for (const { what, node } of unfit) {
    it(`does not count ${what}`, () => {
      const spec = { scheduling: { hostNetwork: true } };
      expect(reading(spec, { nodes: [ready, node] }).warning).to.include('the old one ends first');
    });
  }

  it('counts a tainted node that is tolerated', () => {
    const key = 'node-role.kubernetes.io/control-plane';
    const node = { ...ready, taints: [{ key, effect: 'NoSchedule' }] };
    const tolerations = [{ key, operator: 'Exists', effect: 'NoSchedule' }];
    const spec = { scheduling: { hostNetwork: true, tolerations } };
    expect(reading(spec, { nodes: [ready, node] }).warning).to.equal(undefined);
  });
});

describe('the release', () => {
  const choices = [
    { kubernetes: undefined, running: undefined, release: '0.9.0', recommended: undefined },
    { kubernetes: '1.36.3', running: undefined, release: '0.9.0', recommended: undefined },
    { kubernetes: '1.33.13', running: undefined, release: '0.8.1', recommended: undefined },
    { kubernetes: '1.36.3', running: '0.7.2', release: '0.7.2', recommended: '0.9.0' },
    { kubernetes: '1.36.3', running: '0.9.4', release: '0.9.4', recommended: undefined },
    { kubernetes: '1.33.0', running: '0.9.0', release: '0.8.1', recommended: undefined },
    { kubernetes: '1.36.3', running: '0.5.2', release: '0.9.0', recommended: undefined },
    { kubernetes: '1.36.3', running: '0.99.0', release: '0.9.0', recommended: undefined },
    { kubernetes: 'v1.34.1-gke.100', running: undefined, release: '0.9.0', recommended: undefined },
  ];
  for (const { kubernetes, running, release, recommended } of choices) {
    it(`is ${release} where Kubernetes ${kubernetes} runs ${running} and the spec names none`, () => {
      const chosen = reading({}, { kubernetes, running });
      expect(chosen.refusal).to.equal(undefined);
      expect(chosen.spec.release.version).to.equal(release);
      expect(chosen.recommended).to.equal(recommended);
    });
  }

  it('may be written with a leading v, and be an unknown patch of a known line, with a warning', () => {
    const { spec, warning, refusal } = reading({ version: 'v0.8.7' });
    expect({ version: spec.release.version, refusal }).to.deep.equal({
      version: '0.8.7',
      refusal: undefined,
    });
    expect(warning).to.equal(
      'This operator does not know the patch 0.8.7; it is run with what is known of the line 0.8.',
    );
  });

  const refusals = [
    ...badReleases.map((one) => ({ ...one, kubernetes: '1.36.3' })),
    {
      when: 'the cluster is too old for it',
      spec: { version: '0.9.0' },
      kubernetes: '1.32.5',
      reason: 'UnsupportedKubernetes',
      says: 'spec.version: metrics-server 0.9.0 is made for Kubernetes 1.34 or newer, and this is 1.32.5. Made for it: 0.6, 0.7, 0.8.',
    },
    {
      when: 'no release is made for the cluster',
      spec: {},
      kubernetes: '1.7.0',
      reason: 'UnsupportedKubernetes',
      says: 'No release of metrics-server that this operator knows is made for Kubernetes 1.7.0.',
    },
  ];
  for (const { when, spec, kubernetes, reason, says } of refusals) {
    it(`is refused where ${when}`, () => {
      const { refusal } = reading(spec, { kubernetes });
      expect(refusal).to.deep.equal({ status: 'False', reason, message: says });
    });
  }
});
