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

/** Whether a live object lacks something of the desired one. What only the live one has belongs to others. */
export function differs(desired: unknown, live: unknown, field = ''): boolean {
  if (desired === undefined) return false;
  if (Array.isArray(desired)) return listDiffers(desired, live, field);
  if (atomicMaps.includes(field)) return !isDeepStrictEqual(desired, live);
  if (isRecord(desired)) {
    // The API server drops empty objects of some fields: an absent one is the same.
    const other = isRecord(live) ? live : live === undefined ? {} : undefined;
    if (other === undefined) return true;
    const isEmptyButWanted = Object.keys(desired).length === 0 && live === undefined && field === 'emptyDir';
    return (
      isEmptyButWanted ||
      Object.entries(desired).some(([key, child]) => differs(child, other[key], fieldBelow(field, key)))
    );
  }
  return !isDeepStrictEqual(desired, live) && !isSameQuantity(desired, live, field);
}

// Maps that server-side apply replaces as a whole (x-kubernetes-map-type: atomic): one more key there changes what is selected.
const atomicMaps = ['selector', 'nodeSelector'];

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
  ['ownerReferences', ['uid']],
]);

function listDiffers(desired: unknown[], live: unknown, field: string): boolean {
  if (!Array.isArray(live)) return true;
  const keys = listKeys.get(field) ?? listKeys.get(field.split('.').at(-1) ?? '');
  if (keys === undefined) {
    return desired.length !== live.length || desired.some((item, index) => differs(item, live[index]));
  }
  return desired.some((item) => {
    const twin = live.find((other) =>
      keys.every((key) => isDeepStrictEqual(valueAt(item, key), valueAt(other, key))),
    );
    return twin === undefined || differs(item, twin, field.split('.').at(-1));
  });
}

/** Two names are enough to tell a container's ports from a Service's. */
function fieldBelow(field: string, key: string): string {
  return field === 'containers' ? `containers.${key}` : key;
}

function valueAt(item: unknown, key: string): unknown {
  return isRecord(item) ? item[key] : undefined;
}

const quantityFields = ['cpu', 'memory', 'ephemeral-storage'];

/** The API server writes quantities in its own way: 0.1 as 100m, 1000m as 1. */
function isSameQuantity(desired: unknown, live: unknown, field: string): boolean {
  const [name = ''] = field.split('.').slice(-1);
  if (!quantityFields.includes(name)) return false;
  if (typeof desired !== 'string' || typeof live !== 'string') return false;
  if (name !== 'cpu') return quantityValue(desired) === quantityValue(live);
  const milliCpu = (text: string) => Math.ceil(quantityValue(text) * 1000); // the API server rounds up to these
  return milliCpu(desired) === milliCpu(live);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
