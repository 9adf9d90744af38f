import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Secret } from '@kubernetes/client-node';
import { certificatesIn, type KeyPair } from '../platform/x509.ts';
import { bad, isSignedBy, type Judged, pairIn, textIn, unexpired, wrongName } from './material.ts';

/** A certificate that others have made, and who vouches for it. */
export interface GivenCertificate {
  pair: KeyPair;
  certificate: X509Certificate;
  authorities: X509Certificate[];
}

/** Certificates of CAs, as PEM; undefined: there is no such object or key. */
export type Bundle = { text: string | undefined; title: string };

// What Go and OpenSSL take at their usual levels of security.
const leastRsaBits = 2048;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const anyUse = '2.5.29.37.0';

/**
 * Judges a Secret of others by all that the API server will check when it asks at metrics-server. Without a bundle, `ca.crt` of
 * the Secret vouches for the certificate.
 */
export function givenCertificate(
  secret: KubernetesObject | undefined,
  bundle: Bundle | undefined,
  names: string[],
  now: Date,
): Judged<GivenCertificate> {
  const { type }: V1Secret = { ...secret };
  if (secret !== undefined && type !== 'kubernetes.io/tls') {
    return bad(`its type is ${type}, not kubernetes.io/tls: make it with kubectl create secret tls`);
  }
  const judged = pairIn(secret, now);
  if (judged.is === 'bad') return judged;
  const { pair, certificate } = judged;
  const fault = wrongName(certificate, names) ?? tooWeak(certificate) ?? wrongUse(certificate);
  if (fault !== undefined) return fault;
  const authorities = authoritiesIn(bundle ?? ownBundle(secret, pair), now);
  if (authorities.is === 'bad') return authorities;
  return (
    chained(judged.pair, authorities.all, now) ?? {
      is: 'good',
      pair,
      certificate,
      authorities: authorities.all,
    }
  );
}

/** A certificate that signed itself vouches for itself. */
function ownBundle(secret: KubernetesObject | undefined, { certificate }: KeyPair): Bundle {
  const text = textIn(secret, 'ca.crt');
  const [leaf] = certificatesIn(certificate) ?? [];
  const isOwnAuthority = leaf !== undefined && isSignedBy(leaf, leaf);
  const isGiven = text !== undefined && text.trim() !== '';
  return { title: 'its ca.crt', text: isGiven || !isOwnAuthority ? text : leaf.toString() };
}

/**
 * Judges a bundle. Garbage makes all of it bad: whoever reads it would have to guess what was meant. What has expired is left out, as
 * bundles often keep it.
 */
export function authoritiesIn({ text, title }: Bundle, now: Date): Judged<{ all: X509Certificate[] }> {
  if (text === undefined || text.trim() === '') {
    return bad(`${title} is not there or empty: the API server needs the CA to verify the certificate with`);
  }
  const given = certificatesIn(text);
  if (given === undefined) return bad(`${title} holds something that is no certificate in PEM`);
  const all = unexpired(given, now);
  return all.length === 0 ? bad(`${title} holds only certificates that have expired`) : { is: 'good', all };
}

function tooWeak({ publicKey }: X509Certificate) {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? leastRsaBits;
  return bits < leastRsaBits ? bad(`its RSA key has ${bits} bits, fewer than ${leastRsaBits}`) : undefined;
}

function wrongUse({ keyUsage }: X509Certificate) {
  // Node's keyUsage is the extended one; where it is not said, every use is allowed.
  const isForServers = keyUsage === undefined || keyUsage.includes(serverAuth) || keyUsage.includes(anyUse);
  return isForServers ? undefined : bad('its certificate is not for servers (extended key usage serverAuth)');
}

/** Whether the certificate leads to one of the CAs over those that come with it. */
function chained({ certificate }: KeyPair, authorities: X509Certificate[], now: Date) {
  const [leaf, ...between] = certificatesIn(certificate) ?? [];
  let at = leaf;
  for (let length = 0; at !== undefined && length <= between.length; length += 1) {
    const here = at;
    const isVouchedFor = authorities.some(
      (one) => one.fingerprint256 === here.fingerprint256 || isSignedBy(here, one),
    );
    if (isVouchedFor) return undefined;
    at = between.find((one) => one.fingerprint256 !== here.fingerprint256 && isSignedBy(here, one));
    if (at !== undefined && Date.parse(at.validTo) <= now.getTime()) {
      return bad(`an intermediate CA in its tls.crt has expired on ${at.validTo}: ${oneLine(at.subject)}`);
    }
  }
  return bad(
    `its certificate (issuer ${oneLine(leaf?.issuer ?? '')}) does not lead to the CA: the wrong ca.crt, or intermediate CAs are missing in tls.crt`,
  );
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
