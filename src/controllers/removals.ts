import type { KubernetesObject } from '@kubernetes/client-node';
import { caInUse } from './kubelet-tls.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import type { Step } from './plan.ts';
import { isNew, type Registration } from './registration.ts';
import { secretsInUse } from './serving-secrets.ts';
import type { ServingPlan } from './serving-tls.ts';

/** What a config can lead to, and this one has led to, but does not any more. */
export function noLongerDesired(pairs: Pair[], tls: ServingPlan, seen: SeenConfig): Step[] {
  const kept = [...pairs.flatMap(({ over }) => over ?? []), ...secretsInUse(seen, tls), ...caInUse(seen)];
  return seen.live.objects
    .filter((object) => !kept.includes(object) && whoseIs(object, seen) === 'ours')
    .map((object) => ({ action: 'remove', object, because: 'not wanted any more' }));
}

/** The APIService goes, if it is there. */
export function removal(
  { apiService }: { apiService: KubernetesObject | undefined },
  because: string,
): Step[] {
  return apiService === undefined ? [] : [{ action: 'remove', object: apiService, because }];
}

export function withoutApiService(steps: Step[]): Step[] {
  return steps.filter(({ object }) => object.kind !== 'APIService');
}

/** What its config or namespace took with it must not stay registered: garbage collection may take the pods first. Nor what never answered. (What has answered and is dead waits, for the Deployment cannot be marked.) */
export function removalOfDeadApiService(seen: SeenConfig, registering: Registration): Step[] {
  const { apiService, live } = seen;
  if (apiService === undefined) return [];
  const owner = whoseIs(apiService, seen);
  const isDead =
    owner === 'leftover' ||
    (owner === 'ours' && (live.namespace !== 'active' || (hasFailed(registering) && isNew(seen))));
  return isDead ? removal(seen, 'nobody answers at it, nor will') : [];
}

function hasFailed(registering: Registration): boolean {
  return registering.is === 'failed' && !registering.isGoing;
}
