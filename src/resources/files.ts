import type { V1Volume } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { names } from './names.ts';

/** A file that a flag names, from a ConfigMap or Secret of spec.namespace. The kubelet mounts it; the operator never reads it. */
export interface MountedFile {
  flag: string;
  folder: string;
  file: string;
  volume: V1Volume;
}

/** The files that the spec's flags need. */
export function mountedFiles({ audit, requestHeader, authentication }: EffectiveSpec): MountedFile[] {
  return [
    ...fileFor('audit-policy-file', audit?.policyConfigMapRef, configMap('audit-policy', 'policy.yaml')),
    ...fileFor(
      'audit-webhook-config-file',
      audit?.webhook?.configSecretRef,
      secret('audit-webhook', 'kubeconfig'),
    ),
    ...fileFor(
      'requestheader-client-ca-file',
      requestHeader?.clientCAConfigMapRef,
      configMap('requestheader-ca', 'ca.crt'),
    ),
    ...fileFor('client-ca-file', authentication?.clientCAConfigMapRef, configMap('client-ca', 'ca.crt')),
  ];
}

/** Where the certificate is that metrics-server shows. */
export const servingFolder = '/etc/metrics-server/serving-cert';

/** The Secret that it is mounted from; undefined where metrics-server makes its own. */
export function servingVolume(config: string, { servingTls }: EffectiveSpec): V1Volume | undefined {
  switch (servingTls) {
    case 'Managed':
    case 'Secret':
    case 'CertManager':
      return { name: 'serving-cert', secret: { secretName: names(config).servingCertificate } };
    case 'SelfSigned':
      return undefined;
  }
}

interface KeyReference {
  name: string;
  key?: string;
}

/** Where a file is mounted, and what is mounted there. */
interface Place {
  volume: string;
  file: string;
  source(reference: KeyReference, items: { key: string; path: string }[]): Omit<V1Volume, 'name'>;
}

const configMap = (volume: string, file: string): Place => ({
  volume,
  file,
  source: ({ name }, items) => ({ configMap: { name, items } }),
});

const secret = (volume: string, file: string): Place => ({
  volume,
  file,
  source: ({ name }, items) => ({ secret: { secretName: name, items } }),
});

function fileFor(
  flag: string,
  reference: KeyReference | undefined,
  { volume, file, source }: Place,
): MountedFile[] {
  if (reference === undefined) return [];
  const items = [{ key: reference.key ?? file, path: file }];
  const folder = `/etc/metrics-server/${volume}`;
  return [{ flag, file, folder, volume: { name: volume, ...source(reference, items) } }];
}
