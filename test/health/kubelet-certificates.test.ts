import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { complaintAbout } from '../../src/health/kubelet-certificates.ts';
import { someCertificate as somebodys } from '../some-pki.ts';
import { now } from './some-facts.ts';
import { authorityOfVersion1, type Made, someAuthority, someCertificate } from './some-kubelets.ts';

const chainOf = (...made: Made[]) => made.map(({ certificate }) => certificate);

/** The same certificate, but for what it says of itself. */
function withChanges(certificate: X509Certificate, changes: object): X509Certificate {
  return new Proxy(certificate, {
    get: (target, name) => {
      if (name in changes) return Reflect.get(changes, name);
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('the certificate of a kubelet', () => {
  const made = async () => {
    const ca = await someAuthority('cluster-ca');
    const other = await someAuthority('other-ca');
    const middle = await someAuthority('middle-ca', ca);
    const noAuthority = await someCertificate({ commonName: 'no-ca', days: 10 });
    const oldMiddle = await someAuthority('old-middle-ca', ca, -1);
    const both = { dns: ['node-1'], ip: ['10.0.0.1', 'fd00::1'] };
    return {
      ca,
      noAuthority: chainOf(noAuthority),
      byNoAuthority: chainOf(await someCertificate({ ...both, by: noAuthority })),
      bySha1: chainOf(await someCertificate({ ...both, by: ca, hash: 'SHA-1' })),
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

  it('is out of date where its dates cannot be read', () => {
    const { good } = all.made ?? expect.fail();
    const [validFrom, validTo] = ['Jan  1 00:00:00 2026 GMT', 'Bad time value']; // in the words of OpenSSL
    const chain = good.map((one) => withChanges(one, { validFrom, validTo }));
    expect(complaintAbout(chain, { host: '10.0.0.1', trusted: undefined, now })).to.deep.equal({
      reason: 'KubeletCertExpired',
      detail: 'the certificate is valid from 2026-01-01 to an unreadable date only',
    });
  });

  it('may have neither a subject nor an issuer', () => {
    const { good, byOther } = all.made ?? expect.fail();
    const nobody = { subject: undefined, issuer: undefined }; // so Node has it where they are empty
    const nameless = byOther.slice(0, 1).map((one) => withChanges(one, nobody));
    const asking = { host: '10.0.0.1', trusted: good, now };
    expect(complaintAbout(nameless, asking)).to.deep.equal({
      reason: 'KubeletCertUnknownCA',
      detail: 'the certificate was issued by nobody, which is not a CA that metrics-server trusts',
    });
    const unnamed = nameless.map((one) => withChanges(one, { subjectAltName: undefined }));
    expect(complaintAbout(unnamed, { ...asking, host: 'node-2' })?.reason).to.equal('KubeletCertWrongSAN');
  });

  it('is for no host that has a NUL in it', () => {
    const { good } = all.made ?? expect.fail();
    for (const host of ['node-1\0', 'node-1\0x']) {
      const complaint = complaintAbout(good, { host, trusted: undefined, now });
      expect(complaint?.reason).to.equal('KubeletCertWrongSAN');
    }
  });

  it('is looked at by name where the host only looks like an address', () => {
    const { good } = all.made ?? expect.fail();
    const asking = { host: '01.0.0.1', trusted: undefined, now };
    expect(complaintAbout(good, asking)?.reason).to.equal('KubeletCertWrongSAN');
  });

  it('is good where it is among the trusted ones itself, whoever has signed it and how', () => {
    const { selfSigned, bySha1 } = all.made ?? expect.fail();
    for (const chain of [selfSigned, bySha1]) {
      const asking = { host: 'node-1', trusted: chain.slice(0, 1), now };
      expect(complaintAbout(chain, asking)).to.equal(undefined);
    }
  });

  it('comes from an unknown CA where its issuer is trusted, but is no CA', () => {
    const { byNoAuthority, noAuthority } = all.made ?? expect.fail();
    expect(complaintAbout(byNoAuthority, { host: '10.0.0.1', trusted: noAuthority, now })).to.deep.equal({
      reason: 'KubeletCertUnknownCA',
      detail: 'the certificate was issued by CN=no-ca, which is not a CA that metrics-server trusts',
    });
  });

  it('may come from a CA of version 1, which cannot say that it is one', async () => {
    const { certificate: ca, authority } = await authorityOfVersion1();
    const at = new Date(ca.validFrom);
    const kubelet = new X509Certificate(
      (await somebodys(at, { dnsNames: ['node-1'], by: authority })).certificate,
    );
    const asking = { host: 'node-1', trusted: [ca], now: at };
    expect(ca.ca).to.equal(false);
    const ofVersion1 = new Set([ca.fingerprint256]);
    expect(complaintAbout([kubelet], { ...asking, ofVersion1 })).to.equal(undefined);
    expect(complaintAbout([kubelet], asking)?.reason, 'where that is not known').to.equal(
      'KubeletCertUnknownCA',
    );
    expect(complaintAbout([kubelet], { ...asking, trusted: [] })?.reason).to.equal('KubeletCertUnknownCA');
  });

  it('comes from an unknown CA where its signature is too weak, and says so', () => {
    const { bySha1, ca } = all.made ?? expect.fail();
    expect(complaintAbout(bySha1, { host: '10.0.0.1', trusted: chainOf(ca), now })).to.deep.equal({
      reason: 'KubeletCertUnknownCA',
      detail: 'the certificate is signed with ecdsa-with-SHA1, which metrics-server does not accept',
    });
  });
});
