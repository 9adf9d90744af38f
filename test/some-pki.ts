import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, KeyObject, type webcrypto } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';
import type { KeyPair } from '../src/platform/x509.ts';

/** What a certificate of somebody else may be like; what is left out is good. */
export interface Wanted {
  dnsNames?: string[];
  ipAddresses?: string[];
  commonName?: string;
  isAuthority?: boolean;
  /** Who signs; itself where nobody is named. */
  by?: SomeCertificate;
  /** Bits of an RSA key; otherwise it is ECDSA. */
  rsa?: number;
  /** The kind of key instead of P-256. */
  kind?: Kind;
  /** Hash of its signature. */
  hash?: string;
  /** Extended key usage; where nothing is said it is servers, and every use for a CA. */
  uses?: string[];
  /** How many CAs may come below it. */
  pathLength?: number;
  more?: x509.Extension[];
  from?: Date;
  to?: Date;
}

export interface SomeCertificate extends KeyPair {
  keys: webcrypto.CryptoKeyPair;
  x509: x509.X509Certificate;
}

type Kind = 'P-384' | 'P-521' | 'Ed25519' | OddKind;
/** Kinds that can only be shown: somebody else has to sign. */
type OddKind = 'P-224' | 'secp256k1' | 'brainpoolP256r1' | 'ed448' | 'rsa-pss' | 'dsa';

const dayMs = 24 * 3_600_000;

/** Certificates as users and other tools make them: also such as no well-behaved tool does. */
export async function someCertificate(now: Date, wanted: Wanted = {}): Promise<SomeCertificate> {
  const { by, dnsNames = [], ipAddresses = [], isAuthority = false, hash = 'SHA-256', more = [] } = wanted;
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const { uses = isAuthority ? [] : [x509.ExtendedKeyUsage.serverAuth] } = wanted;
  const keys = await crypto.subtle.generateKey(algorithmOf(wanted), true, ['sign', 'verify']);
  const { publicKey, privateKey } = oddPair(wanted.kind) ?? {
    publicKey: KeyObject.from(keys.publicKey),
    privateKey: KeyObject.from(keys.privateKey),
  };
  const signing = by?.keys ?? keys;
  const subject = `CN=${wanted.commonName ?? (isAuthority ? 'some CA' : 'some server')}`;
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: by?.x509.subject ?? subject,
    notBefore: wanted.from ?? new Date(now.getTime() - dayMs),
    notAfter: wanted.to ?? new Date(now.getTime() + 365 * dayMs),
    serialNumber: `01${Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('hex')}`,
    publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    signingKey: signing.privateKey,
    signingAlgorithm: { ...signing.privateKey.algorithm, hash },
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, wanted.pathLength, true),
      ...(uses.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(uses)]),
      ...more,
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certificate: `${certificate.toString('pem')}\n`, key, keys, x509: certificate };
}

/** An extension that nobody knows. */
export function unknownExtension(isCritical: boolean): x509.Extension {
  return new x509.Extension('1.2.3.4', isCritical, new Uint8Array([5, 0]));
}

/** Which names a CA may sign for. */
export function nameConstraints(permitted: string[], excluded: string[] = []): x509.Extension {
  const trees = (names: string[]) =>
    new GeneralSubtrees(names.map((dNSName) => new GeneralSubtree({ base: new GeneralName({ dNSName }) })));
  const constraints = new NameConstraints({
    ...(permitted.length > 0 && { permittedSubtrees: trees(permitted) }),
    ...(excluded.length > 0 && { excludedSubtrees: trees(excluded) }),
  });
  return new x509.Extension('2.5.29.30', true, AsnConvert.serialize(constraints));
}

/** A limit of names that are not those of hosts. */
export function oddConstraints(): x509.Extension {
  const base = new GeneralName({ registeredID: '1.2.3.4' });
  const permittedSubtrees = new GeneralSubtrees([new GeneralSubtree({ base })]);
  const constraints = new NameConstraints({ permittedSubtrees });
  return new x509.Extension('2.5.29.30', true, AsnConvert.serialize(constraints));
}

/** A CA of version 1, which has no extensions: what `openssl x509 -req -signkey` makes. */
export function version1Authority(): Promise<SomeCertificate> {
  return authorityFrom(version1, version1Key);
}

/** One that others have made, to sign with; its key is of P-256. */
export async function authorityFrom(certificate: string, key: string): Promise<SomeCertificate> {
  const known = new x509.X509Certificate(certificate);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const privateKey = createPrivateKey(key).toCryptoKey(algorithm, true, ['sign']);
  const publicKey = await known.publicKey.export();
  return { certificate, key, keys: { privateKey, publicKey }, x509: known };
}

const version1 = `-----BEGIN CERTIFICATE-----
MIIBAjCBqgIBATAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJ2MTAgFw0yNjExMjgw
OTA1NThaGA8yMTI2MTEwNDA5MDU1OFowDTELMAkGA1UEAwwCdjEwWTATBgcqhkjO
PQIBBggqhkjOPQMBBwNCAARLrdimSy41p/Jy6qc7GpHAUpm5P6ULJiR9dhQo2iae
movdVKDfgwtnG4ct8vwmOmA+otO2zfc2jHmj1tn0VJUCMAoGCCqGSM49BAMCA0cA
MEQCIC2qRrPDMjfjYBjqSMz5bvLUoGUx6kqmcmU4JwD73skvAiAhd5JLDKKlklko
59GNn03PHa5Ra9wr2lkN0QWmSnEK5A==
-----END CERTIFICATE-----
`;
const version1Key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgG2/x1d2qDftPuC//
5PIkw9jol0TEk0FVdQPOQSJbP+ehRANCAARLrdimSy41p/Jy6qc7GpHAUpm5P6UL
JiR9dhQo2iaemovdVKDfgwtnG4ct8vwmOmA+otO2zfc2jHmj1tn0VJUC
-----END PRIVATE KEY-----
`;

function algorithmOf({ rsa, kind }: Wanted) {
  if (rsa !== undefined) {
    const publicExponent = new Uint8Array([1, 0, 1]);
    return { name: 'RSASSA-PKCS1-v1_5', modulusLength: rsa, publicExponent, hash: 'SHA-256' };
  }
  if (kind === 'Ed25519') return { name: 'Ed25519', namedCurve: '' }; // it has but one, and the types want the word
  return { name: 'ECDSA', namedCurve: kind === 'P-384' || kind === 'P-521' ? kind : 'P-256' };
}

function oddPair(kind: Kind | undefined) {
  switch (kind) {
    case undefined:
    case 'P-384':
    case 'P-521':
    case 'Ed25519':
      return undefined;
    case 'P-224':
    case 'secp256k1':
    case 'brainpoolP256r1':
      return generateKeyPairSync('ec', { namedCurve: kind });
    case 'ed448':
      return generateKeyPairSync('ed448');
    case 'rsa-pss':
      return generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    case 'dsa':
      return generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
  }
}
