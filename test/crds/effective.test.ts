import { expect } from 'chai';
import { effectiveSpec } from '../../src/crds/effective.ts';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';

const effective = (spec: object) => effectiveSpec(MetricsServerConfigSpec.parse(spec));

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
      expect(effective({ image })?.image.reference).to.equal(reference));
  }

  const timeouts = [
    { resolution: '15s', timeout: '10s' },
    { resolution: '10s', timeout: '9s' },
    { resolution: '10.5s', timeout: '9450ms' },
    { resolution: '1m', timeout: '10s' },
  ];
  for (const { resolution, timeout } of timeouts) {
    it(`is a kubelet timeout of ${timeout} at a resolution of ${resolution}`, () => {
      expect(effective({ resolution })?.requestTimeout).to.equal(timeout);
    });
  }

  it('takes a version with a leading v, and an unknown patch of a known minor', () => {
    expect(effective({ version: 'v0.8.7' })?.release.version).to.equal('0.8.7');
  });

  it('is nothing for an unknown minor', () => expect(effective({ version: '0.12.0' })).to.equal(undefined));
});
