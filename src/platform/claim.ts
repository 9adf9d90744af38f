import type { KubernetesObject } from '@kubernetes/client-node';
import { versionOfNone } from './copy.ts';

export interface LeaseObject extends KubernetesObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    leaseTransitions?: number;
    /** For people only: no two clocks agree. */
    acquireTime?: string;
    renewTime?: string;
  };
}

/** A Lease as a process has seen it last. */
export interface Sight {
  is: 'free' | 'mine' | 'theirs';
  /** When this process saw it become so, by its own monotonic clock. */
  sinceMs: number;
  /** How long the others must see no change before they may take it. */
  durationMs: number;
  /** Undefined where there is none. */
  lease?: LeaseObject;
}

const durationMs = 15_000;
// Whatever somebody writes into the Lease by hand, it must not keep everybody from leading for long.
const longestDurationMs = 60_000;
const renewEveryMs = 5000;
/** Less than the duration: the holder has stopped for long when the first of the others may begin, though clocks differ in speed. */
export const heldMs = 10_000;
export const api = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };

/** Who finds no Lease may make one at once; who sees it go may not: its holder may not know yet. */
export function sightOf(found: LeaseObject | 'absent' | 'deleted', holder: string, nowMs: number): Sight {
  if (found === 'absent') return { is: 'free', sinceMs: nowMs, durationMs: 0 };
  if (found === 'deleted') return { is: 'theirs', sinceMs: nowMs, durationMs };
  const { holderIdentity = '', leaseDurationSeconds = durationMs / 1000 } = found.spec ?? {};
  const is = holderIdentity === '' ? 'free' : holderIdentity === holder ? 'mine' : 'theirs';
  const itsDurationMs = Math.min(leaseDurationSeconds * 1000, longestDurationMs);
  return { is, sinceMs: nowMs, durationMs: itsDurationMs, lease: found };
}

/** When a process may write its name into it. What the holder's clock says does not count, only for how long nothing was seen to change. */
export function dueAtMs({ is, sinceMs, durationMs }: Sight, isHeld: boolean): number {
  switch (is) {
    case 'free':
      return sinceMs;
    case 'mine':
      return isHeld ? sinceMs + renewEveryMs : sinceMs; // an answer was lost, or it has lapsed and nobody else came
    case 'theirs':
      return sinceMs + durationMs;
  }
}

/** What to write over what was seen; it is refused where somebody else was quicker. */
export function claim(
  { is, lease }: Sight,
  holder: string,
  at: Date,
): Pick<LeaseObject, 'metadata' | 'spec'> {
  const { uid, resourceVersion = versionOfNone } = lease?.metadata ?? {};
  const { acquireTime, leaseTransitions = -1 } = lease?.spec ?? {};
  const time = at.toISOString().replace('Z', '000Z'); // a MicroTime
  const isRenewal = is === 'mine';
  return {
    metadata: { uid, resourceVersion },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: durationMs / 1000,
      acquireTime: isRenewal ? acquireTime : time,
      renewTime: time,
      leaseTransitions: isRenewal ? leaseTransitions : leaseTransitions + 1,
    },
  };
}

/** What gives it back: the next one may have it at once. */
export function farewell(sight: Sight, at: Date): Pick<LeaseObject, 'metadata' | 'spec'> {
  const { metadata, spec } = claim(sight, '', at);
  return { metadata, spec: { ...spec, leaseDurationSeconds: 1 } };
}
