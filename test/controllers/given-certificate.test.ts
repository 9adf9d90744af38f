import { createPrivateKey, type X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { givenCertificate } from '../../src/controllers/given-certificate.ts';
import { certificatesIn } from '../../src/platform/x509.ts';
import {
  nameConstraints,
  oddConstraints,
  type SomeCertificate,
  someCertificate,
  unknownExtension,
  version1Authority,
  type Wanted,
} from '../some-pki.ts';

const now = new Date();
const host = 'metrics-server.kube-system.svc';
const dayMs = 24 * 3_600_000;
const command =
  'kubectl create secret generic mine -n kube-system --type=kubernetes.io/tls --from-file=tls.crt=FILE --from-file=tls.key=FILE --from-file=ca.crt=FILE';

function secret(data: Record<string, string>, type = 'kubernetes.io/tls'): KubernetesObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  const metadata = { name: 'mine', namespace: 'kube-system' };
  const made: V1Secret = { kind: 'Secret', metadata, type, data: Object.fromEntries(encoded) };
  return made;
}

const anyUse = '2.5.29.37.0';
const clientAuth = '1.3.6.1.5.5.7.3.2';
const day = (after: number) => new Date(now.getTime() + after * dayMs);

/** CAs of many kinds, each with a certificate that it has signed: `by-` and the name of the CA. */
async function strange(): Promise<Record<string, SomeCertificate>> {
  const authorities: Record<string, Wanted> = {
    noCa: { isAuthority: false },
    sha1Ca: { isAuthority: true, hash: 'SHA-1' },
    rsa1024Ca: { isAuthority: true, rsa: 1024 },
    p521Ca: { isAuthority: true, kind: 'P-521', hash: 'SHA-512' },
    ed25519Ca: { isAuthority: true, kind: 'Ed25519' },
    clientCa: { isAuthority: true, uses: [clientAuth] },
    anyCa: { isAuthority: true, uses: [anyUse] },
    otherNamesCa: {
      isAuthority: true,
      more: [nameConstraints(['example.com', 'c', '.metrics-server.kube-system.svc'])],
    },
    oddNamesCa: { isAuthority: true, more: [oddConstraints()] },
    notOursCa: { isAuthority: true, more: [nameConstraints([], ['kube-system.svc'])] },
    ourNamesCa: { isAuthority: true, more: [nameConstraints(['example.com', 'SVC'], ['default.svc'])] },
    criticalCa: { isAuthority: true, more: [unknownExtension(true)] },
    politeCa: { isAuthority: true, more: [unknownExtension(false)] },
    futureCa: { isAuthority: true, from: day(1) },
  };
  const made: Record<string, SomeCertificate> = {};
  for (const [name, wanted] of Object.entries(authorities)) {
    const by = await someCertificate(now, { commonName: name, ...wanted });
    made[name] = by;
    made[`by-${name}`] = await someCertificate(now, { dnsNames: [host], by });
  }
  const by = await someCertificate(now, { commonName: 'root', isAuthority: true });
  made.root = by;
  const kinds = [
    'P-384',
    'Ed25519',
    'P-224',
    'secp256k1',
    'brainpoolP256r1',
    'ed448',
    'rsa-pss',
    'dsa',
  ] as const;
  for (const kind of kinds) made[kind] = await someCertificate(now, { dnsNames: [host], by, kind });
  made.sha1 = await someCertificate(now, { dnsNames: [host], by, hash: 'SHA-1' });
  made.version1 = await version1Authority();
  made['by-version1'] = await someCertificate(now, { dnsNames: [host], by: made.version1 });
  made.critical = await someCertificate(now, { dnsNames: [host], by, more: [unknownExtension(true)] });
  const oneBelow = await someCertificate(now, { commonName: 'oneBelow', isAuthority: true, pathLength: 0 });
  made.oneBelow = oneBelow;
  made['by-oneBelow'] = await someCertificate(now, { dnsNames: [host], by: oneBelow });
  const tooDeep = await someCertificate(now, { commonName: 'tooDeep', isAuthority: true, by: oneBelow });
  made.tooDeep = tooDeep;
  made['by-tooDeep'] = await someCertificate(now, { dnsNames: [host], by: tooDeep });
  made.sha1Itself = await someCertificate(now, { dnsNames: [host], hash: 'SHA-1' });
  for (const [name, wanted] of Object.entries<Wanted>({
    sha1Between: { isAuthority: true, hash: 'SHA-1' },
    noCaBetween: { isAuthority: false },
  })) {
    const between = await someCertificate(now, { by, commonName: name, ...wanted });
    made[name] = between;
    made[`by-${name}`] = await someCertificate(now, { dnsNames: [host], by: between });
  }
  return made;
}

interface Case {
  what: string;
  secret: () => KubernetesObject | undefined;
  says: string;
  isAll?: boolean;
}

describe('a certificate that others have made', function () {
  this.timeout(60_000);
  const made: Record<string, SomeCertificate> = {};
  const of = (name: string): SomeCertificate => {
    const found = made[name];
    if (found === undefined) throw new Error(`no certificate ${name}`);
    return found;
  };
  before(async () => {
    const good = { dnsNames: [host] };
    const ca = await someCertificate(now, { isAuthority: true });
    const between = await someCertificate(now, { isAuthority: true, by: ca, commonName: 'between' });
    const past = { from: new Date(now.getTime() - 9 * dayMs), to: new Date(now.getTime() - dayMs) };
    const expiredBetween = await someCertificate(now, {
      isAuthority: true,
      by: ca,
      commonName: 'old',
      ...past,
    });
    Object.assign(made, {
      ca,
      between,
      otherCa: await someCertificate(now, { isAuthority: true, commonName: 'other CA' }),
      namesake: await someCertificate(now, { isAuthority: true }),
      expiredCa: await someCertificate(now, { isAuthority: true, ...past }),
      expiredBetween,
      leaf: await someCertificate(now, { ...good, by: ca }),
      chained: await someCertificate(now, { ...good, by: between }),
      itself: await someCertificate(now, good),
      otherName: await someCertificate(now, { dnsNames: ['metrics-server.default.svc'], by: ca }),
      commonName: await someCertificate(now, { commonName: host, by: ca }),
      wildcard: await someCertificate(now, { dnsNames: ['*.kube-system.svc'], by: ca }),
      expired: await someCertificate(now, { ...good, by: ca, ...past }),
      future: await someCertificate(now, { ...good, by: ca, from: new Date(now.getTime() + dayMs) }),
      rsa1024: await someCertificate(now, { ...good, rsa: 1024 }),
      rsa2048: await someCertificate(now, { ...good, rsa: 2048 }),
      client: await someCertificate(now, { ...good, by: ca, uses: ['1.3.6.1.5.5.7.3.2'] }),
      ...(await strange()),
      ofExpired: await someCertificate(now, { ...good, by: expiredBetween }),
    });
  });

  const tls = (name: string, ...more: string[]) => ({
    'tls.crt': [name, ...more].map((one) => of(one).certificate).join(''),
    'tls.key': of(name).key,
  });
  const chain = (ca: string, leaf: string, ...between: string[]) =>
    secret({ ...tls(leaf, ...between), 'ca.crt': of(ca).certificate });
  const withCa = (name: string) => secret({ ...tls(name), 'ca.crt': of('ca').certificate });
  const encrypted = (name: string) =>
    createPrivateKey(of(name).key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
      .toString();

  const goodOnes: Record<
    string,
    { secret: () => KubernetesObject; bundle?: () => X509Certificate[] | undefined }
  > = {
    'its CA is in ca.crt': { secret: () => withCa('leaf') },
    'its CA is in a bundle of another object': {
      secret: () => secret(tls('leaf')),
      bundle: () => certificatesIn(of('ca').certificate),
    },
    'the bundle has other CAs, too': {
      secret: () => secret({ ...tls('leaf'), 'ca.crt': of('otherCa').certificate + of('ca').certificate }),
    },
    'the bundle has an old CA, too': {
      secret: () => secret({ ...tls('leaf'), 'ca.crt': of('expiredCa').certificate + of('ca').certificate }),
    },
    'another CA of the same name comes first': {
      secret: () => secret({ ...tls('leaf'), 'ca.crt': of('namesake').certificate + of('ca').certificate }),
    },
    'a CA between comes with it': {
      secret: () => secret({ ...tls('chained', 'between'), 'ca.crt': of('ca').certificate }),
    },
    'the chain holds the CA as well': {
      secret: () => secret({ ...tls('chained', 'between', 'ca'), 'ca.crt': of('ca').certificate }),
    },
    'the CA between is the one that is trusted': {
      secret: () => secret({ ...tls('chained'), 'ca.crt': of('between').certificate }),
    },
    'it has signed itself': { secret: () => secret(tls('itself')) },
    'it has signed itself, with RSA': { secret: () => secret(tls('rsa2048')) },
    'its key is on P-384': { secret: () => chain('root', 'P-384') },
    'its key is Ed25519': { secret: () => chain('root', 'Ed25519') },
    'its CAs are as many as can be': {
      secret: () => secret({ ...tls('leaf'), 'ca.crt': of('ca').certificate.padEnd(256 * 1024) }),
    },
    'its CA is on P-521': { secret: () => chain('p521Ca', 'by-p521Ca') },
    'its CA is Ed25519': { secret: () => chain('ed25519Ca', 'by-ed25519Ca') },
    'its CA has signed itself with SHA-1, which nobody checks': {
      secret: () => chain('sha1Ca', 'by-sha1Ca'),
    },
    'it has signed itself with SHA-1, which nobody checks': { secret: () => secret(tls('sha1Itself')) },
    'its CA is for every use': { secret: () => chain('anyCa', 'by-anyCa') },
    'its CA may have no CA below it, and has none': { secret: () => chain('oneBelow', 'by-oneBelow') },
    'its CA has an extension that nobody has to know': { secret: () => chain('politeCa', 'by-politeCa') },
    'its CA is for such names': { secret: () => chain('ourNamesCa', 'by-ourNamesCa') },
    'its CA is of version 1': {
      secret: () => chain('version1', 'by-version1'),
    },
    'it is for all names of the namespace': { secret: () => withCa('wildcard') },
  };
  for (const [when, { secret: given, bundle }] of Object.entries(goodOnes)) {
    it(`is good where ${when}`, () => {
      const judged = givenCertificate(given(), bundle && { is: 'good', all: bundle() ?? [] }, [host], now);
      expect(judged.is === 'bad' ? judged.because : 'good').to.equal('good');
    });
  }

  const cases: Case[] = [
    { what: 'a Secret that is not there', secret: () => undefined, says: 'there is none' },
    {
      what: 'another type of Secret',
      secret: () => secret(tls('leaf'), 'Opaque'),
      says: `its type is Opaque, not kubernetes.io/tls. Delete it and make it again: ${command}`,
    },
    {
      what: 'no certificate',
      secret: () => secret({ 'tls.key': of('leaf').key }),
      says: 'it has no tls.crt',
    },
    {
      what: 'no key',
      secret: () => secret({ 'tls.crt': of('leaf').certificate }),
      says: 'it has no tls.key',
    },
    {
      what: 'an empty certificate and key',
      secret: () => secret({ 'tls.crt': '', 'tls.key': '' }),
      says: 'it has no tls.crt',
    },
    {
      what: 'the key of another certificate',
      secret: () => secret({ ...tls('leaf'), 'tls.key': of('ca').key }),
      says: 'its key is not that of its certificate',
    },
    {
      what: 'an encrypted key',
      secret: () => secret({ ...tls('leaf'), 'tls.key': encrypted('leaf') }),
      says: 'its key is encrypted, and nobody is there to open it: store it without a passphrase (tls.key)',
    },
    {
      what: 'garbage for a key',
      secret: () => secret({ ...tls('leaf'), 'tls.key': 'garbage' }),
      says: 'its key cannot be read (tls.key)',
    },
    {
      what: 'garbage for a certificate',
      secret: () => secret({ ...tls('leaf'), 'tls.crt': 'garbage' }),
      says: 'its certificate cannot be read (tls.crt)',
    },
    {
      what: 'a certificate that is cut off',
      secret: () => secret({ ...tls('leaf'), 'tls.crt': of('leaf').certificate.slice(0, 300) }),
      says: 'its certificate cannot be read (tls.crt)',
    },
    {
      what: 'a certificate for other names',
      secret: () => withCa('otherName'),
      says: `its certificate is not for ${host}`,
    },
    {
      what: 'a certificate with nothing but a common name',
      secret: () => withCa('commonName'),
      says: `its certificate is not for ${host}`,
    },
    {
      what: 'an expired certificate',
      secret: () => withCa('expired'),
      says: 'its certificate has expired on ',
    },
    {
      what: 'a certificate of tomorrow',
      secret: () => withCa('future'),
      says: 'its certificate is not valid before ',
    },
    {
      what: 'RSA with 1024 bits',
      secret: () => secret(tls('rsa1024')),
      says: 'its certificate has an RSA key of 1024 bits, fewer than 2048',
    },
    {
      what: 'a certificate for clients',
      secret: () => withCa('client'),
      says: 'its certificate is not for servers (extended key usage serverAuth)',
    },
    {
      what: 'no CA at all',
      secret: () => secret(tls('leaf')),
      says: `its ca.crt is not there or empty: the API server needs the CA to verify the certificate with. Name the CA in spec.tls.serving.caBundleRef, or delete the Secret and make it again with ca.crt: ${command}`,
    },
    {
      what: 'no CA at all, from cert-manager, which would undo what is done by hand',
      secret: () => {
        const made = secret(tls('leaf'));
        return {
          ...made,
          metadata: { ...made.metadata, annotations: { 'cert-manager.io/certificate-name': 'x' } },
        };
      },
      says: 'its ca.crt is not there or empty: the API server needs the CA to verify the certificate with. Name the CA in spec.tls.serving.caBundleRef',
      isAll: true,
    },
    {
      what: 'garbage for a bundle',
      secret: () => secret({ ...tls('leaf'), 'ca.crt': 'garbage' }),
      says: 'its ca.crt holds something that is no certificate in PEM',
    },
    {
      what: 'a bundle with one bad certificate',
      secret: () =>
        secret({
          ...tls('leaf'),
          'ca.crt': `${of('ca').certificate}-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n`,
        }),
      says: 'its ca.crt holds something that is no certificate in PEM',
    },
    {
      what: 'a bundle in which everything has expired',
      secret: () => secret({ ...tls('leaf'), 'ca.crt': of('expiredCa').certificate }),
      says: 'its ca.crt holds only certificates that have expired',
    },
    {
      what: 'more CAs than pods and the API server can be given',
      secret: () => secret({ ...tls('leaf'), 'ca.crt': of('ca').certificate.padEnd(256 * 1024 + 1) }),
      says: 'its ca.crt is of 257 KiB, more than 256: leave only the CAs that are needed',
    },
    {
      what: 'a CA between that has expired',
      secret: () => secret({ ...tls('ofExpired', 'expiredBetween'), 'ca.crt': of('ca').certificate }),
      says: 'an intermediate CA in its tls.crt has expired on ',
    },
    {
      what: 'another CA',
      secret: () => secret({ ...tls('leaf'), 'ca.crt': of('otherCa').certificate }),
      says: 'its certificate (issuer CN=some CA) does not lead to the CA: the wrong ca.crt, or intermediate CAs are missing in tls.crt',
    },
    {
      what: 'another CA of the same name',
      secret: () => secret({ ...tls('leaf'), 'ca.crt': of('namesake').certificate }),
      says: 'its certificate (issuer CN=some CA) does not lead to the CA',
    },
    {
      what: 'a chain without the CA between',
      secret: () => withCa('chained'),
      says: 'its certificate (issuer CN=between) does not lead to the CA',
    },
    ...[
      ['P-224', 'of curve secp224r1'],
      ['secp256k1', 'of curve secp256k1'],
      ['brainpoolP256r1', 'of curve brainpoolP256r1'],
      ['ed448', 'of kind ed448'],
      ['rsa-pss', 'of kind rsa-pss'],
      ['dsa', 'of kind dsa'],
    ].map(([kind = '', words]) => ({
      what: `a key ${words}`,
      secret: () => chain('root', kind),
      says: `its certificate has a key ${words}: the API server takes RSA, ECDSA with P-256, P-384, P-521, and Ed25519`,
    })),
    {
      what: 'a signature with SHA-1',
      secret: () => chain('root', 'sha1'),
      says: 'its certificate is signed with ecdsa-with-SHA1: the API server takes SHA-256, SHA-384, SHA-512 and Ed25519',
    },
    {
      what: 'a CA between, signed with SHA-1',
      secret: () => chain('root', 'by-sha1Between', 'sha1Between'),
      says: 'an intermediate CA in its tls.crt is signed with ecdsa-with-SHA1: ',
    },
    {
      what: 'a CA that is none',
      secret: () => chain('noCa', 'by-noCa'),
      says: 'its CA may not sign certificates: it is that of no CA (basic constraints, key usage) (CN=noCa)',
    },
    {
      what: 'a CA between that is none',
      secret: () => chain('root', 'by-noCaBetween', 'noCaBetween'),
      says: 'an intermediate CA in its tls.crt may not sign certificates: ',
    },
    {
      what: 'a CA with a small key',
      secret: () => chain('rsa1024Ca', 'by-rsa1024Ca'),
      says: 'its CA has an RSA key of 1024 bits, fewer than 2048 (CN=rsa1024Ca)',
    },
    {
      what: 'a CA for clients',
      secret: () => chain('clientCa', 'by-clientCa'),
      says: 'its CA is not for servers (extended key usage serverAuth) (CN=clientCa)',
    },
    {
      what: 'a critical extension that nobody knows',
      secret: () => chain('root', 'critical'),
      says: 'its certificate has a critical extension that the API server does not know, 1.2.3.4',
    },
    {
      what: 'a CA with a critical extension that nobody knows',
      secret: () => chain('criticalCa', 'by-criticalCa'),
      says: 'its CA has a critical extension that the API server does not know, 1.2.3.4 (CN=criticalCa)',
    },
    {
      what: 'more CAs than the first allows',
      secret: () => chain('oneBelow', 'by-tooDeep', 'tooDeep'),
      says: 'its CA allows no more than 0 CAs below it, and there are 1 (basic constraints, pathlen) (CN=oneBelow)',
    },
    {
      what: 'a CA for other names',
      secret: () => chain('otherNamesCa', 'by-otherNamesCa'),
      says: `its CA may not sign for ${host} (name constraints) (CN=otherNamesCa)`,
    },
    {
      what: 'a CA for all names but such',
      secret: () => chain('notOursCa', 'by-notOursCa'),
      says: `its CA may not sign for ${host} (name constraints) (CN=notOursCa)`,
    },
    {
      what: 'a CA with limits that nobody knows',
      secret: () => chain('oddNamesCa', 'by-oddNamesCa'),
      says: 'its CA has critical name constraints of a kind that the API server does not know (CN=oddNamesCa)',
    },
    {
      what: 'a CA of tomorrow',
      secret: () => chain('futureCa', 'by-futureCa'),
      says: 'its CA is not valid before ',
    },
  ];
  for (const { what, secret: given, says, isAll } of cases) {
    it(`is refused with a clear sentence: ${what}`, () => {
      const judged = givenCertificate(given(), undefined, [host], now);
      expect(judged.is).to.equal('bad');
      expect(judged.is === 'bad' && judged.because.slice(0, isAll ? undefined : says.length)).to.equal(says);
    });
  }
});
