import type { KubernetesObject, V1EndpointSlice } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { title } from '../resources/names.ts';
import { objects } from '../resources/objects.ts';
import { difference } from './differ.ts';
import type { Seen, SeenConfig } from './observe.ts';
import { managersOf, ownedBy, whose } from './ownership.ts';

export type Step =
  | { action: 'apply'; object: KubernetesObject; over: KubernetesObject | undefined }
  | { action: 'remove'; object: KubernetesObject };

export interface Plan {
  accepted: Finding<'Accepted'>;
  /** Why nothing is applied, where that is so. */
  held?: Finding<'Applied'>;
  steps: Step[];
}

/** What to write so that the cluster becomes what the config says. */
export function planFor(seen: Seen): Plan {
  switch (seen.is) {
    case 'gone': // its APIService must go before its pods do; garbage collection takes the rest
      return {
        accepted: valid,
        steps: seen.apiService ? [{ action: 'remove', object: seen.apiService }] : [],
      };
    case 'refused':
      return { accepted: seen.finding, held: notAccepted, steps: [] };
    case 'readable':
      return planForConfig(seen);
  }
}

const valid: Finding<'Accepted'> = {
  status: 'True',
  reason: 'Valid',
  message: 'The spec can be carried out.',
};

const notAccepted: Finding<'Applied'> = {
  status: 'False',
  reason: 'NotAccepted',
  message: 'Nothing is applied, because the spec is not accepted.',
};

function planForConfig(seen: SeenConfig): Plan {
  const { config, spec, live } = seen;
  const { name } = config.metadata;
  const existing = [...live.objects, ...(seen.apiService ? [seen.apiService] : [])];
  const desired = objects(name, spec).map((object) => ownedBy(config, object));

  const refusal = foreign(desired, existing, seen);
  if (refusal !== undefined) return { accepted: refusal, held: notAccepted, steps: [] };
  const held = paused(seen) ?? unreadable(seen) ?? leftovers(desired, existing, seen);
  if (held !== undefined) return { accepted: valid, held, steps: removalOfDeadApiService(seen) };

  const due = desired.filter((object) => object.kind !== 'APIService' || mayRegister(seen));
  const steps = due
    .map((object) => ({ object, over: twin(object, existing) }))
    .filter(({ object, over }) => over === undefined || difference(object, over) !== undefined)
    .map((pair) => ({ action: 'apply' as const, ...pair }));
  return { accepted: valid, steps };
}

function foreign(
  desired: KubernetesObject[],
  existing: KubernetesObject[],
  { config }: SeenConfig,
): Finding<'Accepted'> | undefined {
  const object = desired
    .map((wanted) => twin(wanted, existing))
    .find((found) => found !== undefined && whose(found, config.metadata) === 'foreign');
  if (object === undefined) return undefined;
  const managers = [...new Set(managersOf(object))].join(', ') || 'an unknown manager';
  return {
    status: 'False',
    reason: 'ForeignObject',
    message: `${title(object)} exists and was made by ${managers}, not for this config; nothing is touched. Delete it, or give the MetricsServerConfig another name.`,
  };
}

function paused({ spec }: SeenConfig): Finding<'Applied'> | undefined {
  if (spec.mode !== 'Paused') return undefined;
  return { status: 'True', reason: 'Paused', message: 'spec.mode is Paused: nothing is changed.' };
}

function unreadable({ live }: SeenConfig): Finding<'Applied'> | undefined {
  const [first] = live.refused;
  if (first === undefined) return undefined;
  return {
    status: 'False',
    reason: 'Forbidden',
    message: `The operator may not watch ${first.what}: ${first.message}. Grant it as in config/rbac, where the rights are bound to the config's name.`,
  };
}

function leftovers(
  desired: KubernetesObject[],
  existing: KubernetesObject[],
  { config }: SeenConfig,
): Finding<'Applied'> | undefined {
  const left = desired
    .map((wanted) => twin(wanted, existing))
    .find((found) => found !== undefined && whose(found, config.metadata) === 'leftover');
  if (left === undefined) return undefined;
  return {
    status: 'False',
    reason: 'WaitingForCleanup',
    message: `${title(left)} still belongs to a deleted config of this name; garbage collection removes it, then it is made anew.`,
  };
}

/** The APIService of a deleted config of the same name is not left to garbage collection: pods may go first. */
function removalOfDeadApiService({ apiService, config }: SeenConfig): Step[] {
  if (apiService === undefined || whose(apiService, config.metadata) !== 'leftover') return [];
  return [{ action: 'remove', object: apiService }];
}

/** Registered only once a pod can answer, for a dead APIService blocks every namespace deletion; then it stays. */
function mayRegister({ apiService, live }: SeenConfig): boolean {
  return apiService !== undefined || live.endpointSlices.some(hasReadyEndpoint);
}

function hasReadyEndpoint({ endpoints }: V1EndpointSlice): boolean {
  return (endpoints ?? []).some((endpoint) => endpoint.conditions?.ready === true);
}

function twin(wanted: KubernetesObject, existing: KubernetesObject[]): KubernetesObject | undefined {
  return existing.find(
    ({ kind, metadata }) =>
      kind === wanted.kind &&
      metadata?.name === wanted.metadata?.name &&
      metadata?.namespace === wanted.metadata?.namespace,
  );
}
