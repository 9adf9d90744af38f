import type { KubernetesObject } from '@kubernetes/client-node';
import { certificateKind } from '../resources/cert-manager.ts';
import { names } from '../resources/names.ts';
import { differences } from './differ.ts';
import { driftOf } from './drift.ts';
import { filledBy, type Material, secretNamed } from './issuing.ts';
import { textsIn } from './material.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import type { Step } from './plan.ts';
import type { ServingPlan } from './serving-tls.ts';
import { mountedIn } from './shown.ts';

/** Names of the Secrets that the spec's mode needs. */
export function secretsOf({ spec, config }: SeenConfig): string[] {
  const { servingAuthority, servingCertificate, servingIssued } = names(config.metadata.name);
  switch (spec.servingTls) {
    case 'SelfSigned':
      return [];
    case 'Managed':
      return [servingAuthority, servingCertificate];
    case 'Secret':
      return [servingCertificate];
    case 'CertManager':
      return [servingIssued, servingCertificate];
  }
}

/** Whose a Secret is must stay right, whatever it holds: also where deletionPolicy changes that. */
export function upkeep({ object, over }: Pair, steps: Step[], seen: SeenConfig): Step[] {
  const { servingIssued } = names(seen.config.metadata.name);
  const isBusy = steps.some((step) => step.object.metadata?.name === object.metadata?.name);
  if (over === undefined || isBusy || object.metadata?.name === servingIssued) return [];
  const because = differences(object, over).slice(0, 3).join(', ');
  if (because === '' || whoseIs(over, seen) !== 'ours') return [];
  const material: Material = { is: 'given', data: textsIn(over) };
  return [{ action: 'issue', object, over, material, because, drift: driftOf(object, over, seen.past) }];
}

/** Our Secrets that the spec wants, or that something there still needs. */
export function secretsInUse(seen: SeenConfig, { secrets }: ServingPlan): KubernetesObject[] {
  const { live, config } = seen;
  const { servingCertificate, servingIssued } = names(config.metadata.name);
  const templates = [live.deployment?.spec?.template.spec, ...live.pods.map((pod) => pod.spec)];
  const isShown = templates.some((one) => mountedIn(one) === servingCertificate);
  // It would make its Secret again; also where it may not be seen.
  const isIssuing =
    live.objects.some(({ kind }) => kind === certificateKind) ||
    live.given.some(({ reference, refused }) => reference.kind === certificateKind && refused !== undefined);
  const inUse = [
    ...secrets.flatMap(({ object }) => object.metadata?.name ?? []),
    ...(isShown ? [servingCertificate] : []),
    ...(isIssuing ? [servingIssued] : []),
  ];
  return [...new Set(inUse)].flatMap((name) => secretNamed(name, seen) ?? []);
}

/** Whether a certificate may be asked for: the Secret that the answer goes into is there, so it is ours. */
export function isIssuable(seen: SeenConfig): boolean {
  return secretNamed(names(seen.config.metadata.name).servingIssued, seen) !== undefined;
}

/** Whether pods show what may be renewed also where nothing else may be changed: what the present mode has filled, or the one that needs nobody. */
export function isRenewable({ live, config, spec }: SeenConfig): boolean {
  const { servingCertificate } = names(config.metadata.name);
  const mode = filledBy(secretNamed(servingCertificate, { live }));
  const isShown = mountedIn(live.deployment?.spec?.template.spec) === servingCertificate;
  return isShown && (mode === spec.servingTls || mode === 'Managed');
}
