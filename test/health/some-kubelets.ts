import { X509Certificate } from 'node:crypto';
import { type SomeCertificate, someCertificate as somebodys, version1Authority } from '../some-pki.ts';
import { now } from './some-facts.ts';

const dayMs = 24 * 60 * 60_000;

/** A certificate with what it takes to sign others. */
export interface Made {
  certificate: X509Certificate;
  authority: SomeCertificate;
}

interface Wish {
  commonName?: string;
  dns?: string[];
  ip?: string[];
  /** Days from now on, or until now where it is negative. */
  days?: number;
  by?: Made;
  isAuthority?: boolean;
  /** With which it is signed. */
  hash?: 'SHA-1' | 'SHA-256';
}

/** A certificate as an administrator or a kubelet may make one. */
export async function someCertificate(wish: Wish = {}): Promise<Made> {
  const { commonName = 'system:node:a', dns, ip, days = 1, by, isAuthority, hash } = wish;
  return from(
    await somebodys(now, {
      commonName,
      dnsNames: dns,
      ipAddresses: ip,
      isAuthority,
      hash,
      by: by?.authority,
      uses: [],
      from: new Date(now.getTime() + Math.min(0, days) * dayMs),
      to: new Date(now.getTime() + Math.max(0, days) * dayMs - 1000),
    }),
  );
}

export async function someAuthority(commonName: string, by?: Made, days = 10): Promise<Made> {
  return await someCertificate({ commonName, isAuthority: true, days, by });
}

/** A CA of version 1, which cannot say that it is one; since 2026-11-28. */
export async function authorityOfVersion1(): Promise<Made> {
  return from(await version1Authority());
}

function from(authority: SomeCertificate): Made {
  return { certificate: new X509Certificate(authority.certificate), authority };
}
