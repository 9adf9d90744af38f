import { expect } from 'chai';
import { parseOrder } from '../local-cluster/cli.ts';
import { defaultState } from '../local-cluster/layout.ts';

const order = (words: string) => parseOrder(words.split(' '));

describe('an order to the local cluster', () => {
  it('starts it, with one node of the CA of the cluster where nothing else is said', () => {
    const plain = { verb: 'up', state: defaultState, nodes: 1, kubeletCertificates: 'cluster-ca' };
    expect(order('up')).to.deep.equal(plain);
    const other = { nodes: 2, kubeletCertificates: 'self-signed', state: '/tmp/x' };
    expect(order('up --nodes 2 --kubelet-certificates self-signed --state /tmp/x')).to.deep.equal({
      ...plain,
      ...other,
    });
  });
  it('restarts a kubelet with another certificate, any that a test may give it', () => {
    for (const certificate of ['dns-only', 'expired', 'another-ca', 'pending', 'cluster-ca', 'self-signed']) {
      const wanted = { verb: 'kubelet', node: 2, certificate, state: defaultState };
      expect(order(`kubelet 2 ${certificate}`)).to.deep.equal(wanted);
    }
  });

  const refused = {
    'kubelet 3 expired': 'The node is 1 or 2, not "3".',
    'kubelet 1 old':
      'The certificate is cluster-ca, self-signed, pending, dns-only, expired or another-ca, not "old".',
    'kubelet 1': 'Say which certificate: cluster-ca, self-signed, pending, dns-only, expired or another-ca.',
    'kubelet 1 expired now': '"now" is one word too many.',
    'up now': '"now" is one word too many.',
    'up --kubelet-certificates expired':
      '--kubelet-certificates is cluster-ca or self-signed, not "expired".',
    across: 'Say "up", "down" or "kubelet", not "across".',
  };
  for (const [words, because] of Object.entries(refused)) {
    it(`is refused where it is: ${words}`, () =>
      expect(order(words)).to.deep.equal({ verb: 'refuse', because }));
  }
});
