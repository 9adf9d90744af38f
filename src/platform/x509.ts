import { createPrivateKey, type webcrypto, X509Certificate } from 'node:crypto';

/** A certificate with its key, both as PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

const dayMs = 24 * 60 * 60_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
// Clocks of a cluster differ: what is made now must be good at once everywhere.
const skewMs = 60 * 60_000;

/** Makes a CA, good for `days`, which can sign certificates of servers but no further CA. */
export async function makeAuthority(commonName: string, days: number, now: Date): Promise<KeyPair> {
  const x509 = await maker();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    ...periodOf(days, now),
    serialNumber: serialNumber(),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await keyAsPem(keys.privateKey) };
}

/** Makes a server's certificate, signed by an authority. Throws where the authority cannot be read. */
export async function makeServing(
  authority: KeyPair,
  dnsNames: [string, ...string[]],
  days: number,
  now: Date,
): Promise<KeyPair> {
  const x509 = await maker();
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const der = createPrivateKey(authority.key).export({ type: 'pkcs8', format: 'der' });
  const signingKey = await crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, false, ['sign']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [dnsNames[0].slice(0, longestCommonName)] }],
    issuer: issuer.subject,
    ...periodOf(days, now),
    serialNumber: serialNumber(),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await keyAsPem(keys.privateKey) };
}

const longestCommonName = 64;

/** Loaded when something is made, which is once a year: it takes 15 MiB. */
async function maker() {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}

async function newKeys() {
  return await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function keyAsPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

function periodOf(days: number, now: Date): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - skewMs),
    notAfter: new Date(now.getTime() + days * dayMs),
  };
}

/** Positive, and so long that no two are ever alike. */
function serialNumber(): string {
  return `01${Buffer.from(crypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;
}

/** Every certificate in a PEM text; undefined where one of them cannot be read, or there is none. */
export function certificatesIn(pem: string | undefined): X509Certificate[] | undefined {
  const blocks = pem?.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const begins = pem?.match(/-----BEGIN /g)?.length ?? 0;
  if (blocks.length === 0 || begins !== blocks.length) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    if (error instanceof Error) return undefined; // whatever OpenSSL says of it, it is none
    throw error;
  }
}
