import type { KubernetesObject } from '@kubernetes/client-node';
import { apiVersion, group, kind, type MetricsServerConfig } from '../crds/metrics-server-config.ts';
import { appliedAnnotation, manager, ownerAnnotation } from '../resources/names.ts';
import { hashOf } from './differ.ts';

/** A config, and the UIDs of all configs that are there to stay. */
export interface Claimant {
  name: string;
  uid: string;
  living: ReadonlySet<string>;
}

/**
 * Whose object is it? `leftover`: of a config that is gone or going, garbage collection will take it; `sibling`: of
 * another config; `foreign`: of anybody else, so it is never touched.
 */
export type Whose = 'ours' | 'leftover' | 'sibling' | 'foreign';

export function whose(object: KubernetesObject, { name, uid, living }: Claimant): Whose {
  if (isBootstrap(object)) return 'foreign';
  const controller = controllerOf(object);
  if (controller === undefined) return markedFor(object) === name ? 'ours' : 'foreign';
  if (controller.uid === uid) return 'ours';
  if (!isConfig(controller)) return 'foreign';
  return living.has(controller.uid) ? 'sibling' : 'leftover';
}

/** Kubernetes' own roles, such as system:node, which a config called "node" would meet. */
export function isBootstrap({ metadata }: KubernetesObject): boolean {
  return metadata?.labels?.['kubernetes.io/bootstrapping'] !== undefined;
}

interface Controller {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
}

export function controllerOf({ metadata }: KubernetesObject): Controller | undefined {
  return metadata?.ownerReferences?.find((reference) => reference.controller === true);
}

function isConfig(controller: Controller): boolean {
  return controller.kind === kind && controller.apiVersion.startsWith(`${group}/`);
}

/** Name of the config that an object was left for: what `kubectl delete --cascade=orphan` leaves has no owner any more. */
function markedFor(object: KubernetesObject): string | undefined {
  return managersOf(object).includes(manager) ? object.metadata?.annotations?.[ownerAnnotation] : undefined;
}

/** The config that controls an object, whether or not it still exists. */
export function controllingConfig(
  object: KubernetesObject | undefined,
): { name: string; uid: string } | undefined {
  const controller = object === undefined ? undefined : controllerOf(object);
  return controller !== undefined && isConfig(controller) ? controller : undefined;
}

/** Name of the config that a change of an object is news for. */
export function concernedConfig(object: KubernetesObject): string | undefined {
  return controllingConfig(object)?.name ?? markedFor(object);
}

/** The same of what anybody may look at: its mark alone counts, whoever has written since. */
export function ownerOf(object: KubernetesObject): string | undefined {
  return concernedConfig(object) ?? object.metadata?.annotations?.[ownerAnnotation];
}

/** Who wrote an object, for messages and for telling ours from foreign. */
export function managersOf(object: KubernetesObject): string[] {
  return (object.metadata?.managedFields ?? []).flatMap((entry) => entry.manager ?? []);
}

/** Who wrote last; controllers that only write the status do not count. */
export function lastWriter(object: KubernetesObject): string | undefined {
  return writersOf(object)[0];
}

/** Who, but for us, wrote last. */
export function lastOtherWriter(object: KubernetesObject): string | undefined {
  return writersOf(object).find((writer) => writer !== manager);
}

/** The last one first. */
function writersOf({ metadata }: KubernetesObject): (string | undefined)[] {
  const timeOf = ({ time }: { time?: Date }) => new Date(time ?? 0).getTime();
  return (metadata?.managedFields ?? [])
    .filter(({ subresource }) => subresource === undefined)
    .sort((a, b) => timeOf(b) - timeOf(a))
    .map(({ manager }) => manager);
}

/** The object as it is applied: marked as the config's, and with the hash of what was wanted. */
export function ownedBy(
  config: MetricsServerConfig,
  object: KubernetesObject,
  deletionPolicy: 'Delete' | 'Orphan' = 'Delete',
): KubernetesObject {
  const { name, uid } = config.metadata;
  const marked = {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { ...object.metadata?.annotations, [ownerAnnotation]: name },
      // No blockOwnerDeletion: the config's deletion must never wait for anything. What has no owner stays when the config goes.
      ownerReferences: deletionPolicy === 'Orphan' ? [] : [{ apiVersion, kind, name, uid, controller: true }],
    },
  };
  const annotations = { ...marked.metadata.annotations, [appliedAnnotation]: hashOf(marked) };
  return { ...marked, metadata: { ...marked.metadata, annotations } };
}
