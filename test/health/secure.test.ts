import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { diagnoseSecure, withExpiry } from '../../src/health/secure.ts';
import { someFacts } from './some-facts.ts';

function pod(args: string[], { image = 'i:v0.9.0', ready = true } = {}): V1Pod {
  const container = { name: 'metrics-server', image, imageID: '', restartCount: 0, ready };
  return {
    spec: { containers: [{ name: 'metrics-server', image, args }] },
    status: {
      containerStatuses: [container],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

const insecureSpec = { tls: { kubelet: { mode: 'Insecure' } } };
const insecurePod = pod(['--kubelet-insecure-tls']);

describe('what is not verified', () => {
  const found = (pods: V1Pod[], spec: object = {}) => diagnoseSecure(someFacts({ pods, spec }));

  it('is unknown while no pod is ready', () => {
    const unknown = { status: 'Unknown', reason: 'NotMeasured', message: 'No pod is ready.' };
    expect(found([pod([], { ready: false })])).to.include(unknown);
  });
  it('is the server, where its certificate is its own', () => {
    expect(found([pod([])])).to.include({ status: 'False', reason: 'ServingNotVerified' });
  });
  it('is no server whose certificate the operator keeps, once the API server verifies it', () => {
    const spec = { tls: { serving: { mode: 'Managed' } } };
    const facts = someFacts({ pods: [pod([])], spec });
    expect(diagnoseSecure(facts)).to.include({ status: 'True', reason: 'Verified' });
    expect(diagnoseSecure({ ...facts, acceptsAnyone: true }).reason).to.equal('ServingNotVerified');
  });
  it('is the kubelets, too, where the spec wants it so', () => {
    const { reason, message } = found([insecurePod], insecureSpec);
    expect(reason).to.equal('KubeletNotVerified');
    expect(message).to.include('spec.tls.kubelet.mode is Insecure').and.to.include('SelfSigned');
  });
  const accepted = (acceptInsecureUntil: string) => ({
    tls: { kubelet: { mode: 'Insecure', acceptInsecureUntil } },
  });
  for (const until of ['2026-01-01', '2026-01-01T12:00:01Z', '2026-01-01T13:59:00+01:30']) {
    it(`is accepted until ${until}, and that is said (it is 2026-01-01T12:00:00Z)`, () => {
      const { reason, message } = found([insecurePod], accepted(until));
      expect(reason).to.equal('KubeletNotVerified');
      expect(message).to.include(`That is accepted until ${until}.`).and.include('then choose ClusterCA');
    });
  }
  for (const until of ['2025-12-31', '2026-01-01T12:00:00Z', '2026-01-01T13:29:00+01:30']) {
    it(`is accepted no more after ${until}`, () => {
      const { status, reason, message } = found([insecurePod], accepted(until));
      expect({ status, reason }).to.deep.equal({ status: 'False', reason: 'InsecureExpired' });
      expect(message)
        .to.include(`That was accepted until ${until} only.`)
        .and.include('then choose ClusterCA');
    });
  }
  it('is the kubelets while the pod that would verify them is not ready', () => {
    const { reason, message } = found([insecurePod, pod([], { ready: false })]);
    expect(reason).to.equal('StricterPodNotReady');
    expect(message).to.include('it is never rolled back');
  });
  it('is who may connect, while the pod that is stricter about it is not ready', () => {
    const spec = { tls: { serving: { minVersion: 'VersionTLS13' } } };
    const { reason, message } = found([pod([])], spec);
    expect(reason).to.equal('StricterPodNotReady');
    expect(message).to.include('--tls-min-version=VersionTLS13');
    expect(found([pod(['--tls-min-version=VersionTLS13'])], spec).reason).to.equal('ServingNotVerified');
  });
  it('is the image, where it comes from a mirror without a digest', () => {
    const image = 'm.example.com/ms:v0.9.0';
    const spec = { image: { mirrors: ['m.example.com/ms'] } };
    expect(found([pod([], { image })], spec).message).to.include('spec.image.digest would prove what it is');
    expect(found([pod([])], spec).message).not.to.include('digest');
    const pinned = { image: { ...spec.image, digest: `sha256:${'a'.repeat(64)}` } };
    expect(found([pod([], { image })], pinned).message).not.to.include('would prove');
  });

  it('is told together with a certificate that soon expires', () => {
    const verified = { status: 'True', reason: 'Verified', message: 'Everything is verified.' } as const;
    expect(withExpiry(verified, undefined)).to.equal(verified);
    expect(withExpiry(verified, 'It expires.')).to.deep.equal({
      status: 'True',
      reason: 'CertificateExpiring',
      message: 'Everything is verified. It expires.',
    });
    const not = { status: 'False', reason: 'KubeletNotVerified', message: 'It is not.' } as const;
    expect(withExpiry(not, 'It expires.')).to.deep.equal({ ...not, message: 'It is not. It expires.' });
  });
});
