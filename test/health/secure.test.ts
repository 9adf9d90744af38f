import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { KubeletAnswer } from '../../src/health/facts.ts';
import { preflightStatus } from '../../src/health/kubelet-troubles.ts';
import { diagnoseSecure, withExpiry } from '../../src/health/secure.ts';
import { answered, node, sampled, someFacts } from './some-facts.ts';
import { type Made, someAuthority, someCertificate } from './some-kubelets.ts';

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
  const choice = (more: object = {}) =>
    `kubectl patch msc metrics-server --type=merge -p '${JSON.stringify({ spec: { tls: { kubelet: { mode: 'ClusterCA', ...more } } } })}'`;
  const sentence = "Give the kubelets certificates of the cluster's CA, then choose ClusterCA: ";

  it('comes with the whole command that chooses ClusterCA', () => {
    expect(found([insecurePod], insecureSpec).message).to.include(
      `${sentence}${choice()}; or name the CA that they have: kubectl create configmap kubelet-ca -n kube-system --from-file=ca.crt=FILE; kubectl patch`,
    );
    for (const until of ['2026-01-01', '2025-12-31'])
      expect(found([insecurePod], accepted(until)).message).to.include(
        `${sentence}${choice({ acceptInsecureUntil: null })}; or`,
      );
  });

  describe('where kubelets have been asked all the same', () => {
    const made: Record<string, Made> = {};
    before(async () => {
      const ca = await someAuthority('cluster-ca');
      const ip = ['10.0.0.1', '10.0.0.2'];
      Object.assign(made, {
        ca,
        good: await someCertificate({ ip, by: ca }),
        bad: await someCertificate({ ip }),
      });
    });
    const certificate = (name: string) => made[name]?.certificate ?? expect.fail(name);
    const nodes = ['a', 'b', 'c'].map((name, index) =>
      node(name, { addresses: [{ type: 'InternalIP', address: `10.0.0.${index + 1}` }] }),
    );
    const facts = (shown: Record<string, string>, spec: object = insecureSpec) => {
      const answers = Object.entries(shown).map(([name, which]): [string, KubeletAnswer] => {
        const host = nodes.find((one) => one.name === name)?.addresses?.[0]?.address ?? '';
        if (which === 'none' || which === 'unreachable') return [name, { host, is: which }];
        return [name, { host, is: 'shown', chain: [certificate(which)] }];
      });
      const cluster = { trusted: [certificate('ca')] };
      const preflight = { answers: new Map(answers), trusted: undefined, cluster, requests: new Map() };
      const metrics = answered(...nodes.map(({ name }) => sampled(name)));
      return someFacts({ nodes, metrics, pods: [insecurePod], spec, preflight });
    };

    it('is said to be verified with ClusterCA, where it would be of all of them, with the command', () => {
      const both = facts({ a: 'good', b: 'good', c: 'unreachable' });
      const { reason, message } = diagnoseSecure(both);
      expect(reason).to.equal('KubeletNotVerified');
      expect(message).to.include(`With ClusterCA the 2 checked nodes would be verified: ${choice()}.`);
      expect(message).not.to.include('Give the kubelets');
      expect(diagnoseSecure(facts({ a: 'good' })).message).to.include(
        'With ClusterCA the checked node would',
      );
      const until = diagnoseSecure(facts({ a: 'good', b: 'good' }, accepted('2026-01-01'))).message;
      expect(until).to.include(`would be verified: ${choice({ acceptInsecureUntil: null })}.`);
    });

    it('is not, where one of them would be refused, or nobody has answered', () => {
      const cases: Record<string, string>[] = [
        { a: 'good', b: 'bad' },
        { a: 'bad', b: 'bad' },
        { a: 'unreachable' },
        { a: 'none' },
        {},
      ];
      for (const shown of cases)
        expect(diagnoseSecure(facts(shown)).message)
          .to.include(sentence)
          .and.not.include('would be verified');
    });

    it('is no part of what is foretold: nothing fails', () => {
      for (const name of ['good', 'bad'])
        expect(preflightStatus(facts({ a: name, b: name }))).to.deep.equal({ checked: 2 });
    });
  });

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
