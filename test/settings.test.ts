import { expect } from 'chai';
import { settings } from '../src/settings.ts';

describe('the settings', () => {
  it('log at level info unless told otherwise', () => expect(settings({}).logLevel).to.equal('info'));
  it('refuse an unknown level by name', () =>
    expect(() => settings({ LOG_LEVEL: 'loud' })).to.throw('LOG_LEVEL'));
  it('name the releases that may be taken over, separated by commas', () => {
    expect(settings({}).adoptNames).to.deep.equal([]);
    expect(settings({ ADOPT_NAMES: 'ms-metrics-server, metrics ' }).adoptNames).to.deep.equal([
      'ms-metrics-server',
      'metrics',
    ]);
  });
  it('tell whether pods can be reached: by a pod, unless it is told otherwise', () => {
    const pod = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
    expect(settings({}).reachesPods).to.equal(false);
    expect(settings(pod).reachesPods).to.equal(true);
    expect(settings({ ...pod, KUBECONFIG: '/elsewhere' }).reachesPods).to.equal(false);
    expect(settings({ ...pod, REACHES_PODS: 'false' }).reachesPods).to.equal(false);
    expect(settings({ REACHES_PODS: 'true' }).reachesPods).to.equal(true);
  });
  it('refuse a name that no release can have, and say what to write', () =>
    expect(() => settings({ ADOPT_NAMES: 'ms/metrics-server' })).to.throw(
      'ADOPT_NAMES: write fullnames of releases, separated by commas',
    ));
  it('name the address of the metrics', () => {
    expect(settings({}).metricsAddress).to.equal(undefined);
    expect(settings({ METRICS_ADDRESS: ':8080' }).metricsAddress).to.deep.equal({
      host: undefined,
      port: 8080,
    });
    expect(settings({ METRICS_ADDRESS: '[::1]:8080' }).metricsAddress).to.deep.equal({
      host: '::1',
      port: 8080,
    });
    expect(() => settings({ METRICS_ADDRESS: '8080' })).to.throw('METRICS_ADDRESS: write HOST:PORT');
    expect(settings({}).metricsCertificate).to.equal(undefined);
    expect(settings({ METRICS_CERTIFICATE: '/tls' }).metricsCertificate).to.equal('/tls');
  });
  it('name the address of the probes', () => {
    expect(settings({}).probeAddress).to.equal(undefined);
    expect(settings({ PROBE_ADDRESS: ':8081' }).probeAddress).to.deep.equal({ host: undefined, port: 8081 });
    expect(() => settings({ PROBE_ADDRESS: '8081' })).to.throw('PROBE_ADDRESS: write HOST:PORT');
  });
  it('name the Lease by which one of several operators is chosen', () => {
    expect(settings({}).lease).to.equal(undefined);
    expect(settings({ LEASE: '' }).lease).to.equal(undefined);
    expect(settings({ LEASE: 'operators/ms', POD_NAME: 'ms-0' })).to.deep.include({
      lease: { namespace: 'operators', name: 'ms' },
      podName: 'ms-0',
    });
    for (const wrong of ['ms', '/ms', 'operators/', 'a/b/c', 'Operators/ms']) {
      expect(() => settings({ LEASE: wrong })).to.throw('LEASE: write NAMESPACE/NAME, such as');
    }
  });
});
