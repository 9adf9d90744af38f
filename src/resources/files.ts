import type { V1Volume } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { names } from './names.ts';

/** A ConfigMap or Secret of spec.namespace in a folder of the container, with the flags that name its files. */
export interface MountedFolder {
  folder: string;
  volume: V1Volume;
  files: { flag: string; file: string }[];
}

/** What the spec's flags need. */
export function mountedFolders(config: string, spec: EffectiveSpec): MountedFolder[] {
  const { audit, requestHeader, authentication, tls } = spec;
  return [
    ...kubeletAuthority(config, spec),
    ...kubeletClient(tls?.kubelet?.clientCertificateSecretRef),
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

const root = '/etc/metrics-server';

/** Where the certificate is that metrics-server shows. */
export const servingFolder = `${root}/serving-cert`;

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
): MountedFolder[] {
  if (reference === undefined) return [];
  const items = [{ key: reference.key ?? file, path: file }];
  return [
    {
      folder: `${root}/${volume}`,
      volume: { name: volume, ...source(reference, items) },
      files: [{ flag, file }],
    },
  ];
}

/** The file of a CA, wherever it is. */
export const kubeletCaFile = 'ca.crt';

function kubeletAuthority(config: string, { kubeletTls }: EffectiveSpec): MountedFolder[] {
  switch (kubeletTls) {
    case 'ClusterCA':
    case 'Insecure':
      return [];
    case 'CustomCA':
      return [
        {
          folder: `${root}/kubelet-ca`,
          volume: { name: 'kubelet-ca', configMap: { name: names(config).kubeletCa } },
          files: [{ flag: 'kubelet-certificate-authority', file: kubeletCaFile }],
        },
      ];
  }
}

function kubeletClient(reference: { name: string } | undefined): MountedFolder[] {
  if (reference === undefined) return [];
  return [
    {
      folder: `${root}/kubelet-client`,
      volume: { name: 'kubelet-client', secret: { secretName: reference.name } },
      files: [
        { flag: 'kubelet-client-certificate', file: 'tls.crt' },
        { flag: 'kubelet-client-key', file: 'tls.key' },
      ],
    },
  ];
}
