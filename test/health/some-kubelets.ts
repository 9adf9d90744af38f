import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { now } from './some-facts.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 60 * 60_000;

/** A certificate with the key that it was made with. */
export interface Made {
  certificate: X509Certificate;
  keys: Awaited<ReturnType<typeof newKeys>>;
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

async function newKeys() {
  return await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** A certificate as an administrator or a kubelet may make one. */
export async function someCertificate(wish: Wish = {}): Promise<Made> {
  const {
    commonName = 'system:node:a',
    dns = [],
    ip = [],
    days = 1,
    by,
    isAuthority = false,
    hash = 'SHA-256',
  } = wish;
  const keys = await newKeys();
  const [from, to] = [Math.min(0, days), Math.max(0, days)];
  const names = [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ip.map((value) => ({ type: 'ip' as const, value })),
  ];
  const made = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [commonName] }],
    issuer: by === undefined ? [{ CN: [commonName] }] : [{ CN: [nameOf(by)] }],
    notBefore: new Date(now.getTime() + from * dayMs),
    notAfter: new Date(now.getTime() + to * dayMs - 1000),
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    signingAlgorithm: { ...algorithm, hash },
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  return { certificate: new X509Certificate(made.toString('pem')), keys };
}

function nameOf({ certificate }: Made): string {
  return certificate.subject.replace(/^CN=/, '');
}

export async function someAuthority(commonName: string, by?: Made, days = 10): Promise<Made> {
  return await someCertificate({ commonName, isAuthority: true, days, ...(by && { by }) });
}

/** A CA of version 1, as "openssl x509 -req -signkey" makes it, and a certificate for node-1 from it; since 2026-11-28. */
export const ofVersion1 = [
  `-----BEGIN CERTIFICATE-----
MIIBHTCBwwIUO5JvTL0TZ67vqH/yPrQcKagSsbwwCgYIKoZIzj0EAwIwETEPMA0G
A1UEAwwGb2xkLWNhMB4XDTI2MTEyODA5MDUyMloXDTQ2MTEyMzA5MDUyMlowETEP
MA0GA1UEAwwGb2xkLWNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIze9AULi
4OqDCGNGotYys9dwEsceatPniOsNC8h48bwF42RA8PbX/hAChI9r320fbk9YqRva
l56NAw2KdADcVTAKBggqhkjOPQQDAgNJADBGAiEA7nsY2TyZpOjnNTLHeqsUvteZ
oLWycD3NDe7fXKmBiRMCIQDlEIh27chpycyORE7i87ebIMJDJSPScRqrjuHMHLI9
nA==
-----END CERTIFICATE-----`,
  `-----BEGIN CERTIFICATE-----
MIIBizCCATGgAwIBAgIUbhuJqRMz4wm/O75vK6UblsjrApowCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGb2xkLWNhMB4XDTI2MTEyODA5MDUyMloXDTQ2MTEyMzA5MDUy
MlowDDEKMAgGA1UEAwwBazBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABM4hLtvP
R9VT0OvVlXjQ3gx1yjKNxAiWn+c/neJOTJLD5whAkgGIaOqLhvV1fYJGnj0f1OaN
KywZKVExckI2ygmjbDBqMBEGA1UdEQQKMAiCBm5vZGUtMTAdBgNVHQ4EFgQUUWOQ
DJ7OZGYIqVJp0VSshnj5phYwNgYDVR0jBC8wLaEVpBMwETEPMA0GA1UEAwwGb2xk
LWNhghQ7km9MvRNnru+of/I+tBwpqBKxvDAKBggqhkjOPQQDAgNIADBFAiAy80Nl
J+rjTePbFH9N9vQHRF44CnYUoJTXjoohvaz7FwIhAOZKKscADBC8vUaWk9XvQIkv
ckdlswTraKRijnsi44nj
-----END CERTIFICATE-----`,
];
