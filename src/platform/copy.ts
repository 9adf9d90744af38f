import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@kubernetes/client-node';

export interface Change<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: T;
}

/** A copy of a collection. News may come twice and late, from a watch and from our own writes: the newest version wins. */
export interface Copy<T> {
  all(): T[];
  take(object: KubernetesObject): void;
  drop(object: KubernetesObject): void;
  /** Drops all but these; `version`: what is newer stays, undefined: whatever was known before. */
  retain(keys: ReadonlySet<string>, version: string | undefined): void;
  /** As `take`, but nobody is told: whoever wrote it knows. */
  remember(object: KubernetesObject): void;
}

interface Entry<T> {
  kept: T;
  version: number;
}

export function copyOf<T>(
  keep: (object: KubernetesObject) => T,
  onChange: (change: Change<T>) => void,
): Copy<T> {
  const entries = new Map<string, Entry<T>>();
  const isOld = (key: string, version: number) => (entries.get(key)?.version ?? -1) > version;

  const store = (object: KubernetesObject): Change<T> | undefined => {
    const [key, version] = [keyOf(object), versionOf(object.metadata?.resourceVersion)];
    if (isOld(key, version)) return undefined;
    const before = entries.get(key);
    const kept = keep(object);
    entries.set(key, { kept, version });
    if (before === undefined) return { type: 'ADDED', object: kept };
    return isDeepStrictEqual(before.kept, kept) ? undefined : { type: 'MODIFIED', object: kept };
  };
  const take = (object: KubernetesObject): void => {
    const change = store(object);
    if (change !== undefined) onChange(change);
  };
  const remove = (key: string, version: number): void => {
    const before = entries.get(key);
    if (before === undefined || isOld(key, version)) return;
    entries.delete(key);
    onChange({ type: 'DELETED', object: before.kept });
  };

  return {
    all: () => [...entries.values()].map(({ kept }) => kept),
    take,
    drop: (object) => remove(keyOf(object), versionOf(object.metadata?.resourceVersion)),
    retain: (keys, version) => {
      const asOf = version === undefined ? Number.POSITIVE_INFINITY : versionOf(version);
      for (const key of [...entries.keys()].filter((one) => !keys.has(one))) remove(key, asOf);
    },
    remember: (object) => void store(object),
  };
}

/** What tells objects of one collection apart. */
export function keyOf(object: KubernetesObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name}`;
}

/** Versions are whole numbers that grow (KEP-5504); what is none counts as the newest, so that nothing is ever missed. */
function versionOf(resourceVersion: string | undefined): number {
  const version = Number(resourceVersion);
  return Number.isSafeInteger(version) ? version : Number.POSITIVE_INFINITY;
}
