import type { KubernetesObject } from '@kubernetes/client-node';
import type { KeyPair } from '../platform/x509.ts';
import { labels, rotateAnnotation, rotatedAnnotation } from '../resources/names.ts';
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
  return { action: 'issue', object: owned(name, seen), over, material, because };
}

/** A Secret of ours, without what it holds. */
export function owned(name: string, seen: SeenConfig): KubernetesObject {
  const { config, spec } = seen;
  const rotated = config.metadata.annotations?.[rotateAnnotation];
  const secret = secretOf(name, seen);
  const annotations = rotated === undefined ? undefined : { [rotatedAnnotation]: rotated };
  return ownedBy(config, { ...secret, metadata: { ...secret.metadata, annotations } }, spec.deletionPolicy);
}

export function secretOf(name: string, { config, spec }: SeenConfig): KubernetesObject {
  const metadata = { name, namespace: spec.namespace, labels: labels(config.metadata.name) };
  return { apiVersion: 'v1', kind: 'Secret', metadata };
}

export function secretNamed(name: string, { live }: SeenConfig): KubernetesObject | undefined {
  return live.objects.find(({ kind, metadata }) => kind === 'Secret' && metadata?.name === name);
}
