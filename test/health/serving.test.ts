import { expect } from 'chai';
import { diagnoseServing } from '../../src/health/serving.ts';
import { failed, someFacts } from './some-facts.ts';

/** As Kubernetes 1.36 says it in an APIService. */
function checked(message: string, status = 'False') {
  const condition = { type: 'Available', status, reason: 'FailedDiscoveryCheck', message };
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    status: { conditions: [condition] },
  };
}

const unknownAuthority = 'x509: certificate signed by unknown authority';
const managed = { tls: { serving: { mode: 'Managed' } } };

describe('a certificate that the API server does not accept', () => {
  const texts = {
    'Go before 1.20': 'error trying to reach service: x509: certificate has expired or is not yet valid',
    'Kubernetes 1.31 to 1.35': `error trying to reach service: tls: failed to verify certificate: ${unknownAuthority}`,
    'a name that is not in it':
      'error trying to reach service: tls: failed to verify certificate: x509: certificate is valid for a, not b',
    'a verification that says no more': 'error trying to reach service: tls: failed to verify certificate',
  };
  for (const [from, text] of Object.entries(texts)) {
    it(`is named by its error (${from})`, () => {
      const found = diagnoseServing(someFacts({ metrics: failed(text), spec: managed }));
      expect(found).to.include({ status: 'False', reason: 'AggregatorTLS' });
      expect(found.message).to.include(text.replace(/^.*service: (tls: .*certificate: )?/, ''));
      expect(found.message).to.include('The caBundle of APIService v1beta1.metrics.k8s.io does not fit it');
      expect(found.message).to.include('kubectl annotate msc metrics-server metrics-server.io/rotate=');
    });
  }

  it('is named also where the API server passes no request on any more', () => {
    const apiService = checked(
      `failing or missing response from https://10.0.0.1:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.0.0.1:10250/apis/metrics.k8s.io/v1beta1": tls: failed to verify certificate: ${unknownAuthority}`,
    );
    const found = diagnoseServing(
      someFacts({ metrics: failed('service unavailable'), apiService, spec: managed }),
    );
    expect(found.reason).to.equal('AggregatorTLS');
    expect(found.message).to.include(`(${unknownAuthority})`);
  });

  it('is said in the same words at each look', () => {
    const at = (time: string) =>
      failed(
        `error trying to reach service: x509: certificate has expired or is not yet valid: current time ${time} is after 2026-01-01T00:00:00Z`,
      );
    const [one, other] = ['2026-02-01T00:00:00Z', '2026-02-01T00:00:15Z'].map((time) =>
      diagnoseServing(someFacts({ metrics: at(time) })),
    );
    expect(one?.message).to.equal(other?.message).and.include('now is after 2026-01-01T00:00:00Z');
  });

  it('is not what an old check says that has passed since', () => {
    const apiService = checked(unknownAuthority, 'True');
    expect(
      diagnoseServing(someFacts({ metrics: failed('service unavailable'), apiService })).reason,
    ).to.equal('NotAnswering');
  });

  it('has another cause where none has to be known', () => {
    const metrics = failed(`error trying to reach service: ${unknownAuthority}`);
    expect(diagnoseServing(someFacts({ metrics })).message).to.include('insecureSkipTLSVerify');
  });

  for (const [mode, says] of Object.entries({
    Managed: 'metrics-server.io/rotate',
    Secret: 'put another certificate into Secret mine and',
    CertManager: 'kubectl delete secret -n kube-system metrics-server-serving-issued',
  })) {
    it(`is mended by whoever has made it (${mode})`, () => {
      const serving = { mode, ...(mode === 'Secret' && { secretRef: { name: 'mine' } }) };
      const { message } = diagnoseServing(
        someFacts({ metrics: failed(unknownAuthority), spec: { tls: { serving } } }),
      );
      expect(message).to.include(says);
    });
  }

  it('is not the cause of other failures', () => {
    const metrics = failed('error trying to reach service: dial tcp 10.0.0.1:10250: i/o timeout');
    expect(diagnoseServing(someFacts({ metrics, spec: managed })).reason).to.equal('NotAnswering');
  });
});
