import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Secret } from '@kubernetes/client-node';
import { certificatesIn, type KeyPair } from '../platform/x509.ts';
import { certificateFault, chainFault } from './chain.ts';
import { bad, isSignedBy, type Judged, pairIn, textIn, unexpired, wrongName } from './material.ts';

/** A certificate that others have made, and who vouches for it. */
export interface GivenCertificate {
  pair: KeyPair;
  certificate: X509Certificate;
  authorities: X509Certificate[];
}

/** Certificates of CAs, as PEM, and where they are. */
type Bundle = { text: string; title: string };

/**
 * Judges a Secret of others by all that the API server will check when it asks at metrics-server. Where no other
 * CAs are trusted, `ca.crt` of the Secret vouches for the certificate.
 */
export function givenCertificate(
  secret: KubernetesObject | undefined,
  trusted: { is: 'good'; all: X509Certificate[] } | undefined,
  names: string[],
  now: Date,
): Judged<GivenCertificate> {
  const { type }: V1Secret = { ...secret };
  if (secret !== undefined && type !== 'kubernetes.io/tls') {
    return bad(
      `its type is ${type}, not kubernetes.io/tls. Delete it and make it again: ${makingOf(secret)}`,
    );
  }
  const judged = pairIn(secret, now);
  if (judged.is === 'bad') return judged;
  const { pair, certificate } = judged;
  const fault = certificateFault(certificate);
  const unfit = wrongName(certificate, names) ?? (fault && bad(`its certificate ${fault}`));
  if (unfit) return unfit;
  const authorities = trusted ?? ownAuthorities(secret, pair, now);
  if (authorities.is === 'bad') return authorities;
  const [, ...between] = certificatesIn(pair.certificate) ?? [];
  const broken = chainFault([certificate, ...between], authorities.all, now);
  return broken === undefined ? { is: 'good', pair, certificate, authorities: authorities.all } : bad(broken);
}

/** A certificate that signed itself vouches for itself. */
function ownAuthorities(secret: KubernetesObject | undefined, { certificate }: KeyPair, now: Date) {
  const title = 'its ca.crt';
  const text = textIn(secret, 'ca.crt');
  if (text !== undefined && text.trim() !== '') return authoritiesIn({ title, text }, now);
  const [leaf] = certificatesIn(certificate) ?? [];
  const isOwnAuthority = leaf !== undefined && isSignedBy(leaf, leaf);
  return isOwnAuthority ? authoritiesIn({ title, text: leaf.toString() }, now) : bad(noCa(secret));
}

/** The command that makes the Secret with all that it needs: `kubectl create secret tls` takes no ca.crt. */
export function makingOf({ metadata }: KubernetesObject): string {
  const files = ['tls.crt', 'tls.key', 'ca.crt'].map((key) => `--from-file=${key}=FILE`).join(' ');
  return `kubectl create secret generic ${metadata?.name} -n ${metadata?.namespace} --type=kubernetes.io/tls ${files}`;
}

function noCa(secret: KubernetesObject | undefined): string {
  const isFilled = secret?.metadata?.annotations?.['cert-manager.io/certificate-name'] !== undefined;
  const byHand = `, or delete the Secret and make it again with ca.crt: ${makingOf({ ...secret })}`;
  return `its ca.crt is not there or empty: the API server needs the CA to verify the certificate with. Name the CA in spec.tls.serving.caBundleRef${isFilled ? '' : byHand}`;
}

// While one bundle takes the place of another, both are in one Secret, of 1 MiB at most, as base64.
const mostKiB = 256;

/**
 * Judges a bundle. Garbage makes all of it bad: whoever reads it would have to guess what was meant. What has expired is left out, as
 * bundles often keep it.
 */
export function authoritiesIn({ text, title }: Bundle, now: Date): Judged<{ all: X509Certificate[] }> {
  const ofKiB = Math.ceil(Buffer.byteLength(text) / 1024);
  if (ofKiB > mostKiB)
    return bad(`${title} is of ${ofKiB} KiB, more than ${mostKiB}: leave only the CAs that are needed`);
  const given = certificatesIn(text);
  if (given === undefined) return bad(`${title} holds something that is no certificate in PEM`);
  const all = unexpired(given, now);
  return all.length === 0 ? bad(`${title} holds only certificates that have expired`) : { is: 'good', all };
}
