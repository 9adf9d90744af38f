import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1APIService } from '@kubernetes/client-node';
import { certificatesIn } from '../platform/x509.ts';
import { pemOf, unexpired } from './material.ts';

/** Whose certificate the API server accepts where it asks for metrics. */
export type Trust = { is: 'anyone' } | { is: 'these'; authorities: X509Certificate[] };

/** What an APIService says; undefined where it says neither, and nobody is trusted but the API server's own CAs. */
export function trustIn(apiService: KubernetesObject | undefined, now: Date): Trust | undefined {
  const { spec }: Partial<V1APIService> = { ...apiService };
  if (spec?.insecureSkipTLSVerify === true) return { is: 'anyone' };
  if (spec?.caBundle === undefined) return undefined;
  const all = certificatesIn(Buffer.from(spec.caBundle, 'base64').toString()) ?? [];
  return { is: 'these', authorities: unexpired(all, now) };
}

/** Whether whatever the second accepts is accepted by the first. */
export function covers(wide: Trust | undefined, narrow: Trust): boolean {
  if (wide === undefined) return false;
  if (wide.is === 'anyone') return true;
  if (narrow.is === 'anyone') return false;
  return isSuperset(wide.authorities, narrow.authorities);
}

export function isSuperset(many: X509Certificate[], few: X509Certificate[]): boolean {
  const known = new Set(many.map(({ fingerprint256 }) => fingerprint256));
  return few.every(({ fingerprint256 }) => known.has(fingerprint256));
}

/** The APIService with whom it trusts; where that is not known yet, as it is. */
export function withTrust(
  object: KubernetesObject,
  trust: Trust | undefined,
  live: KubernetesObject | undefined,
): KubernetesObject {
  const { spec, ...rest }: V1APIService = { ...object };
  if (object.kind !== 'APIService' || spec === undefined) return object;
  const { spec: before }: V1APIService = { ...live };
  const { caBundle, insecureSkipTLSVerify } = trust === undefined ? (before ?? {}) : verification(trust);
  const says = { ...(caBundle && { caBundle }), ...(insecureSkipTLSVerify && { insecureSkipTLSVerify }) };
  const { caBundle: _, insecureSkipTLSVerify: __, ...others } = spec;
  const wanted: V1APIService = { ...rest, spec: { ...others, ...says } };
  return wanted;
}

/** The fields of an APIService that say so. */
function verification(
  trust: Trust,
): Pick<V1APIService['spec'] & object, 'caBundle' | 'insecureSkipTLSVerify'> {
  switch (trust.is) {
    case 'anyone':
      return { insecureSkipTLSVerify: true };
    case 'these':
      return { caBundle: Buffer.from(pemOf(trust.authorities)).toString('base64') };
  }
}

/** Whether two APIServices differ in whom they trust. */
export function trustsOthers(wanted: KubernetesObject, live: KubernetesObject): boolean {
  if (wanted.kind !== 'APIService') return false;
  const { spec: after }: V1APIService = { ...wanted };
  const { spec: before }: V1APIService = { ...live };
  return (
    after?.caBundle !== before?.caBundle || after?.insecureSkipTLSVerify !== before?.insecureSkipTLSVerify
  );
}

/**
 * The part of a JSON merge patch that turns verification on or off as the wanted APIService says: the two fields exclude each other, and
 * server-side apply takes away only what nobody else owns. Undefined where an apply is enough.
 */
export function turned(live: KubernetesObject, wanted: KubernetesObject): object | undefined {
  if (wanted.kind !== 'APIService') return undefined;
  const { spec: before }: V1APIService = { ...live };
  const { spec: after }: V1APIService = { ...wanted };
  const { caBundle, insecureSkipTLSVerify } = after ?? {};
  if (caBundle !== undefined && before?.insecureSkipTLSVerify === true) {
    return { caBundle, insecureSkipTLSVerify: null };
  }
  return insecureSkipTLSVerify === true && before?.caBundle !== undefined
    ? { caBundle: null, insecureSkipTLSVerify }
    : undefined;
}
