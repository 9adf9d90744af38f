import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

export type Leaf = {
  name: string;
  authority: 'ca' | 'front-proxy-ca' | 'another-ca';
  subject: string;
  usage: 'serverAuth' | 'clientAuth';
  /** Subject alternative names in openssl's words: `DNS:kubernetes`, `IP:127.0.0.1`. */
  names?: string[];
  isExpired?: boolean;
};

const clients = {
  admin: '/O=system:masters/CN=admin',
  'kube-controller-manager': '/CN=system:kube-controller-manager',
  'kube-scheduler': '/CN=system:kube-scheduler',
  'kube-proxy': '/CN=system:kube-proxy',
  'kubelet-client': '/O=system:masters/CN=kube-apiserver-kubelet-client',
} as const;

export type Client = keyof typeof clients;

/** Two authorities, kube-apiserver's certificates, those of the clients and the ServiceAccount key, as files. */
export async function createCertificates(
  folder: string,
  { apiserverNames, clientNames }: { apiserverNames: string[]; clientNames: Client[] },
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all([
    createAuthority(folder, 'ca'),
    createAuthority(folder, 'front-proxy-ca'),
    serviceAccountKey(folder),
  ]);
  const leaves: Leaf[] = [
    {
      name: 'apiserver',
      authority: 'ca',
      subject: '/CN=kube-apiserver',
      usage: 'serverAuth',
      names: apiserverNames,
    },
    {
      name: 'front-proxy-client',
      authority: 'front-proxy-ca',
      subject: '/CN=front-proxy-client',
      usage: 'clientAuth',
    },
    ...clientNames.map((name) => clientLeaf(name, clients[name])),
  ];
  await Promise.all(leaves.map((leaf) => signCertificate(folder, leaf)));
}

export function clientLeaf(name: string, subject: string): Leaf {
  return { name, authority: 'ca', subject, usage: 'clientAuth' };
}

/** Signs one certificate: `NAME.crt` and `NAME.key` in the folder of its authority. */
export async function signCertificate(folder: string, leaf: Leaf): Promise<void> {
  const extensions = [
    'basicConstraints = critical, CA:FALSE',
    'keyUsage = critical, digitalSignature, keyEncipherment',
    `extendedKeyUsage = ${leaf.usage}`,
    ...(leaf.names === undefined ? [] : [`subjectAltName = ${leaf.names.join(', ')}`]),
  ];
  const signer = ['-CA', `${leaf.authority}.crt`, '-CAkey', `${leaf.authority}.key`];
  await openssl(folder, { name: leaf.name, subject: leaf.subject, extensions }, signer);
  if (leaf.isExpired === true) await expire(folder, leaf.name, signer);
}

/** `req` makes none that has ended already; another signature under the same request does. */
async function expire(folder: string, name: string, signer: string[]): Promise<void> {
  const [request, certificate] = [`${name}.csr`, `${name}.crt`];
  const x509 = ['openssl', 'x509'];
  const asked = ['-x509toreq', '-in', certificate, '-signkey', `${name}.key`, '-out', request];
  await run([...x509, ...asked], { cwd: folder });
  const extensions = ['-extfile', `${name}.cnf`, '-extensions', 'extensions'];
  const signed = ['-req', '-in', request, ...signer, ...extensions, '-days', '-1', '-out', certificate];
  await run([...x509, ...signed], { cwd: folder });
}

/** A CA: `NAME.crt` and `NAME.key`. */
export async function createAuthority(folder: string, name: Leaf['authority']): Promise<void> {
  const extensions = [
    'basicConstraints = critical, CA:TRUE',
    'keyUsage = critical, keyCertSign, digitalSignature',
  ];
  await openssl(folder, { name, subject: `/CN=local-${name}`, extensions }, []);
}

/** One call makes key and certificate. The own configuration keeps out what the machine's openssl.cnf would add. */
async function openssl(
  folder: string,
  { name, subject, extensions }: { name: string; subject: string; extensions: string[] },
  signer: string[],
): Promise<void> {
  const configuration = [
    '[req]',
    'distinguished_name = none',
    'x509_extensions = extensions',
    '[none]',
    '[extensions]',
    'subjectKeyIdentifier = hash',
    'authorityKeyIdentifier = keyid',
    ...extensions,
  ];
  await writeFile(join(folder, `${name}.cnf`), `${configuration.join('\n')}\n`);
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${name}.key`,
  ];
  const output = [
    '-config',
    `${name}.cnf`,
    '-subj',
    subject,
    '-sha256',
    '-days',
    '3650',
    '-out',
    `${name}.crt`,
  ];
  await run(['openssl', 'req', '-x509', ...key, ...output, ...signer], { cwd: folder });
}

async function serviceAccountKey(folder: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(join(folder, 'service-account.key'), privateKey, { mode: 0o600 });
  await writeFile(join(folder, 'service-account.pub'), publicKey);
}

/** A kubeconfig that needs no other file. JSON is YAML too. */
export async function writeKubeconfig(
  file: string,
  { folder, client, server }: { folder: string; client: string; server: string },
): Promise<void> {
  const base64 = async (name: string) => (await readFile(join(folder, name))).toString('base64');
  const user = {
    'client-certificate-data': await base64(`${client}.crt`),
    'client-key-data': await base64(`${client}.key`),
  };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server, 'certificate-authority-data': await base64('ca.crt') } }],
    users: [{ name: client, user }],
    contexts: [{ name: 'local', context: { cluster: 'local', user: client } }],
    'current-context': 'local',
  };
  await writeFile(file, `${JSON.stringify(kubeconfig, undefined, 2)}\n`, { mode: 0o600 });
}
