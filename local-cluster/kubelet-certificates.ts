import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, type Leaf, signCertificate } from './certificates.ts';
import { type Layout, network, nodeName } from './layout.ts';

/**
 * What a kubelet serves with: a certificate that it asks the cluster for, which somebody approves (`cluster-ca`) or nobody does
 * (`pending`), that it makes itself, or that an administrator has made: without its address, out of date, or of a CA of their own.
 */
export const servingCertificates = [
  'cluster-ca',
  'self-signed',
  'pending',
  'dns-only',
  'expired',
  'another-ca',
] as const;
export type ServingCertificate = (typeof servingCertificates)[number];

type Given = Pick<Leaf, 'authority' | 'names' | 'isExpired'>;

function givenTo(node: number, which: ServingCertificate): Given | undefined {
  const names = [`DNS:${nodeName(node)}`, `IP:${network.nodeAddress(node)}`];
  switch (which) {
    case 'cluster-ca':
    case 'pending':
    case 'self-signed':
      return undefined;
    case 'dns-only':
      return { authority: 'ca', names: names.slice(0, 1) };
    case 'expired':
      return { authority: 'ca', names, isExpired: true };
    case 'another-ca':
      return { authority: 'another-ca', names };
  }
}

/** What kubelet's configuration says of it; the certificate is made if it takes one. */
export async function servingConfig(
  paths: Layout,
  node: number,
  which: ServingCertificate,
): Promise<Record<string, string | boolean>> {
  const given = givenTo(node, which);
  if (given === undefined) return { serverTLSBootstrap: which !== 'self-signed' };
  const name = `kubelet-serving-${nodeName(node)}-${which}`;
  if (given.authority === 'another-ca' && !existsSync(join(paths.pki, 'another-ca.crt')))
    await createAuthority(paths.pki, 'another-ca');
  const subject = `/O=system:nodes/CN=system:node:${nodeName(node)}`;
  await signCertificate(paths.pki, { name, subject, usage: 'serverAuth', ...given });
  return {
    serverTLSBootstrap: false,
    tlsCertFile: join(paths.pki, `${name}.crt`),
    tlsPrivateKeyFile: join(paths.pki, `${name}.key`),
  };
}

/** A kubelet goes on with the certificate that it got, as long as that is good. */
export async function forgetServingCertificate(paths: Layout, node: number): Promise<void> {
  await rm(join(paths.node(node), 'kubelet/pki/kubelet-server-current.pem'), { force: true });
}
