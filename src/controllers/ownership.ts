import type { KubernetesObject } from '@kubernetes/client-node';
import { apiVersion, kind, type MetricsServerConfig } from '../crds/metrics-server-config.ts';
import { appliedAnnotation, manager, ownerAnnotation } from '../resources/names.ts';
import { hashOf } from './differ.ts';

/** Whose object is it? `leftover`: of a deleted config of the same name, garbage collection will take it. */
export type Whose = 'ours' | 'leftover' | 'foreign';

export function whose(object: KubernetesObject, config: { name: string; uid: string }): Whose {
  const controller = object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
  if (controller !== undefined) {
    if (controller.uid === config.uid) return 'ours';
    return controller.kind === kind && controller.name === config.name ? 'leftover' : 'foreign';
  }
  const isMarked = object.metadata?.annotations?.[ownerAnnotation] === config.name;
  return isMarked && managersOf(object).includes(manager) ? 'ours' : 'foreign';
}

/** Name of the config that an object of ours belongs to, whether or not that config still exists. */
export function ownerName(object: KubernetesObject): string | undefined {
  const controller = object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
  if (controller !== undefined) return controller.kind === kind ? controller.name : undefined;
  return managersOf(object).includes(manager) ? object.metadata?.annotations?.[ownerAnnotation] : undefined;
}

/** Who wrote an object, for messages and for telling ours from foreign. */
export function managersOf(object: KubernetesObject): string[] {
  return (object.metadata?.managedFields ?? []).flatMap((entry) => entry.manager ?? []);
}

/** The object as it is applied: marked as the config's, and with the hash of what was wanted. */
export function ownedBy(config: MetricsServerConfig, object: KubernetesObject): KubernetesObject {
  const { name, uid } = config.metadata;
  const marked = {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { ...object.metadata?.annotations, [ownerAnnotation]: name },
      // No blockOwnerDeletion: the config's deletion must never wait for anything.
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    },
  };
  const annotations = { ...marked.metadata.annotations, [appliedAnnotation]: hashOf(marked) };
  return { ...marked, metadata: { ...marked.metadata, annotations } };
}
