import type { X509Certificate } from 'node:crypto';
import { ipv4, ipv6 } from '../crds/addresses.ts';
import type { KubeletReason } from '../crds/kubelet-words.ts';

/** What is wrong with one kubelet. */
export interface Complaint {
  reason: KubeletReason;
  /** In a few words that follow the name of a node. */
  detail: string;
}

/** How metrics-server would ask. */
export interface Asking {
  host: string;
  /** Whom it trusts; undefined: that is not known, so the issuer is not judged. */
  trusted: X509Certificate[] | undefined;
  /** SHA-256 of those among them that are of version 1: they cannot say that they are CAs, and Go takes them (CheckSignatureFrom). */
  ofVersion1?: ReadonlySet<string>;
  now: Date;
}

/** Why metrics-server would refuse a certificate, judged in the order in which Go does (Verify of crypto/x509); undefined where it would not. */
export function complaintAbout(chain: X509Certificate[], asking: Asking): Complaint | undefined {
  const [certificate] = chain;
  if (certificate === undefined) return undefined;
  return (
    outOfDate(certificate, asking) ??
    forAnotherHost(certificate, asking) ??
    fromUnknown(certificate, chain, asking)
  );
}

function outOfDate(certificate: X509Certificate, { now }: Asking): Complaint | undefined {
  if (isValidAt(certificate, now)) return undefined;
  const { validFrom, validTo } = certificate;
  return {
    reason: 'KubeletCertExpired',
    detail: `the certificate is valid from ${dayOf(validFrom)} to ${dayOf(validTo)} only`,
  };
}

function isValidAt({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  return Date.parse(validFrom) <= now.getTime() && now.getTime() <= Date.parse(validTo);
}

function dayOf(time: string): string {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? 'an unreadable date' : new Date(ms).toISOString().slice(0, 10);
}

function forAnotherHost(certificate: X509Certificate, { host }: Asking): Complaint | undefined {
  if (isFor(certificate, host)) return undefined;
  const { subjectAltName: names } = certificate;
  if (names === undefined && isNamed(certificate, host)) {
    return {
      reason: 'KubeletCertLegacyCN',
      detail: `the certificate names ${host} in its subject only, not as a subject alternative name`,
    };
  }
  if (isAddress(host) && !/IP Address:/.test(names ?? '')) {
    return {
      reason: 'KubeletCertNoIPSAN',
      detail: `the certificate is for ${namesIn(certificate)} and no IP address, but metrics-server asks at ${host}`,
    };
  }
  return {
    reason: 'KubeletCertWrongSAN',
    detail: `the certificate is for ${namesIn(certificate)}, but metrics-server asks at ${host}`,
  };
}

const address = new RegExp(`^(${ipv4}|${ipv6})$`);

/** Zeros in front make no address, neither for Go nor for OpenSSL. */
function isAddress(host: string): boolean {
  return address.test(host) && !/(^|\.)0\d/.test(host);
}

/** Whether the names in a certificate cover a host, as Go sees it: the common name does not count. */
export function isFor(certificate: X509Certificate, host: string): boolean {
  if (isAddress(host)) return certificate.checkIP(host) !== undefined;
  // With a NUL in the host Node throws, or takes what is before it.
  return !host.includes('\0') && certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

function isNamed({ subject }: X509Certificate, host: string): boolean {
  return linesOf(subject).some((line) => line.toLowerCase() === `cn=${host}`.toLowerCase());
}

/** A subject or an issuer; an empty one is undefined, whatever the types of Node say. */
function linesOf(name: string | undefined): string[] {
  return (name ?? '').split('\n');
}

function namesIn({ subjectAltName }: X509Certificate): string {
  const names = (subjectAltName ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
  const shown = names.slice(0, 3).join(', ');
  return shown === '' ? 'nobody' : `${shown}${names.length > 3 ? ', ...' : ''}`;
}

function fromUnknown(
  certificate: X509Certificate,
  [, ...others]: X509Certificate[],
  { trusted, ofVersion1 = new Set(), now }: Asking,
): Complaint | undefined {
  if (trusted === undefined || isTrusted(certificate, others, { trusted, ofVersion1, now })) return undefined;
  if (isWeaklySigned(certificate)) {
    return {
      reason: 'KubeletCertUnknownCA',
      detail: `the certificate is signed with ${certificate.signatureAlgorithm}, which metrics-server does not accept`,
    };
  }
  const issuer = linesOf(certificate.issuer).join(', ') || 'nobody';
  return {
    reason: 'KubeletCertUnknownCA',
    detail: `the certificate was issued by ${issuer}, which is not a CA that metrics-server trusts`,
  };
}

/** Whether a certificate leads to one of the trusted ones, if need be by way of others that came with it. */
function isTrusted(
  certificate: X509Certificate,
  others: X509Certificate[],
  how: { trusted: X509Certificate[]; ofVersion1: ReadonlySet<string>; now: Date },
): boolean {
  const { trusted, ofVersion1, now } = how;
  const isGoodIssuer = (one: X509Certificate) => isValidAt(one, now) && isIssuer(one, certificate);
  return (
    trusted.some(
      (one) =>
        one.fingerprint256 === certificate.fingerprint256 ||
        ((one.ca || ofVersion1.has(one.fingerprint256)) && isGoodIssuer(one)),
    ) ||
    others.some((one) => {
      const rest = others.filter((other) => other !== one);
      return one.ca && isGoodIssuer(one) && isTrusted(one, rest, how);
    })
  );
}

function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  if (isWeaklySigned(certificate) || !certificate.checkIssued(issuer)) return false;
  try {
    return certificate.verify(issuer.publicKey);
  } catch (error) {
    if (error instanceof Error) return false; // a key of a kind that OpenSSL does not know
    throw error;
  }
}

/** What Go does not accept of a signature, as OpenSSL names it. Node tells since 24.9 only. */
function isWeaklySigned({ signatureAlgorithm }: X509Certificate): boolean {
  return signatureAlgorithm !== undefined && /md[245]|sha1|dsa_?with/i.test(signatureAlgorithm);
}
