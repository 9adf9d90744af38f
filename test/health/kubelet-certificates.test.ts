import { expect } from 'chai';
import { complaintAbout } from '../../src/health/kubelet-certificates.ts';
import { now } from './some-facts.ts';
import { type Made, someAuthority, someCertificate } from './some-kubelets.ts';

const chainOf = (...made: Made[]) => made.map(({ certificate }) => certificate);

describe('the certificate of a kubelet', () => {
  const made = async () => {
    const ca = await someAuthority('cluster-ca');
    const other = await someAuthority('other-ca');
    const middle = await someAuthority('middle-ca', ca);
    const oldMiddle = await someAuthority('old-middle-ca', ca, -1);
    const both = { dns: ['node-1'], ip: ['10.0.0.1', 'fd00::1'] };
    return {
      ca,
      good: chainOf(await someCertificate({ ...both, by: ca })),
      byMiddle: chainOf(await someCertificate({ ...both, by: middle }), middle),
      withoutMiddle: chainOf(await someCertificate({ ...both, by: middle })),
      byOldMiddle: chainOf(await someCertificate({ ...both, by: oldMiddle }), oldMiddle),
      byOther: chainOf(await someCertificate({ ...both, by: other }), other),
      selfSigned: chainOf(await someCertificate({ dns: ['node-1'], by: other }), other),
      dnsOnly: chainOf(await someCertificate({ dns: ['node-1'], by: ca })),
      expired: chainOf(await someCertificate({ ip: ['10.0.0.9'], days: -1, by: other })),
      nameless: chainOf(await someCertificate({ commonName: '10.0.0.1', by: ca })),
    };
  };
  const all: { made?: Awaited<ReturnType<typeof made>> } = {};
  before(async () => {
    all.made = await made();
  });

  const cases = [
    { is: 'good', host: '10.0.0.1', reason: undefined },
    { is: 'good', host: 'fd00:0:0::1', reason: undefined },
    { is: 'good', host: 'node-1', reason: undefined },
    { is: 'good', host: 'NODE-1', reason: undefined },
    { is: 'good', host: '10.0.0.2', reason: 'KubeletCertWrongSAN' },
    { is: 'good', host: 'node-2', reason: 'KubeletCertWrongSAN' },
    { is: 'byMiddle', host: '10.0.0.1', reason: undefined },
    { is: 'withoutMiddle', host: '10.0.0.1', reason: 'KubeletCertUnknownCA' },
    { is: 'byOldMiddle', host: '10.0.0.1', reason: 'KubeletCertUnknownCA' },
    { is: 'byOther', host: '10.0.0.1', reason: 'KubeletCertUnknownCA' },
    { is: 'selfSigned', host: '10.0.0.1', reason: 'KubeletCertNoIPSAN' },
    { is: 'selfSigned', host: 'node-1', reason: 'KubeletCertUnknownCA' },
    { is: 'dnsOnly', host: '10.0.0.1', reason: 'KubeletCertNoIPSAN' },
    { is: 'dnsOnly', host: 'node-1', reason: undefined },
    { is: 'expired', host: '10.0.0.1', reason: 'KubeletCertExpired' },
    { is: 'nameless', host: '10.0.0.1', reason: 'KubeletCertLegacyCN' },
    { is: 'nameless', host: '10.0.0.2', reason: 'KubeletCertNoIPSAN' },
    { is: 'nameless', host: 'node-1', reason: 'KubeletCertWrongSAN' },
  ] as const;
  for (const { is, host, reason } of cases) {
    it(`that is ${is}, asked as ${host}, leads to ${reason ?? 'no complaint'}`, () => {
      const { ca, [is]: chain } = all.made ?? expect.fail();
      const complaint = complaintAbout(chain, { host, trusted: chainOf(ca), now });
      expect(complaint?.reason, complaint?.detail).to.equal(reason);
    });
  }

  it('is not judged by its issuer where nobody knows whom metrics-server trusts', () => {
    const { byOther } = all.made ?? expect.fail();
    expect(complaintAbout(byOther, { host: '10.0.0.1', trusted: undefined, now })).to.equal(undefined);
  });

  it('is good where it is among the trusted ones itself', () => {
    const { selfSigned } = all.made ?? expect.fail();
    const asking = { host: 'node-1', trusted: selfSigned.slice(0, 1), now };
    expect(complaintAbout(selfSigned, asking)).to.equal(undefined);
  });
});
