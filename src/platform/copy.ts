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
  /** The watch has told everything up to this version. */
  advance(version: string | undefined): void;
  /** A list of this version begins. If it is older than what was seen, the cluster was restored from a backup: all versions start anew. */
  begin(version: string | undefined): void;
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
  const told = { version: 0 }; // by the watch, which tells in order
  const isOld = (key: string, version: number) => (entries.get(key)?.version ?? -1) > version;

  const advance = (version: number): void => {
    told.version = Math.max(told.version, version);
  };
  const store = (object: KubernetesObject): Change<T> | undefined => {
    const [key, version] = [keyOf(object), versionOf(object)];
    if (isOld(key, version)) return undefined;
    const before = entries.get(key);
    const kept = keep(object);
    entries.set(key, { kept, version });
    if (before === undefined) return { type: 'ADDED', object: kept };
    return isDeepStrictEqual(before.kept, kept) ? undefined : { type: 'MODIFIED', object: kept };
  };
  const remove = (key: string, version: number): void => {
    const before = entries.get(key);
    if (before === undefined || isOld(key, version)) return;
    entries.delete(key);
    onChange({ type: 'DELETED', object: before.kept });
  };

  return {
    all: () => [...entries.values()].map(({ kept }) => kept),
    take: (object) => {
      advance(versionOf(object));
      const change = store(object);
      if (change !== undefined) onChange(change);
    },
    drop: (object) => {
      advance(versionOf(object));
      remove(keyOf(object), versionOf(object));
    },
    advance: (version) => advance(numberOf(version)),
    begin: (version) => {
      if (numberOf(version) >= told.version) return;
      told.version = 0;
      for (const [key, { kept }] of entries) entries.set(key, { kept, version: 0 });
    },
    retain: (keys, version) => {
      advance(numberOf(version));
      const asOf = version === undefined ? Number.POSITIVE_INFINITY : numberOf(version);
      for (const key of [...entries.keys()].filter((one) => !keys.has(one))) remove(key, asOf);
    },
    remember: (object) => {
      // What the watch has told already, it may also have told to be gone since.
      if (versionOf(object) > told.version) store(object);
    },
  };
}

/** An apply with this version creates what is absent and is a conflict with whatever exists: no object ever has it. */
export const versionOfNone = '1';

/** What tells objects of one collection apart. */
export function keyOf(object: KubernetesObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name}`;
}

function versionOf({ metadata }: KubernetesObject): number {
  return numberOf(metadata?.resourceVersion);
}

/** Versions are whole numbers that grow (KEP-5504). */
function numberOf(version: string | undefined): number {
  const number = Number(version ?? 0);
  if (Number.isSafeInteger(number)) return number;
  throw new Error(`the API server has versions that are no whole numbers: ${version}`);
}
