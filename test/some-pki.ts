import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { KeyPair } from '../src/platform/x509.ts';

/** What a certificate of somebody else may be like; what is left out is good. */
export interface Wanted {
  dnsNames?: string[];
  commonName?: string;
  isAuthority?: boolean;
  /** Who signs; itself where nobody is named. */
  by?: SomeCertificate;
  /** Bits of an RSA key; otherwise it is ECDSA. */
  rsa?: number;
  /** Extended key usage; servers where nothing is said. */
  uses?: string[];
  from?: Date;
  to?: Date;
}

export interface SomeCertificate extends KeyPair {
  keys: webcrypto.CryptoKeyPair;
  x509: x509.X509Certificate;
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 3_600_000;

/** Certificates as users and other tools make them: also such as no well-behaved tool does. */
export async function someCertificate(now: Date, wanted: Wanted = {}): Promise<SomeCertificate> {
  const { by, rsa, dnsNames = [], isAuthority = false, uses = [x509.ExtendedKeyUsage.serverAuth] } = wanted;
  const algorithm =
    rsa === undefined
      ? ecdsa
      : {
          name: 'RSASSA-PKCS1-v1_5',
          modulusLength: rsa,
          publicExponent: new Uint8Array([1, 0, 1]),
          hash: 'SHA-256',
        };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const subject = `CN=${wanted.commonName ?? (isAuthority ? 'some CA' : 'some server')}`;
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: by?.x509.subject ?? subject,
    notBefore: wanted.from ?? new Date(now.getTime() - dayMs),
    notAfter: wanted.to ?? new Date(now.getTime() + 365 * dayMs),
    serialNumber: `01${Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('hex')}`,
    publicKey: keys.publicKey,
    signingKey: by?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm:
      by === undefined ? algorithm : by.keys.privateKey.algorithm.name === 'ECDSA' ? ecdsa : algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      ...(isAuthority ? [] : [new x509.ExtendedKeyUsageExtension(uses)]),
      ...(dnsNames.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value })))]),
    ],
  });
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`;
  return { certificate: `${certificate.toString('pem')}\n`, key, keys, x509: certificate };
}
