import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { certificatesIn, type KeyPair } from '../platform/x509.ts';

/** What a Secret is worth. */
export type Judged<T> = ({ is: 'good' } & T) | { is: 'bad'; because: string };

/** A CA that can sign. */
export interface Authority {
  pair: KeyPair;
  certificate: X509Certificate;
}

export interface Serving {
  certificate: X509Certificate;
}

/** Judges a Secret as the CA that signs. */
export function authorityIn(secret: KubernetesObject | undefined, now: Date): Judged<Authority> {
  const judged = freshPairIn(secret, now);
  if (judged.is === 'bad') return judged;
  return judged.certificate.ca ? judged : bad('its certificate is not that of a CA');
}

/** Judges a Secret as the certificate of a server, signed by a CA. */
export function servingIn(
  secret: KubernetesObject | undefined,
  { certificate: authority }: Authority,
  names: string[],
  now: Date,
): Judged<Serving> {
  const judged = freshPairIn(secret, now);
  if (judged.is === 'bad') return judged;
  const { certificate } = judged;
  if (!isSignedBy(certificate, authority)) return bad('it is not signed by the present CA');
  return wrongName(certificate, names) ?? { is: 'good', certificate };
}

/** The certificates in `ca.crt` that have not expired. */
export function trustedIn(secret: KubernetesObject | undefined, now: Date): X509Certificate[] {
  return unexpired(certificatesIn(textIn(secret, 'ca.crt')) ?? [], now);
}

export function unexpired(certificates: X509Certificate[], now: Date): X509Certificate[] {
  return certificates.filter(({ validTo }) => Date.parse(validTo) > now.getTime());
}

/** As PEM, in this order, each once. */
export function pemOf(certificates: X509Certificate[]): string {
  const each = new Map(certificates.map((one) => [one.fingerprint256, one.toString()]));
  return [...each.values()].map((pem) => `${pem.trim()}\n`).join('');
}

// The rest of its life is for whoever has to mend what keeps it from being renewed.
const renewedAfter = 2 / 3;

/** A pair that need not be renewed yet. */
function freshPairIn(secret: KubernetesObject | undefined, now: Date): Judged<Pair> {
  const judged = pairIn(secret, now);
  if (judged.is === 'bad') return judged;
  const { validFrom, validTo } = judged.certificate;
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return now.getTime() >= from + renewedAfter * (to - from) ? bad('two thirds of its life are over') : judged;
}

interface Pair {
  pair: KeyPair;
  certificate: X509Certificate;
}

/** The certificate and key of a Secret of type kubernetes.io/tls. */
export function pairIn(secret: KubernetesObject | undefined, now: Date): Judged<Pair> {
  if (secret === undefined) return bad('there is none');
  const { certificate: pem, key } = keyPairIn(secret);
  if (pem === '' || key === '') return bad(`it has no ${pem === '' ? 'tls.crt' : 'tls.key'}`);
  const [certificate] = certificatesIn(pem) ?? [];
  if (certificate === undefined) return bad('its certificate cannot be read (tls.crt)');
  const fault = wrongKey(key, certificate) ?? wrongTime(certificate, now);
  return fault ?? { is: 'good', pair: { certificate: pem, key }, certificate };
}

export function keyPairIn(secret: KubernetesObject): KeyPair {
  return { certificate: textIn(secret, 'tls.crt') ?? '', key: textIn(secret, 'tls.key') ?? '' };
}

function wrongTime({ validFrom, validTo }: X509Certificate, now: Date): Bad | undefined {
  if (now.getTime() < Date.parse(validFrom)) return bad(`its certificate is not valid before ${validFrom}`);
  return now.getTime() >= Date.parse(validTo) ? bad(`its certificate has expired on ${validTo}`) : undefined;
}

function wrongKey(pem: string, certificate: X509Certificate): Bad | undefined {
  if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    return bad(
      'its key is encrypted, and nobody is there to open it: store it without a passphrase (tls.key)',
    );
  }
  try {
    return certificate.checkPrivateKey(createPrivateKey(pem))
      ? undefined
      : bad('its key is not that of its certificate');
  } catch (error) {
    if (error instanceof Error) return bad('its key cannot be read (tls.key)');
    throw error;
  }
}

/** Go's TLS looks at the alternative names only, whatever the common name says. */
export function wrongName(certificate: X509Certificate, names: string[]): Bad | undefined {
  const missing = names.filter((name) => certificate.checkHost(name, { subject: 'never' }) === undefined);
  return missing.length > 0 ? bad(`its certificate is not for ${missing.join(' and ')}`) : undefined;
}

export function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  const key = certificate.checkIssued(authority) ? publicKeyOf(authority) : undefined;
  return key !== undefined && certificate.verify(key);
}

const anyUse = '2.5.29.37.0';

/** Whether its extended key usage, which Node calls keyUsage, allows a use. Where nothing is said, all are allowed. */
export function isFor({ keyUsage }: X509Certificate, use: string): boolean {
  return keyUsage === undefined || keyUsage.includes(use) || keyUsage.includes(anyUse);
}

/** Undefined where OpenSSL does not know the kind of key. */
export function publicKeyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

export function textIn(object: KubernetesObject | undefined, key: string): string | undefined {
  const { kind, data }: V1Secret | V1ConfigMap = { ...object };
  const text = data?.[key];
  return text === undefined || kind === 'ConfigMap' ? text : Buffer.from(text, 'base64').toString();
}

/** What a Secret of type kubernetes.io/tls holds, as far as it is a matter of certificates. */
export function textsIn(secret: KubernetesObject): Record<string, string> {
  return Object.fromEntries(
    ['tls.crt', 'tls.key', 'ca.crt'].flatMap((key) => {
      const text = textIn(secret, key);
      return text === undefined ? [] : [[key, text]];
    }),
  );
}

type Bad = { is: 'bad'; because: string };

export function bad(because: string): Bad {
  return { is: 'bad', because };
}
