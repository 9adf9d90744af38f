import type { KubernetesObject, V1EndpointSlice } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import type { MetricsAnswer } from '../health/facts.ts';
import { apiServiceName, servedAnnotation, withdrawnAnnotation } from '../resources/names.ts';
import { isDead } from './breaker.ts';
import { withNote } from './notes.ts';
import type { SeenConfig } from './observe.ts';
import { isReadable, whoseIs } from './obstacles.ts';
import type { Step } from './plan.ts';
import { writtenAtMs } from './service-port.ts';
import {
  breakerOpen,
  nextTry,
  tellingError,
  type Withdrawal,
  withdrawalOf,
  withdrawn,
} from './withdrawal.ts';

/**
 * Whether the metrics API may be registered. A dead APIService blocks every namespace deletion of the cluster, so it comes
 * once a pod can answer, and a first registration that never answers is withdrawn (`failed`). One that has answered stays, for
 * taking it away and back would hurt more, unless spec.breaker says how long it may be `dead`.
 */
export type Registration =
  | { is: 'due' }
  | { is: 'tooEarly'; because: Finding<'Serving'> }
  | {
      is: 'failed' | 'dead';
      withdrawal: Withdrawal;
      /** Whether it has been taken away just now: the watch may still show it. */
      isGoing: boolean;
    };

const mustAnswerWithinMs = 60_000;

// What is still there after that was not taken away: it is tried again.
const watchIsLateByMs = 5000;

// One bad answer, or one of long ago, is no proof.
const mustFailForMs = 10_000;

export function registration(seen: SeenConfig): Registration {
  const { apiService, live, now } = seen;
  if (apiService !== undefined) return whetherItStays(apiService, seen);
  const earlier = withdrawalOf(seen);
  const isReady = live.endpointSlices.some(hasReadyEndpoint);
  const isByBreaker = earlier?.deadSince !== undefined;
  const isOver = earlier === undefined || nextTry(earlier) <= now || (isByBreaker && !hasBreaker(seen));
  if (isReady && isOver) return { is: 'due' };
  if (isByBreaker && hasBreaker(seen)) return { is: 'tooEarly', because: breakerOpen(earlier, seen) };
  return { is: 'tooEarly', because: isReady && earlier !== undefined ? withdrawn(earlier, seen) : noPodYet };
}

function whetherItStays(apiService: KubernetesObject, seen: SeenConfig): Registration {
  const { metrics } = seen;
  const isTheirs = whoseIs(apiService, seen) === 'foreign'; // what does not answer there is not ours to withdraw
  if (isTheirs || metrics.is !== 'failed') return { is: 'due' };
  if (neverAnswered(apiService, metrics)) return { is: 'failed', ...takenAway(apiService, metrics, seen) };
  if (!isDead(seen)) return { is: 'due' };
  const deadSince = new Date(metrics.row.sinceMs).toISOString();
  return { is: 'dead', ...takenAway(apiService, metrics, seen, deadSince) };
}

/** A trial that fails after the breaker has opened is part of the same death. */
function takenAway(
  apiService: KubernetesObject,
  { message }: Failed,
  seen: SeenConfig,
  deadSince?: string,
): { withdrawal: Withdrawal; isGoing: boolean } {
  const { now } = seen;
  const of = apiService.metadata?.uid;
  const earlier = withdrawalOf(seen);
  const isSame = earlier !== undefined && earlier.of === of;
  if (isSame && nextTry(earlier) > now) {
    const agoMs = now.getTime() - Date.parse(earlier.at);
    return { withdrawal: earlier, isGoing: agoMs >= 0 && agoMs < watchIsLateByMs };
  }
  const count = isSame ? earlier.count : (earlier?.count ?? 0) + 1;
  const since = deadSince ?? (hasBreaker(seen) ? earlier?.deadSince : undefined);
  const error = tellingError(seen, message, apiService);
  const withdrawal = { count, at: now.toISOString(), error, of, ...(since && { deadSince: since }) };
  return { withdrawal, isGoing: false };
}

type Failed = Extract<MetricsAnswer, { is: 'failed' }>;

/** Whether a registration has had its time and has not answered once. */
function neverAnswered(apiService: KubernetesObject, { atMs, row }: Failed): boolean {
  if (row.hasAnswered || hasServed(apiService)) return false;
  // One that was taken over was there before it led to our pods.
  const sinceMs = Math.max(createdAtMs(apiService), writtenAtMs(apiService));
  return atMs - sinceMs >= mustAnswerWithinMs && atMs - row.sinceMs >= mustFailForMs;
}

function createdAtMs({ metadata }: KubernetesObject): number {
  return new Date(metadata?.creationTimestamp ?? 0).getTime();
}

// Where nothing may be written, that it has answered cannot be noted on an APIService; later than this it may have.
const certainlyNewMs = 10 * 60_000;

/** Whether an APIService is too young to have answered before this process began, so that its failure is its first. */
export function isNew({ apiService, now }: SeenConfig): boolean {
  return apiService !== undefined && now.getTime() - createdAtMs(apiService) < certainlyNewMs;
}

const noPodYet: Finding<'Serving'> = {
  status: 'False',
  reason: 'NotRegistered',
  message: 'The APIService is registered once the first pod is ready.',
};

const registering: Finding<'Serving'> = {
  status: 'False',
  reason: 'Registering',
  message: 'The APIService was registered just now; the API server takes a few seconds to use it.',
};

// kube-aggregator checks a new APIService before it passes requests on: 1 to 5 s.
const settlesWithinMs = 10_000;

/** What to say of a registration that does not answer yet, but well may. */
function notYet({ apiService, metrics, now }: SeenConfig): Finding<'Serving'> | undefined {
  if (metrics.is === 'answered') return undefined;
  const ageMs = now.getTime() - new Date(apiService?.metadata?.creationTimestamp ?? now).getTime();
  return ageMs < settlesWithinMs && (apiService === undefined || !hasServed(apiService))
    ? registering
    : undefined;
}

/** What to say of the metrics API while it does not answer, where it may be registered. */
export function registrationOf(seen: SeenConfig, steps: Step[]): Finding<'Serving'> | undefined {
  const isBlind = !isReadable({ kind: 'APIService', metadata: { name: apiServiceName } }, seen);
  if (isBlind) {
    const message = 'Not measured, because the operator may not watch the APIService: see Applied.';
    return { status: 'Unknown', reason: 'Forbidden', message };
  }
  const isThere = seen.apiService !== undefined || steps.some(({ object }) => object.kind === 'APIService');
  return isThere ? notYet(seen) : notHere(seen, { message: 'See Applied.' });
}

export function notHere(
  { metrics }: SeenConfig,
  { message }: { message: string },
): Finding<'Serving'> | undefined {
  if (metrics.is !== 'unregistered') return undefined;
  return {
    status: 'False',
    reason: 'NotRegistered',
    message: `The APIService is not registered. ${message}`,
  };
}

function hasReadyEndpoint({ endpoints }: V1EndpointSlice): boolean {
  return (endpoints ?? []).some((endpoint) => endpoint.conditions?.ready === true);
}

function hasBreaker({ spec }: SeenConfig): boolean {
  return spec.breakerAfterMs !== undefined;
}

function hasServed(apiService: KubernetesObject): boolean {
  return apiService.metadata?.annotations?.[servedAnnotation] === 'true';
}

/** The object with what the operator has to remember of the registration. */
export function withMemory(object: KubernetesObject, seen: SeenConfig, now: Registration): KubernetesObject {
  const { metrics, apiService } = seen;
  const isServing = metrics.is === 'answered';
  if (object.kind === 'APIService') {
    const mayStay = isServing || (apiService !== undefined && hasServed(apiService));
    return mayStay ? withNote(object, servedAnnotation, true) : object;
  }
  if (object.kind !== 'Deployment' || isServing) return object;
  const withdrawal = 'withdrawal' in now ? now.withdrawal : withdrawalOf(seen);
  return withdrawal === undefined ? object : withNote(object, withdrawnAnnotation, withdrawal);
}
