import type { KubernetesObject } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { labels, names, ownerAnnotation } from './names.ts';
import type { ObjectReference } from './references.ts';
import { serviceHosts } from './service.ts';

export const certManager = 'cert-manager.io/v1';
export const certificateKind = 'Certificate';
const issuerKind = 'Issuer';

/** Name of the Certificate, and of the Issuer where the spec names none. */
export function certificateName(config: string): string {
  return `${config}-serving`;
}

/** What cert-manager has to know with tls.serving.mode CertManager. */
export function certManagerReferences(config: string, namespace: string): ObjectReference[] {
  const name = certificateName(config);
  return [certificateKind, issuerKind].map((kind) => ({ apiVersion: certManager, kind, name, namespace }));
}

export function certManagerObjects(config: string, spec: EffectiveSpec): KubernetesObject[] {
  if (spec.servingTls !== 'CertManager') return [];
  const metadata = { name: certificateName(config), namespace: spec.namespace, labels: labels(config) };
  const given = spec.tls?.serving?.issuerRef;
  const own = { apiVersion: certManager, kind: issuerKind, metadata, spec: { selfSigned: {} } };
  const { name = metadata.name, kind = issuerKind, group = 'cert-manager.io' } = given ?? {};
  const certificate = {
    apiVersion: certManager,
    kind: certificateKind,
    metadata,
    spec: {
      secretName: names(config).servingIssued,
      secretTemplate: { annotations: { [ownerAnnotation]: config } }, // so it is known again where it is made again
      issuerRef: { name, kind, group },
      dnsNames: serviceHosts(config, spec.namespace),
      duration: '8760h0m0s', // a year, renewed after two thirds of it, as with mode Managed
      renewBefore: '2920h0m0s',
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      usages: ['digital signature', 'server auth'],
    },
  };
  return given === undefined ? [own, certificate] : [certificate];
}
