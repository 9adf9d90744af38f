import type { V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { expiries } from '../../src/controllers/expiries.ts';
import { makeAuthority, makeServing } from '../../src/platform/x509.ts';

const now = new Date('2026-01-01T00:00:00Z');
const [hourSeconds, daySeconds] = [3600, 86_400];

function secret(name: string, certificate: string): V1Secret {
  const data = { 'tls.crt': Buffer.from(certificate).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data };
}

describe('the life of certificates', () => {
  it('is told of the CA and of the first of the chain that is shown', async () => {
    const authority = await makeAuthority('ca', 100, now);
    const serving = await makeServing(authority, ['a'], 10, now);
    const owned = [
      secret('a-serving-cert', serving.certificate + authority.certificate),
      secret('a-serving-ca', authority.certificate),
      secret('b-serving-ca', authority.certificate),
    ];
    const seconds = now.getTime() / 1000;
    const fromSeconds = seconds - hourSeconds;
    expect(expiries('a', owned)).to.deep.equal([
      { certificate: 'serving', fromSeconds, toSeconds: seconds + 10 * daySeconds },
      { certificate: 'ca', fromSeconds, toSeconds: seconds + 100 * daySeconds },
    ]);
  });

  it('is not told where there is none, or none that can be read', () => {
    expect(expiries('a', [])).to.deep.equal([]);
    expect(expiries('a', [secret('a-serving-cert', 'garbage'), secret('a-serving-ca', '')])).to.deep.equal(
      [],
    );
  });
});
