import type { KubernetesObject } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { MetricsServerConfigStatus } from '../crds/status.ts';
import { diagnoseAvailable } from '../health/available.ts';
import type { Facts } from '../health/facts.ts';
import { diagnoseScraping, isEnoughScraped } from '../health/scraping.ts';
import { diagnoseSecure, withExpiry } from '../health/secure.ts';
import { diagnoseServing } from '../health/serving.ts';
import { title } from '../resources/names.ts';
import type { Outcome } from './apply.ts';
import { conditions } from './conditions.ts';
import type { Seen, SeenConfig } from './observe.ts';
import { whoseIs } from './obstacles.ts';
import { lastOtherWriter } from './ownership.ts';
import type { Plan } from './plan.ts';
import { problemsIn } from './problems.ts';
import { effective, foretold, nodeCounts, observed, running } from './status-fields.ts';
import { ownSubject } from './subject.ts';
import type { Measured } from './summary.ts';
import { trustIn } from './trust.ts';

/** What to tell the user; undefined where there is nobody left to tell, or where this look was overtaken and the next one will. */
export function statusFrom(
  seen: Seen,
  plan: Plan,
  outcomes: Outcome[],
): MetricsServerConfigStatus | undefined {
  const isOvertaken = outcomes.some(({ is }) => is === 'changed');
  if (isOvertaken && (seen.is !== 'readable' || seen.past.overtaken < overtakenBeforeTold)) return undefined;
  switch (seen.is) {
    case 'gone':
      return undefined;
    case 'going':
      return isHeldByOthers(seen.config) ? bare(seen, plan) : undefined;
    case 'superseded':
      return bare(seen, plan);
    case 'readable':
      return statusOf(seen, plan, outcomes);
  }
}

/** Kubernetes' own finalizers are over in a moment. */
function isHeldByOthers({ metadata }: MetricsServerConfig): boolean {
  const own = ['orphan', 'foregroundDeletion'];
  return metadata.finalizers?.some((finalizer) => !own.includes(finalizer)) ?? false;
}

function bare(seen: { config: MetricsServerConfig; now: Date }, plan: Plan): MetricsServerConfigStatus {
  const { generation: observedGeneration } = seen.config.metadata;
  return { observedGeneration, conditions: conditions(seen, unmeasured(plan), false) };
}

function statusOf(seen: SeenConfig, plan: Plan, outcomes: Outcome[]): MetricsServerConfigStatus {
  const { spec, live } = seen;
  const subject = seen.others ?? ownSubject(seen.config.metadata.name, spec, live);
  const facts: Facts = {
    ...seen,
    ...subject,
    ...(seen.others === undefined && { deployment: ownDeployment(seen, outcomes) }),
    acceptsAnyone: trustIn(seen.apiService, seen.now)?.is === 'anyone',
  };
  const isBlind = seen.live.refused.length > 0; // nodes that may not be seen are not missing
  const measured: Measured = {
    Accepted: outcomes.find((outcome) => outcome.is === 'foreign')?.finding ?? plan.accepted,
    Applied:
      plan.held ??
      plan.unseen ??
      troubleIn(outcomes) ??
      plan.limited ??
      plan.guarded ??
      plan.contested ??
      plan.adopting ??
      plan.awaiting ??
      applied,
    Available: availableOf(facts, seen, isBlind),
    Serving: servingOf(facts, plan),
    Scraping: isBlind ? blind : diagnoseScraping(facts),
    Secure: isBlind
      ? blind
      : (outOfSight(seen, 'NotMeasured') ?? withExpiry(diagnoseSecure(facts), plan.expiring)),
  };
  const problems = problemsIn(measured, facts, seen.config.status);
  return {
    observedGeneration: seen.config.metadata.generation,
    conditions: conditions(seen, measured, !isBlind && isEnoughScraped(facts)),
    ...(seen.refusal === undefined && !isObserver(seen) && { effective: effective(seen, plan) }),
    ...observed(seen),
    ...(seen.recommended !== undefined && { recommendedVersion: seen.recommended }),
    ...running(facts, plan, seen.others?.version),
    ...(!isBlind && nodeCounts(facts)),
    ...(problems.length > 0 && { problems }),
    ...(!isBlind && foretold(facts)),
  };
}

/** What the plan says of a registration counts only while it does not answer. */
function servingOf(facts: Facts, { serving }: Plan): Finding<'Serving'> {
  return facts.metrics.is === 'answered' ? diagnoseServing(facts) : (serving ?? diagnoseServing(facts));
}

const blind = {
  status: 'Unknown',
  reason: 'NotMeasured',
  message: 'Not measured, because the operator lacks rights: see Applied.',
} as const;

/** Of others it is not always known what serves. */
function outOfSight<R extends string>({ others }: SeenConfig, reason: R) {
  if (others?.outOfSight === undefined) return undefined;
  const message = `What serves the metrics API cannot be seen: ${others.outOfSight}.`;
  return { status: 'Unknown' as const, reason, message };
}

/** Where no Deployment of ours is seen, it matters why. */
function availableOf(facts: Facts, seen: SeenConfig, isBlind: boolean): Finding<'Available'> {
  const hidden = outOfSight(seen, 'OutOfSight');
  if (hidden !== undefined) return hidden;
  if (facts.deployment !== undefined) return diagnoseAvailable(facts);
  if (isBlind) return blind;
  if (seen.live.deployment === undefined) return diagnoseAvailable(facts);
  return {
    ...blind,
    message: "Not measured: the Deployment of this name is someone else's.",
  };
}

/** A foreign Deployment of our name says nothing about us. One that was just written is seen as the API server answered. */
function ownDeployment(seen: SeenConfig, outcomes: Outcome[]): Facts['deployment'] {
  const { live } = seen;
  if (live.deployment !== undefined && whoseIs(live.deployment, seen) !== 'ours') return undefined;
  const written = outcomes.flatMap((outcome) => (outcome.is === 'done' ? (outcome.written ?? []) : []));
  const name = live.deployment?.metadata?.name;
  const isIt = (one: KubernetesObject) =>
    one.kind === 'Deployment' && (name === undefined || one.metadata?.name === name);
  return written.find(isIt) ?? live.deployment;
}

const applied: Finding<'Applied'> = {
  status: 'True',
  reason: 'Applied',
  message: 'Every object is as the spec wants it.',
};

// Being overtaken is normal now and then; in a row it means that someone writes all the time.
const overtakenBeforeTold = 5;

function troubleIn(outcomes: Outcome[]): Finding<'Applied'> | undefined {
  const refused = outcomes.find((outcome) => outcome.is === 'refused' || outcome.is === 'failed');
  if (refused !== undefined) return refused.finding;
  const overtaken = outcomes.find((outcome) => outcome.is === 'changed')?.step;
  if (overtaken === undefined) return undefined;
  const seen = overtaken.action === 'apply' ? overtaken.over : overtaken.object;
  const writer = (seen && lastOtherWriter(seen)) ?? 'someone else';
  return {
    status: 'False',
    reason: 'Overtaken',
    message: `${title(overtaken.object)} is written by ${writer} so often that every correction comes too late; find out what writes it, and stop it.`,
  };
}

function unmeasured(plan: Plan): Measured {
  const message = 'Not measured, because the spec is not accepted.';
  return {
    Accepted: plan.accepted,
    Applied: plan.held ?? { status: 'Unknown', reason: 'NotAccepted', message },
    Available: { status: 'Unknown', reason: 'NotMeasured', message },
    Serving: { status: 'Unknown', reason: 'NotRegistered', message },
    Scraping: { status: 'Unknown', reason: 'NotMeasured', message },
    Secure: { status: 'Unknown', reason: 'NotMeasured', message },
  };
}

function isObserver({ spec, others }: SeenConfig): boolean {
  return spec.mode === 'Observe' && others !== undefined;
}
