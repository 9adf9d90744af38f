import type { V1Volume } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';

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
    ...fromConfigMap('audit-policy-file', 'audit-policy', 'policy.yaml', audit?.policyConfigMapRef),
    ...fromSecret(
      'audit-webhook-config-file',
      'audit-webhook',
      'kubeconfig',
      audit?.webhook?.configSecretRef,
    ),
    ...fromConfigMap(
      'requestheader-client-ca-file',
      'requestheader-ca',
      'ca.crt',
      requestHeader?.clientCAConfigMapRef,
    ),
    ...fromConfigMap('client-ca-file', 'client-ca', 'ca.crt', authentication?.clientCAConfigMapRef),
  ];
}

interface KeyReference {
  name: string;
  key?: string;
}

function fromConfigMap(
  flag: string,
  name: string,
  file: string,
  reference: KeyReference | undefined,
): MountedFile[] {
  if (reference === undefined) return [];
  const items = [{ key: reference.key ?? file, path: file }];
  return [
    { flag, file, folder: folderOf(name), volume: { name, configMap: { name: reference.name, items } } },
  ];
}

function fromSecret(
  flag: string,
  name: string,
  file: string,
  reference: KeyReference | undefined,
): MountedFile[] {
  if (reference === undefined) return [];
  const items = [{ key: reference.key ?? file, path: file }];
  return [
    { flag, file, folder: folderOf(name), volume: { name, secret: { secretName: reference.name, items } } },
  ];
}

const folderOf = (name: string) => `/etc/metrics-server/${name}`;
