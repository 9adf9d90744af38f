import type { KubernetesObject } from '@kubernetes/client-node';
import type { KeyPair } from '../platform/x509.ts';
import {
  filledByAnnotation,
  labels,
  manager,
  names,
  rotateAnnotation,
  rotatedAnnotation,
  title,
} from '../resources/names.ts';
import { type Drift, driftOf } from './drift.ts';
import type { SeenConfig } from './observe.ts';
import { lastOtherWriter, lastWriter, ownedBy } from './ownership.ts';
import type { Step } from './plan.ts';

/** What to put into a Secret. */
export type Material =
  | { is: 'authority'; commonName: string }
  | { is: 'serving'; authority: KeyPair; names: [string, ...string[]]; trusted: string }
  | { is: 'given'; data: Record<string, string> };

/** The step that fills a Secret of ours. */
export function issue(
  name: string,
  over: KubernetesObject | undefined,
  material: Material,
  because: string,
  seen: SeenConfig,
  deletionPolicy = seen.spec.deletionPolicy,
): Step {
  const object = owned(name, seen, seen.spec.servingTls, deletionPolicy);
  const drift = driftOf(object, over, seen.past) ?? spoilt(object, over, seen);
  return { action: 'issue', object, over, material, because, drift };
}

/** Somebody else wrote last what we have filled, and it has to be filled again: a fight that is to be slowed down and named. */
function spoilt(
  object: KubernetesObject,
  over: KubernetesObject | undefined,
  { past }: SeenConfig,
): Drift | undefined {
  if (over === undefined || past.applied[title(object)] === undefined || lastWriter(over) === manager) {
    return undefined;
  }
  return { object: title(object), fields: ['what it holds'], writer: lastOtherWriter(over) ?? 'someone' };
}

/** A Secret of ours, without what it holds. */
export function owned(
  name: string,
  seen: SeenConfig,
  filledBy: string | undefined,
  deletionPolicy = seen.spec.deletionPolicy,
): KubernetesObject {
  const { config, spec } = seen;
  const { servingAuthority, servingCertificate } = names(config.metadata.name);
  const asked = config.metadata.annotations?.[rotateAnnotation];
  const notes = {
    ...(name === servingAuthority && asked !== undefined && { [rotatedAnnotation]: asked }),
    ...(name === servingCertificate && filledBy !== undefined && { [filledByAnnotation]: filledBy }),
  };
  const annotations = Object.keys(notes).length === 0 ? undefined : notes;
  const metadata = { name, namespace: spec.namespace, labels: labels(config.metadata.name), annotations };
  return ownedBy(config, { apiVersion: 'v1', kind: 'Secret', metadata }, deletionPolicy);
}

/** The tls.serving.mode by which a Secret was filled. */
export function filledBy(secret: KubernetesObject | undefined): string | undefined {
  return secret?.metadata?.annotations?.[filledByAnnotation];
}

export function secretNamed(name: string, { live }: Pick<SeenConfig, 'live'>): KubernetesObject | undefined {
  return live.objects.find(({ kind, metadata }) => kind === 'Secret' && metadata?.name === name);
}
