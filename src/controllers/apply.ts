import type { KubernetesObject } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { isTimeout } from '../platform/connection.ts';
import { Refusal } from '../platform/refusal.ts';
import { readerRoleName, title } from '../resources/names.ts';
import type { Cluster } from './cluster.ts';
import type { Plan, Step } from './plan.ts';

/**
 * What became of one step. `done`: and what an apply has made of the object. `changed`: someone wrote in between; the next look sees it. `failed`: it may well work soon.
 * `broken`: nothing that is expected; it is thrown once the look has remembered what it did.
 */
export type Outcome = { step: Step } & (
  | { is: 'done'; written?: KubernetesObject | undefined }
  | { is: 'changed' }
  | { is: 'refused'; finding: Finding<'Applied'> }
  | { is: 'failed'; finding: Finding<'Applied'>; retryAfterMs: number }
  | { is: 'foreign'; finding: Finding<'Accepted'> }
  | { is: 'broken'; error: unknown }
);

/**
 * Carries out a plan in its order, side by side what does not need each other. A refused step does not keep the later ones from being
 * tried; a stale plan ends, and so does one in an outage.
 */
export async function apply(cluster: Cluster, plan: Plan): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const abreast of sideBySide(plan.steps)) {
    const done = await Promise.all(abreast.map((step) => carryOut(cluster, step)));
    outcomes.push(...done);
    if (!done.every(mayGoOn)) break;
  }
  return outcomes;
}

/** Neighbours that may be written at the same time. */
export function sideBySide(steps: Step[]): Step[][] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const group = groups.at(-1);
    const rank = rankOf(step);
    if (group?.[0] === undefined || rank === 'alone' || rankOf(group[0]) !== rank) groups.push([step]);
    else group.push(step);
  }
  return groups;
}

/**
 * A binding is refused as long as its role is not there, and nothing must be registered that is not served. Of two configs that come at
 * once, only the one that gets the shared role may go on.
 */
function rankOf({ action, object }: Step): 'first' | 'next' | 'alone' {
  const isShared = object.kind === 'APIService' || object.metadata?.name === readerRoleName;
  if (action !== 'apply' || isShared) return 'alone';
  const isFirst = ['ServiceAccount', 'ClusterRole', 'ConfigMap'].includes(object.kind ?? '');
  return isFirst ? 'first' : 'next';
}

function mayGoOn(outcome: Outcome): boolean {
  switch (outcome.is) {
    case 'done':
    case 'refused':
      return true;
    case 'failed':
      return outcome.retryAfterMs === 0; // otherwise the API server wants to be left in peace
    case 'changed':
    case 'foreign':
    case 'broken':
      return false;
  }
}

async function carryOut(cluster: Cluster, step: Step): Promise<Outcome> {
  try {
    const written = await write(cluster, step);
    return { step, is: 'done', written };
  } catch (error) {
    return explain(error, step);
  }
}

async function write(cluster: Cluster, step: Step): Promise<KubernetesObject | undefined> {
  switch (step.action) {
    case 'apply':
      return await cluster.apply(step.object, step.over, step.because);
    case 'patch':
      await cluster.patch(step.object, step.patch, step.because);
      return undefined;
    case 'issue':
      await cluster.issue(step.object, step.over, step.material, step.because);
      return undefined;
    case 'remove':
      await cluster.remove(step.object, step.because);
      return undefined;
  }
}

/** Refusals we expect become findings; anything else is a bug or an outage. */
function explain(error: unknown, step: Step): Outcome {
  const what = title(step.object);
  if (isTimeout(error)) {
    return { step, is: 'failed', finding: serverError('no answer in time', what), retryAfterMs: 0 };
  }
  if (!(error instanceof Refusal)) return { step, is: 'broken', error };
  switch (error.why) {
    case 'changed':
      return { step, is: 'changed' };
    case 'contested':
      return { step, is: 'foreign', finding: contested(error, what) };
    case 'forbidden':
      if (error.causes.some(({ reason }) => reason === 'NamespaceTerminating'))
        return { step, is: 'changed' }; // the watch will tell
      return isLackOfRights(error)
        ? refused(
            step,
            'Forbidden',
            `The operator may not write ${what}: ${error.message}. Grant it as in config/rbac.`,
          )
        : refused(step, 'ApplyFailed', `${what}: ${error.message}`);
    case 'absent':
      return step.action !== 'apply' && step.action !== 'issue'
        ? { step, is: 'done' }
        : refused(
            step,
            'NamespaceMissing',
            `${what}: ${error.message}; create the namespace, or choose another.`,
          );
    case 'invalid':
      return refused(step, 'ApplyFailed', `${what}: ${error.message}`);
    case 'busy':
    case 'broken':
      return {
        step,
        is: 'failed',
        finding: serverError(error.message, what),
        retryAfterMs: error.retryAfterMs,
      };
    case 'unauthenticated':
    case 'expired':
      return { step, is: 'broken', error };
  }
}

/** Quotas and policies answer 403 too, and no role helps against these. */
function isLackOfRights({ message }: Refusal): boolean {
  return message.includes(' cannot ') || message.includes('attempting to grant');
}

function serverError(message: string, what: string): Finding<'Applied'> {
  return {
    status: 'False',
    reason: 'ServerError',
    message: `${what} could not be written: ${message}. It is tried again; if a webhook is the cause, see that its server is up.`,
  };
}

function refused(step: Step, reason: Finding<'Applied'>['reason'], message: string): Outcome {
  return { step, is: 'refused', finding: { status: 'False', reason, message } };
}

function contested(error: Refusal, what: string): Finding<'Accepted'> {
  const causes = error.causes.map((cause) => `${cause.field}: ${cause.message}`).join('; ');
  return {
    status: 'False',
    reason: 'ForeignObject',
    message: `${what} was made by someone else while it was being created (${causes}); nothing is forced. Delete it, or give the MetricsServerConfig another name.`,
  };
}
