import type { Finding } from '../crds/findings.ts';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { MetricsServerConfigStatus } from '../crds/status.ts';
import { diagnoseAvailable } from '../health/available.ts';
import type { Facts } from '../health/facts.ts';
import { preflightStatus } from '../health/kubelet-troubles.ts';
import { coverage } from '../health/nodes.ts';
import { readyCount, servingPods } from '../health/pods.ts';
import { diagnoseScraping, isEnoughScraped } from '../health/scraping.ts';
import { diagnoseSecure, withExpiry } from '../health/secure.ts';
import { diagnoseServing } from '../health/serving.ts';
import { containerName } from '../resources/deployment.ts';
import { title, versionLabel } from '../resources/names.ts';
import type { Outcome } from './apply.ts';
import { conditions } from './conditions.ts';
import type { Seen, SeenConfig } from './observe.ts';
import { whoseIs } from './obstacles.ts';
import { lastOtherWriter } from './ownership.ts';
import type { Plan } from './plan.ts';
import { problemsIn } from './problems.ts';
import { isVerticallyScaled } from './sizes.ts';
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
  const deployment = ownDeployment(seen, outcomes);
  const facts: Facts = {
    ...seen,
    name: seen.config.metadata.name,
    deployment,
    pods: seen.live.pods,
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
    Secure: isBlind ? blind : withExpiry(diagnoseSecure(facts), plan.expiring),
  };
  const problems = problemsIn(measured, facts, seen.config.status);
  return {
    observedGeneration: seen.config.metadata.generation,
    conditions: conditions(seen, measured, !isBlind && isEnoughScraped(facts)),
    ...(seen.refusal === undefined && { effective: effective(seen, plan) }),
    ...(seen.recommended !== undefined && { recommendedVersion: seen.recommended }),
    ...running(facts, plan),
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

/** Where no Deployment of ours is seen, it matters why. */
function availableOf(facts: Facts, seen: SeenConfig, isBlind: boolean): Finding<'Available'> {
  if (facts.deployment !== undefined) return diagnoseAvailable(facts);
  if (isBlind) return blind;
  if (seen.live.deployment === undefined) return diagnoseAvailable(facts);
  return {
    ...blind,
    message: "Not measured: the Deployment of this name is someone else's.",
  };
}

/**
 * A foreign Deployment of our name says nothing about us. One that was just made is not in the watch yet, and what the
 * status of one that was just changed says is about its old template.
 */
function ownDeployment(seen: SeenConfig, outcomes: Outcome[]): Facts['deployment'] {
  const { live } = seen;
  if (live.deployment !== undefined && whoseIs(live.deployment, seen) !== 'ours') return undefined;
  const written = outcomes.find(
    ({ is, step }) => is === 'done' && step.action === 'apply' && step.object.kind === 'Deployment',
  )?.step.object;
  if (written === undefined || live.deployment === undefined) return live.deployment ?? written;
  return { ...live.deployment, status: { ...live.deployment.status, observedGeneration: undefined } };
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

function effective(seen: SeenConfig, { size }: Plan): MetricsServerConfigStatus['effective'] {
  const { spec } = seen;
  const nodes = size?.memory?.nodes;
  return {
    version: spec.release.version,
    requestTimeout: spec.requestTimeout,
    kubeletTls: spec.kubeletTls,
    servingTls: spec.servingTls,
    servingPort: spec.servingPort,
    resources: isVerticallyScaled(seen)
      ? `${spec.resources.mode}, left to a VerticalPodAutoscaler`
      : `${spec.resources.mode}${nodes === undefined ? '' : `, for up to ${nodes} nodes`}`,
    minNodesScraped: `${spec.minNodesScraped}`,
  };
}

/** What runs, read from a ready pod; only before there is one, from the Deployment. All of it from the same pod. */
function running(
  { deployment, pods, spec }: Facts,
  { image }: Plan,
): Pick<MetricsServerConfigStatus, 'image' | 'replicas' | 'version'> {
  const wanted = deployment?.spec?.template.spec?.containers.find(isOurs)?.image;
  if (deployment === undefined || wanted === undefined) return {};
  const ready = readyCount({ pods, deployment });
  const readyPods = servingPods(pods);
  const pod = readyPods.find((one) => one.spec?.containers.find(isOurs)?.image === wanted) ?? readyPods[0];
  const reference = pod?.spec?.containers.find(isOurs)?.image ?? wanted;
  const imageID = pod?.status?.containerStatuses?.find(isOurs)?.imageID;
  const version = pod?.metadata?.labels?.[versionLabel];
  const failed = image?.memory?.failed.map(({ reference, error }) => ({ reference, error }));
  const mirror = spec.image.mirrors?.find((repository) => reference.startsWith(`${repository}:`));
  return {
    ...(version && { version }),
    image: { reference, ...(imageID && { imageID }), ...(mirror && { mirror }), ...(failed && { failed }) },
    replicas: { desired: deployment.spec?.replicas ?? 1, ready },
  };
}

function isOurs({ name }: { name: string }): boolean {
  return name === containerName;
}

function foretold(facts: Facts): Pick<MetricsServerConfigStatus, 'preflight'> {
  const preflight = preflightStatus(facts);
  return preflight === undefined ? {} : { preflight };
}

function nodeCounts(facts: Facts): Pick<MetricsServerConfigStatus, 'nodes'> {
  const nodes = coverage(facts);
  if (nodes === undefined) return {};
  return {
    nodes: {
      expected: nodes.expected.length,
      fresh: nodes.fresh.length,
      stale: nodes.stale.length,
      missing: nodes.missing.length,
      excluded: nodes.excluded.length,
      scraped: `${nodes.fresh.length}/${nodes.expected.length}`,
    },
  };
}
