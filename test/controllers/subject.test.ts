import { expect } from 'chai';
import type { Others } from '../../src/controllers/others.ts';
import { othersSubject, withResolution } from '../../src/controllers/subject.ts';
import type { Found } from '../../src/installed/found.ts';
import { ownerAnnotation } from '../../src/resources/names.ts';
import { someSpec } from '../crds/some-spec.ts';
import { now } from '../health/some-facts.ts';
import { changed, someFound } from '../installed/some-found.ts';
import { someConfig } from './some-seen.ts';

const none = { configs: [], nodes: [] };
const own = someSpec({ mode: 'Observe', resolution: '15s', health: { minNodesScraped: '50%' } });
const seen = (found: Found): Others => ({ is: 'seen', found, pods: [] });
const answered = (windowMs?: number) => ({
  is: 'answered' as const,
  samples: [],
  atMs: now.getTime(),
  windowMs,
});

describe('the metrics-server of others', () => {
  it('is read from what it was started with; how much is enough says the config that reports it', () => {
    const args = ['--metric-resolution=40s', '--kubelet-insecure-tls', '--secure-port=4443'];
    const { spec, name, speaks, version, account, labelSelector } = othersSubject(
      seen(changed(someFound('upstream-0.9'), { args })),
      own,
      none,
    );
    expect(spec).to.include({
      resolution: '40s',
      kubeletTls: 'Insecure',
      servingPort: 4443,
      minNodesScraped: '50%',
    });
    expect({ name, speaks, version, account, labelSelector }).to.deep.equal({
      name: 'metrics-server',
      speaks: 'flags',
      version: '0.9.0',
      account: { namespace: 'kube-system', name: 'metrics-server' },
      labelSelector: 'k8s-app=metrics-server',
    });
  });

  for (const value of ['1', 't', 'T', 'TRUE', 'True', 'true']) {
    it(`does not verify kubelets with --kubelet-insecure-tls=${value}, which Go takes for true`, () => {
      const found = changed(someFound('upstream-0.9'), { args: [`--kubelet-insecure-tls=${value}`] });
      expect(othersSubject(seen(found), own, none).spec.kubeletTls).to.equal('Insecure');
    });
  }

  it('is told in the words of the config that owns it, which may manage while another one observes', () => {
    const found = someFound('upstream-0.9');
    const annotations = { [ownerAnnotation]: 'theirs' };
    const deployment = { ...found.deployment, metadata: { ...found.deployment.metadata, annotations } };
    const config = { ...someConfig({ resolution: '20s' }), metadata: { name: 'theirs', uid: 'uid-2' } };
    const subject = othersSubject(seen({ ...found, deployment }), own, { configs: [config], nodes: [] });
    expect(subject).to.include({ name: 'theirs', speaks: 'config' });
    expect(subject.spec).to.include({ mode: 'Manage', resolution: '20s', minNodesScraped: '50%' });
  });

  it('is a sentence where it cannot be seen', () => {
    const because = 'this cluster has no APIService';
    const subject = othersSubject({ is: 'outOfSight', because }, own, none);
    expect(subject).to.deep.include({ outOfSight: because, pods: [], deployment: undefined });
  });

  const unseen = othersSubject({ is: 'outOfSight', because: 'it is hidden' }, own, none);
  const resolutionOf = (windowMs?: number) => withResolution(unseen, answered(windowMs)).spec.resolution;

  it('scrapes as often as its samples tell where nothing else does', () => {
    expect([resolutionOf(15_021), resolutionOf(59_990), resolutionOf(200), resolutionOf()]).to.deep.equal([
      '15s',
      '60s',
      '10s',
      '60s',
    ]);
  });

  it('scrapes as often as its flags say, whatever the samples tell', () => {
    const told = othersSubject(seen(someFound('upstream-0.9')), own, none);
    expect(withResolution(told, answered(44_000)).spec.resolution).to.equal('15s');
  });

  it('scrapes as often as its samples tell where a script makes the flags', () => {
    const scripted = changed(someFound('upstream-0.9'), {
      command: ['/bin/sh', '-c', 'exec /metrics-server'],
    });
    const subject = othersSubject(seen(scripted), own, none);
    expect(withResolution(subject, answered(30_010)).spec.resolution).to.equal('30s');
  });
});
