import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import { collectionPath, pluralOf } from '../platform/paths.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Store, Target } from '../platform/watch.ts';
import { title } from '../resources/names.ts';
import type { ObjectReference } from '../resources/references.ts';
import type { LiveObjects } from './cluster.ts';

/** A store, with the words for it. */
export interface Watched<T> {
  what: string;
  store: Store<T>;
}

/** Lacking rights are the user's to mend; any other trouble must not be mistaken for an empty cluster. */
export function refusals(all: Watched<unknown>[]): LiveObjects['refused'] {
  return all.flatMap(({ what, store }) => {
    const state = store.state();
    if (state === 'synced') return [];
    if (state instanceof Refusal && state.why === 'forbidden') return [{ what, message: state.message }];
    throw new Error(`nothing is known yet about ${what}`, { cause: state });
  });
}

export function titleOf({ kind, name, namespace }: ObjectReference): string {
  return title({ kind, metadata: { name, namespace } });
}

/** One object by its name, which is all that the operator's rights allow. */
export function namedTarget({
  apiVersion,
  kind,
  name,
  namespace,
}: ObjectReference): Target<KubernetesObject> {
  return {
    apiVersion,
    kind,
    path: collectionPath(apiVersion, pluralOf(kind), namespace),
    fieldSelector: `metadata.name=${name}`,
    keep: withShortManagers,
  };
}

/** managedFields are half of an object; only who wrote when is of use, and whose the ports of a Service are. */
function withShortManagers(object: KubernetesObject): KubernetesObject {
  const managedFields = object.metadata?.managedFields?.map(({ manager, time, subresource, fieldsV1 }) => {
    const ports = portsIn(fieldsV1);
    return { manager, time, subresource, ...(ports && { fieldsV1: { 'f:spec': { 'f:ports': ports } } }) };
  });
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

/** As Kubernetes writes them: `k:{"port":443,"protocol":"TCP"}` for each that somebody has set. */
export function portsIn(fields: object | undefined): object | undefined {
  return ClaimedPorts.safeParse(fields).data?.['f:spec']['f:ports'];
}

const ClaimedPorts = z.object({ 'f:spec': z.object({ 'f:ports': z.record(z.string(), z.object({})) }) });
