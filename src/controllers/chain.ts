import type { X509Certificate } from 'node:crypto';
import { type Extensions, extensionsOf } from '../platform/extensions.ts';
import { isFor, isSignedBy, publicKeyOf } from './material.ts';

/*
 * The API server verifies with Go's crypto/x509. What follows are Go's rules (verify.go, parser.go): OpenSSL, which Node asks, takes more.
 */

const leastRsaBits = 2048;
const curves = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
]);
const serverAuth = '1.3.6.1.5.5.7.3.1';

/** What is wrong with a certificate, whoever vouches for it. */
export function certificateFault(
  certificate: X509Certificate,
  extensions = extensionsOf(certificate),
): string | undefined {
  return wrongKind(certificate) ?? wrongUse(certificate) ?? wrongExtension(extensions);
}

function wrongKind(certificate: X509Certificate): string | undefined {
  const key = publicKeyOf(certificate);
  const { modulusLength = 0, namedCurve = '' } = key?.asymmetricKeyDetails ?? {};
  switch (key?.asymmetricKeyType) {
    case 'ed25519':
      return undefined;
    case 'rsa':
      return modulusLength < leastRsaBits
        ? `has an RSA key of ${modulusLength} bits, fewer than ${leastRsaBits}`
        : undefined;
    case 'ec':
      return curves.has(namedCurve) ? undefined : `has a key of curve ${namedCurve}: ${kindsTaken}`;
    default:
      return `has a key of kind ${key?.asymmetricKeyType ?? 'unknown'}: ${kindsTaken}`;
  }
}

const kindsTaken = `the API server takes RSA, ECDSA with ${[...curves.values()].join(', ')}, and Ed25519`;

function wrongUse(certificate: X509Certificate): string | undefined {
  return isFor(certificate, serverAuth) ? undefined : 'is not for servers (extended key usage serverAuth)';
}

// All that Go knows may be critical: subject key, key usage, names, constraints, policies, revocation lists, extended key usage.
const known = [14, 15, 17, 19, 30, 31, 32, 33, 35, 36, 37, 54].map((last) => `2.5.29.${last}`);

const nameConstraints = '2.5.29.30';

function wrongExtension(extensions: Extensions | undefined): string | undefined {
  if (extensions === undefined) return 'has extensions that cannot be read';
  if (extensions.limitsOthers && extensions.critical.includes(nameConstraints)) {
    return 'has critical name constraints of a kind that the API server does not know';
  }
  const unknown = extensions.critical.filter((id) => !known.includes(id));
  return unknown.length > 0
    ? `has a critical extension that the API server does not know, ${unknown.join(', ')}`
    : undefined;
}

// SHA-256, -384 and -512, with RSA, RSA-PSS and ECDSA; and Ed25519.
const signatures = [
  '1.2.840.113549.1.1.10',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
];

function wrongSignature({ signatureAlgorithm, signatureAlgorithmOid: id }: X509Certificate) {
  if (id === undefined || signatures.includes(id)) return undefined; // Node has it since 24.9
  return `is signed with ${signatureAlgorithm ?? id}: the API server takes SHA-256, SHA-384, SHA-512 and Ed25519`;
}

// Go follows more, but not so many for long either; real chains are of two or three.
const mostWays = 16;

/** What keeps a certificate from leading to one of the CAs over those that come with it: of all ways, one good one is enough. */
export function chainFault(
  [leaf, ...between]: [X509Certificate, ...X509Certificate[]],
  authorities: X509Certificate[],
  now: Date,
): string | undefined {
  if (authorities.some((one) => isSame(one, leaf))) return undefined; // trusted as it is: nobody's signature counts
  const ways = [[leaf]];
  const faults: string[] = [];
  for (const way of ways) {
    const ends = authorities.filter((one) => signsLast(way, one));
    const found = ends.map((end) => wayFault([...way, end], now));
    if (found.includes(undefined)) return undefined;
    faults.push(...found.filter((fault) => fault !== undefined));
    const further = between.filter((one) => signsLast(way, one));
    ways.push(...further.slice(0, mostWays - ways.length).map((one) => [...way, one]));
  }
  return (
    faults[0] ??
    `its certificate (issuer ${oneLine(leaf.issuer)}) does not lead to the CA: the wrong ca.crt, or intermediate CAs are missing in tls.crt`
  );
}

function signsLast(way: X509Certificate[], issuer: X509Certificate): boolean {
  const last = way.at(-1);
  return last !== undefined && !way.some((one) => isSame(one, issuer)) && isSignedBy(last, issuer);
}

function isSame(one: X509Certificate, other: X509Certificate): boolean {
  return one.fingerprint256 === other.fingerprint256;
}

/** The first fault of a way from the leaf to a CA. How the CA itself is signed does not matter, it is trusted. */
function wayFault(way: X509Certificate[], now: Date): string | undefined {
  const [leaf] = way;
  const dnsNames = (leaf && extensionsOf(leaf)?.dnsNames) ?? [];
  const faults = way.map((one, at) => {
    const isLast = at === way.length - 1;
    const signature = isLast ? undefined : wrongSignature(one);
    if (at === 0) return signature && `its certificate ${signature}`;
    const fault = signature ?? issuerFault(one, { below: at - 1, isLast, dnsNames, now });
    const who = isLast ? 'its CA' : 'an intermediate CA in its tls.crt';
    return fault && `${who} ${fault} (${oneLine(one.subject)})`;
  });
  return faults.find((fault) => fault !== undefined);
}

interface Place {
  /** How many CAs there are between it and the leaf. */
  below: number;
  isLast: boolean;
  /** Of the leaf. */
  dnsNames: string[];
  now: Date;
}

function issuerFault(issuer: X509Certificate, { below, isLast, dnsNames, now }: Place): string | undefined {
  const { validFrom, validTo, ca } = issuer;
  if (now.getTime() < Date.parse(validFrom)) return `is not valid before ${validFrom}`;
  if (now.getTime() >= Date.parse(validTo)) return `has expired on ${validTo}`;
  const extensions = extensionsOf(issuer);
  const { pathLength = below, isVersion1 = false } = extensions ?? {};
  if (!ca && !(isLast && isVersion1)) {
    return 'may not sign certificates: it is that of no CA (basic constraints, key usage)';
  }
  if (below > pathLength) {
    return `allows no more than ${pathLength} CAs below it, and there are ${below} (basic constraints, pathlen)`;
  }
  const refused = extensions && dnsNames.find((name) => !maySign(name, extensions));
  return refused === undefined
    ? certificateFault(issuer, extensions)
    : `may not sign for ${refused} (name constraints)`;
}

function maySign(name: string, { permitted, excluded }: Extensions): boolean {
  const isPermitted = permitted.length === 0 || permitted.some((limit) => isBelow(name, limit));
  return isPermitted && !excluded.some((limit) => isBelow(name, limit));
}

/** As Go reads a limit: with a dot in front it is only for what is below it, and the empty one is for all. */
function isBelow(name: string, limit: string): boolean {
  const [of, domain] = [name.toLowerCase(), limit.toLowerCase()];
  return domain === '' || of === domain || of.endsWith(domain.startsWith('.') ? domain : `.${domain}`);
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
