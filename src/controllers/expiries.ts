import { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Secret } from '@kubernetes/client-node';
import { names } from '../resources/names.ts';

/** How long a certificate of a config is good, in Unix seconds. */
export interface Life {
  certificate: 'serving' | 'ca';
  fromSeconds: number;
  toSeconds: number;
}

/** Of the certificate that metrics-server shows and of the operator's CA, where they are kept in Secrets of the config. */
export function expiries(config: string, owned: KubernetesObject[]): Life[] {
  const { servingCertificate, servingAuthority } = names(config);
  return [...lifeOf('serving', servingCertificate, owned), ...lifeOf('ca', servingAuthority, owned)];
}

function lifeOf(certificate: Life['certificate'], name: string, owned: KubernetesObject[]): Life[] {
  const secret: V1Secret | undefined = owned.find(
    ({ kind, metadata }) => kind === 'Secret' && metadata?.name === name,
  );
  const first = certificateIn(secret?.data?.['tls.crt']);
  if (first === undefined) return [];
  const [from, to] = [Date.parse(first.validFrom), Date.parse(first.validTo)];
  return [{ certificate, fromSeconds: from / 1000, toSeconds: to / 1000 }];
}

/** The first of a chain is that of the server. */
function certificateIn(base64: string | undefined): X509Certificate | undefined {
  if (base64 === undefined) return undefined;
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch (error) {
    if (error instanceof Error) return undefined; // the status says what is wrong with it
    throw error;
  }
}
