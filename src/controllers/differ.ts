import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { quantityValue } from '../crds/quantities.ts';

/** A hash that is the same for the same content, whatever the order of the keys. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, child]) => [key, sorted(child)]),
  );
}

/**
 * Where a live object lacks something of the desired one, such as `spec.template.spec.containers[metrics-server].args`; none
 * where it lacks nothing. What only the live one has belongs to others.
 */
export function differences(desired: unknown, live: unknown, path = ''): string[] {
  if (desired === undefined) return [];
  if (Array.isArray(desired)) return listDifferences(desired, live, path);
  const field = fieldOf(path);
  if (atomicMaps.includes(field)) return isDeepStrictEqual(desired, live) ? [] : [path];
  if (!isRecord(desired)) {
    const isSame =
      isDeepStrictEqual(desired, live) ||
      isSameQuantity(desired, live, field) ||
      isEmptyBoth(desired, live, path);
    return isSame ? [] : [path];
  }
  // The API server drops empty objects of some fields: an absent one is the same.
  const other = isRecord(live) ? live : live === undefined ? {} : undefined;
  if (other === undefined) return [path];
  if (live === undefined && mereWords.includes(field)) return [path];
  return Object.entries(desired).flatMap(([key, child]) =>
    differences(child, other[key], path === '' ? key : `${path}.${key}`),
  );
}

// Objects that may be empty: being there is all that they say.
const mereWords = ['emptyDir', 'selfSigned'];

/** The last name of a path: `containers` of `spec.containers[a]`. */
function fieldOf(path: string): string {
  return (
    path
      .replaceAll(/\[[^\]]*\]/g, '')
      .split('.')
      .at(-1) ?? ''
  );
}

// Maps that server-side apply replaces as a whole (x-kubernetes-map-type: atomic): one more key there changes what is selected.
const atomicMaps = ['selector', 'nodeSelector', 'labelSelector', 'podSelector'];

// Lists that server-side apply merges by key (x-kubernetes-list-map-keys of the built-in kinds); all others are compared whole.
const listKeys = new Map<string, string[]>([
  ['containers', ['name']],
  ['initContainers', ['name']],
  ['volumes', ['name']],
  ['volumeMounts', ['mountPath']],
  ['env', ['name']],
  ['imagePullSecrets', ['name']],
  ['containers.ports', ['containerPort', 'protocol']],
  ['ports', ['port', 'protocol']],
  ['topologySpreadConstraints', ['topologyKey', 'whenUnsatisfiable']],
  ['ownerReferences', ['uid']],
]);

function listDifferences(desired: unknown[], live: unknown, path: string): string[] {
  if (!Array.isArray(live)) return desired.length === 0 && live === undefined ? [] : [path];
  const keys = keysOf(path);
  if (keys === undefined) {
    const isSame =
      desired.length === live.length &&
      desired.every((item, index) => differences(item, live[index], `${path}[${index}]`).length === 0);
    return isSame ? [] : [path];
  }
  return desired.flatMap((item) => {
    const twin = live.find((other) =>
      keys.every((key) => isDeepStrictEqual(valueAt(item, key), valueAt(other, key))),
    );
    const itemPath = `${path}[${valueAt(item, keys[0] ?? '')}]`;
    return twin === undefined ? [itemPath] : differences(item, twin, itemPath);
  });
}

/** A container's ports have other keys than a Service's; a NetworkPolicy's have none. */
function keysOf(path: string): string[] | undefined {
  const field = fieldOf(path);
  if (/(^|\.)(ingress|egress)\[/.test(path)) return undefined;
  const isOfContainer = field === 'ports' && path.includes('containers[');
  return listKeys.get(isOfContainer ? 'containers.ports' : field);
}

function valueAt(item: unknown, key: string): unknown {
  return isRecord(item) ? item[key] : undefined;
}

/** The API server leaves an empty text out where it means the same as none. */
function isEmptyBoth(desired: unknown, live: unknown, path: string): boolean {
  return desired === '' && live === undefined && /(env|tolerations)\[[^\]]*\]\.(key|value)$/.test(path);
}

const quantityFields = ['cpu', 'memory', 'ephemeral-storage'];

/** The API server writes quantities in its own way: 0.1 as 100m, 1000m as 1. */
function isSameQuantity(desired: unknown, live: unknown, field: string): boolean {
  if (!quantityFields.includes(field)) return false;
  if (typeof desired !== 'string' || typeof live !== 'string') return false;
  if (field !== 'cpu') return quantityValue(desired) === quantityValue(live);
  const milliCpu = (text: string) => Math.ceil(quantityValue(text) * 1000); // the API server rounds up to these
  return milliCpu(desired) === milliCpu(live);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
