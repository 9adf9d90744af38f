import { createPrivateKey, type X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Secret } from '@kubernetes/client-node';
import { certificatesIn, type KeyPair } from '../platform/x509.ts';

/** What a Secret is worth. */
export type Judged<T> = ({ is: 'good' } & T) | { is: 'bad'; because: string };

/** A CA, and every certificate of a CA that may still be needed to verify what pods show. */
export interface Authority {
  pair: KeyPair;
  current: X509Certificate;
  trusted: X509Certificate[];
}

export interface Serving {
  certificate: X509Certificate;
}

/** Judges a Secret as the CA that signs. */
export function authorityIn(secret: KubernetesObject | undefined, now: Date): Judged<Authority> {
  const judged = pairIn(secret, now);
  if (judged.is === 'bad') return judged;
  const { pair, certificate: current } = judged;
  if (!current.ca) return bad('its certificate is not that of a CA');
  const others = trustedIn(secret, now).filter(
    ({ fingerprint256 }) => fingerprint256 !== current.fingerprint256,
  );
  return { is: 'good', pair, current, trusted: [current, ...others] };
}

/** Judges a Secret as the certificate of a server. */
export function servingIn(
  secret: KubernetesObject | undefined,
  { current }: Authority,
  names: string[],
  now: Date,
): Judged<Serving> {
  const judged = pairIn(secret, now);
  if (judged.is === 'bad') return judged;
  const { certificate } = judged;
  if (!certificate.checkIssued(current) || !certificate.verify(current.publicKey)) {
    return bad('it is not signed by the present CA');
  }
  const missing = names.filter((name) => certificate.checkHost(name) === undefined);
  return missing.length > 0 ? bad(`it is not for ${missing.join(' and ')}`) : { is: 'good', certificate };
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

function pairIn(
  secret: KubernetesObject | undefined,
  now: Date,
): Judged<{ pair: KeyPair; certificate: X509Certificate }> {
  if (secret === undefined) return bad('there is none');
  const pair = { certificate: textIn(secret, 'tls.crt') ?? '', key: textIn(secret, 'tls.key') ?? '' };
  const [certificate] = certificatesIn(pair.certificate) ?? [];
  if (certificate === undefined) return bad('its certificate cannot be read');
  if (!isKeyOf(pair.key, certificate)) return bad('its key is not that of its certificate');
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (now.getTime() < from) return bad('it is not valid yet');
  if (now.getTime() >= to) return bad('it has expired');
  if (now.getTime() >= from + renewedAfter * (to - from)) return bad('two thirds of its life are over');
  return { is: 'good', pair, certificate };
}

function isKeyOf(key: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    if (error instanceof Error) return false; // garbage, or encrypted
    throw error;
  }
}

function textIn(secret: KubernetesObject | undefined, key: string): string | undefined {
  const { data }: V1Secret = { ...secret };
  const encoded = data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

function bad(because: string): { is: 'bad'; because: string } {
  return { is: 'bad', because };
}
