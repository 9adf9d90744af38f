import type { KubernetesObject } from '@kubernetes/client-node';
import type { KeyPair } from '../platform/x509.ts';
import { labels, names, rotateAnnotation, rotatedAnnotation } from '../resources/names.ts';
import { driftOf } from './drift.ts';
import type { SeenConfig } from './observe.ts';
import { ownedBy } from './ownership.ts';
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
): Step {
  const object = owned(name, seen);
  return { action: 'issue', object, over, material, because, drift: driftOf(object, over, seen.past) };
}

/** A Secret of ours, without what it holds. */
export function owned(name: string, seen: SeenConfig): KubernetesObject {
  const { config, spec } = seen;
  const asked = config.metadata.annotations?.[rotateAnnotation];
  const isAuthority = name === names(config.metadata.name).servingAuthority;
  const annotations = isAuthority && asked !== undefined ? { [rotatedAnnotation]: asked } : undefined;
  const metadata = { name, namespace: spec.namespace, labels: labels(config.metadata.name), annotations };
  return ownedBy(config, { apiVersion: 'v1', kind: 'Secret', metadata }, spec.deletionPolicy);
}

export function secretNamed(name: string, { live }: SeenConfig): KubernetesObject | undefined {
  return live.objects.find(({ kind, metadata }) => kind === 'Secret' && metadata?.name === name);
}
