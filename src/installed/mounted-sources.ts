import type { V1Container, V1PodSpec } from '@kubernetes/client-node';

/** A ConfigMap or Secret whose keys are files in the container. */
export interface MountedSource {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  volume: string;
  mountPath: string;
  subPath?: string;
  items: { key: string; path: string }[];
}

export function mountedSources(
  { volumes = [] }: V1PodSpec,
  { volumeMounts = [] }: V1Container,
): MountedSource[] {
  return volumeMounts.flatMap(({ name: volume, mountPath, subPath }): MountedSource[] => {
    const { configMap, secret } = volumes.find(({ name }) => name === volume) ?? {};
    const place = { volume, mountPath: mountPath.replace(/\/$/, ''), subPath };
    if (configMap?.name !== undefined) {
      return [{ ...place, kind: 'ConfigMap', name: configMap.name, items: configMap.items ?? [] }];
    }
    if (secret?.secretName === undefined) return [];
    return [{ ...place, kind: 'Secret', name: secret.secretName, items: secret.items ?? [] }];
  });
}

/** The key that a file of the container comes from; undefined where it comes from elsewhere. */
export function fileOf(
  file: string,
  sources: MountedSource[],
): { kind: MountedSource['kind']; name: string; key: string; volume: string } | undefined {
  const source = sources.find(({ mountPath, subPath }) =>
    subPath === undefined ? file.startsWith(`${mountPath}/`) : file === mountPath,
  );
  if (source === undefined) return undefined;
  const path = source.subPath ?? file.slice(source.mountPath.length + 1);
  const key = source.items.find((item) => item.path === path)?.key ?? path;
  return { kind: source.kind, name: source.name, key, volume: source.volume };
}
