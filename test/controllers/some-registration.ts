import type { KubernetesObject } from '@kubernetes/client-node';
import type { Plan } from '../../src/controllers/plan.ts';
import { title } from '../../src/resources/names.ts';
import { appliedObjects, emptyLive } from './some-seen.ts';

const ready = { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }] };
const now = Date.parse('2026-01-01T12:00:00Z'); // as in someSeen
export const secondsAgo = (seconds: number) => new Date(now - seconds * 1000);
export const steps = ({ steps }: Plan) => steps.map(({ action, object }) => `${action} ${title(object)}`);

/** Everything applied and registered so long ago; `notes` are annotations by kind. */
export function registered(seconds: number, notes: Record<string, Record<string, string>> = {}) {
  const all = appliedObjects({}, 'uid-1', notes).map((object) => ({
    ...object,
    metadata: { ...object.metadata, uid: `uid-of-${object.kind}`, creationTimestamp: secondsAgo(seconds) },
  }));
  const isApiService = ({ kind }: KubernetesObject) => kind === 'APIService';
  const objects = all.filter((object) => !isApiService(object));
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  return {
    live: { ...emptyLive, objects, deployment, endpointSlices: [ready] },
    apiService: all.find(isApiService),
  };
}
