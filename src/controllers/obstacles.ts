import type { KubernetesObject } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { certificateName } from '../resources/cert-manager.ts';
import { names, ownerAnnotation, title } from '../resources/names.ts';
import type { Given } from './given.ts';
import type { SeenConfig } from './observe.ts';
import { controllingConfig, type Whose, whose } from './ownership.ts';

/** A desired object and what is there under its name. */
export interface Pair {
  object: KubernetesObject;
  over: KubernetesObject | undefined;
}

/** Why nothing may be written now, though the spec is accepted. */
export function obstacle(pairs: Pair[], seen: SeenConfig): Finding<'Applied'> | undefined {
  return paused(seen) ?? namespaceAway(seen) ?? nothingReadable(seen) ?? leftovers(pairs, seen); // causes before symptoms
}

function paused({ spec }: SeenConfig): Finding<'Applied'> | undefined {
  switch (spec.mode) {
    case 'Manage':
      return undefined;
    case 'Observe': // what it has made before is still there
      return { ...observing, message: stillOurs };
    case 'Paused':
      return {
        status: 'True',
        reason: 'Paused',
        message: 'spec.mode is Paused: nothing is changed, but certificates are renewed.',
      };
  }
}

export const observing: Finding<'Applied'> = {
  status: 'True',
  reason: 'Observing',
  message: 'spec.mode is Observe: nothing is changed.',
};

const stillOurs =
  'spec.mode is Observe: nothing is changed, but certificates are renewed, for the metrics-server that serves is the one of this MetricsServerConfig.';

/** Whether it is the spec that wants nothing to be changed. */
export function isByMode({ reason }: Finding<'Applied'>): boolean {
  return ['Paused', 'Observing'].includes(reason);
}

/** A first install needs all its rights; the lack of one later must not keep the rest from being repaired. */
function nothingReadable(seen: SeenConfig): Finding<'Applied'> | undefined {
  return seen.live.deployment === undefined ? unreadable(seen) : undefined;
}

/** What may not be watched, where there is such a thing. */
export function unreadable({ live }: SeenConfig): Finding<'Applied'> | undefined {
  const [first] = live.refused;
  if (first === undefined) return undefined;
  return {
    status: 'False',
    reason: 'Forbidden',
    message: `The operator may not watch ${first.what}: ${first.message}. Grant it as in config/rbac, where the rights are bound to the config's name; with the chart: configNames and namespaces.`,
  };
}

/** Nothing is written that cannot be seen. */
export function isReadable(object: KubernetesObject, { live }: SeenConfig): boolean {
  const isGiven = ({ reference: { kind, name } }: Given) =>
    kind === object.kind && name === object.metadata?.name;
  const given = live.given.find(isGiven);
  const isUnseen = given?.refused !== undefined || given?.isUnknownKind === true;
  return !isUnseen && !live.refused.some(({ what }) => what === title(object));
}

function namespaceAway({ live, spec }: SeenConfig): Finding<'Applied'> | undefined {
  switch (live.namespace) {
    case 'active':
      return undefined;
    case 'absent':
      return {
        status: 'False',
        reason: 'NamespaceMissing',
        message: `Namespace ${spec.namespace} does not exist. Create it: kubectl create namespace ${spec.namespace}; or delete this MetricsServerConfig and create it again with another spec.namespace.`,
      };
    case 'terminating':
      return {
        status: 'False',
        reason: 'NamespaceTerminating',
        message: `Namespace ${spec.namespace} is being deleted. The metrics API is withdrawn, so that it does not block that; create the namespace again, or delete this MetricsServerConfig.`,
      };
  }
}

/** What has an owner goes with it, whatever the spec says; and where nothing is written, it keeps its owner. */
export function withOrphanWarning(held: Finding<'Applied'>, seen: SeenConfig): Finding<'Applied'> {
  const isWanted = seen.spec.deletionPolicy === 'Orphan';
  const isOwned = seen.live.objects.some(
    (object) => controllingConfig(object)?.uid === seen.config.metadata.uid,
  );
  if (!isWanted || !isOwned) return held;
  const warning =
    'deletionPolicy Orphan is not in force yet: deleted now, this MetricsServerConfig would take its objects along; kubectl delete --cascade=orphan keeps them.';
  return { ...held, message: `${held.message} ${warning}` };
}

function leftovers(pairs: Pair[], seen: SeenConfig): Finding<'Applied'> | undefined {
  const left = firstOf(pairs, seen, 'leftover');
  if (left === undefined) return undefined;
  return {
    status: 'False',
    reason: 'WaitingForCleanup',
    message: `${title(left)} still belongs to a deleted MetricsServerConfig (${controllingConfig(left)?.name}); garbage collection removes it, then it is made anew.`,
  };
}

function firstOf(pairs: Pair[], seen: SeenConfig, kind: Whose): KubernetesObject | undefined {
  return pairs.flatMap(({ over }) => over ?? []).find((over) => whoseIs(over, seen) === kind);
}

export function whoseIs(object: KubernetesObject, seen: SeenConfig): Whose {
  const { name, uid } = seen.config.metadata;
  return isIssuedForUs(object, seen) ? 'ours' : whose(object, { name, uid, living: seen.living });
}

/** cert-manager makes the Secret of our Certificate again where somebody has deleted it, and marks it as that says. */
function isIssuedForUs({ kind, metadata }: KubernetesObject, { config }: SeenConfig): boolean {
  const { name } = config.metadata;
  const { annotations } = metadata ?? {};
  return (
    kind === 'Secret' &&
    metadata?.name === names(name).servingIssued &&
    annotations?.['cert-manager.io/certificate-name'] === certificateName(name) &&
    annotations[ownerAnnotation] === name
  );
}
