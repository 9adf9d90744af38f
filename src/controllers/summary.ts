import type { ConditionType, Finding, MeasuredCondition } from '../crds/findings.ts';
import { kubeletWords } from '../crds/kubelet-words.ts';
import { startWords } from '../crds/start-words.ts';
import type { Condition } from '../crds/status.ts';

/** The conditions that are measured one by one. */
export type Measured = { [C in MeasuredCondition]: Finding<C> };

interface Sum {
  status: Condition['status'];
  reason: string;
  message: string;
}

// In the order of cause and effect: the first that is not True explains the rest.
const causes = ['Accepted', 'Applied', 'Available', 'Serving'] as const;

/** By whose clock, and since when the conditions are as they are. */
export interface Times {
  now: Date;
  /** Since when a condition has that status; now, where it has it only now. */
  since: (type: ConditionType, status: Condition['status']) => Date;
}

// A kubelet may be on its way up, and a network may come back.
const kubeletsMayHeal = [
  'KubeletTimeout',
  'KubeletRefused',
  'KubeletNoRoute',
  'KubeletServerError',
  'NodeMetricsZero',
  'ScrapeError',
];

// What often heals by itself; where it has not after a while, a person should look.
const mayHeal = [
  ...kubeletsMayHeal,
  'ServerError',
  'NodeNotReady',
  'NoMetricsYet',
  'PodMetricsMissing',
  'Unresponsive',
  'NotRegistered', // by others, with mode Observe
  'Registering', // again, after a withdrawal
  'NotAnswering',
  'ServiceAccessError',
  'AuthzWebhookTimeout',
  'ServiceNotFound',
  'ServicePortError',
  'EndpointsNotFound',
  'MissingEndpoints',
  'AggregatorTLS',
  'AggregatorTimeout',
  'AggregatorNoRoute',
  'FrontProxyRejected',
  'NodesMissing',
  'NodesStale',
];
const healsWithinMs = 5 * 60_000;

// Faults that no waiting heals; whoever watches the config (kstatus, Argo CD) should call a person.
const needPerson = [
  'InvalidSpec',
  'UnknownVersion',
  'UnsupportedKubernetes',
  'UnsupportedFlag',
  'LegacyRelease',
  'CreateConfigError',
  'Superseded',
  'ForeignObject',
  'Forbidden',
  'CertificateMissing',
  'CertificateInvalid',
  'CertificateNotReady',
  'CertManagerMissing',
  'KubeletCAMissing',
  'KubeletCAInvalid',
  'KubeletClientCertMissing',
  'KubeletClientCertInvalid',
  'NamespaceMissing',
  'NamespaceTerminating',
  'RolledBack',
  'RolloutFailed',
  'DriftContested',
  'Overtaken',
  'Withdrawn',
  'BreakerOpen',
  'ApplyFailed',
  'Deleting',
  'RolloutPaused',
  'RolloutStuck',
  'SandboxImage',
  'NoReplicas',
  'ImagePullFailed',
  'Unschedulable',
  'PodRejected',
  'NoNodes',
  ...Object.keys(startWords),
  ...Object.keys(kubeletWords).filter((reason) => !kubeletsMayHeal.includes(reason)),
];

/** Ready, Reconciling and Stalled (as kstatus defines them) out of the measured conditions. */
export function summary(
  measured: Measured,
  isEnoughScraped: boolean,
  times: Times,
): { Ready: Sum; Reconciling: Sum; Stalled: Sum } {
  const ready = readiness(measured, isEnoughScraped);
  const stalled = stall(ready, measured, times);
  const isStalled = stalled.status === 'True';
  const { Applied: applied, Available: available } = measured;
  const [moving] = [available, applied].filter(({ reason }) => underWayWhileServing.includes(reason));
  // kstatus asks Reconciling first: with both True, what needs a person would be under way for ever.
  const isUnderWay =
    !isStalled && ((ready.status !== 'True' && applied.reason !== 'Paused') || moving !== undefined);
  const underWay = moving?.message ?? ready.message;
  return {
    Ready: ready,
    Reconciling: isUnderWay
      ? { status: 'True', reason: 'Progressing', message: underWay }
      : { status: 'False', reason: 'Settled', message: 'Nothing is under way.' },
    Stalled: stalled,
  };
}

function stall(ready: Sum, measured: Measured, times: Times): Sum {
  const needsAttention = { status: 'True', reason: 'NeedsAttention' } as const;
  if (ready.status !== 'True' && needPerson.includes(ready.reason))
    return { ...needsAttention, message: ready.message };
  if (ready.status !== 'True' && mayHeal.includes(ready.reason) && isOverdue(measured, times))
    return { ...needsAttention, message: `It has not healed within five minutes. ${ready.message}` };
  return { status: 'False', reason: 'NotStalled', message: 'No fault that needs a person.' };
}

/**
 * What fails has its time from when all that it needs was in order: after half an hour of waiting for an image the first seconds of a
 * pod are no fault. It is one row of failures, whatever is said to be the cause in between.
 */
function isOverdue(measured: Measured, { now, since }: Times): boolean {
  const failing = causes.findIndex((type) => isAtFault(measured[type]));
  const inOrder = failing < 0 ? causes : causes.slice(0, failing);
  const begins = [since('Ready', 'False'), ...inOrder.map((type) => since(type, measured[type].status))];
  return now.getTime() - Math.max(...begins.map((begin) => begin.getTime())) > healsWithinMs;
}

/** What cannot be seen is no fault while it answers. */
function isAtFault({ status, reason }: { status: string; reason: string }): boolean {
  return status !== 'True' && reason !== 'OutOfSight';
}

function readiness(measured: Measured, isEnoughScraped: boolean): Sum {
  const cause = causes.map((type) => measured[type]).find(isAtFault);
  if (cause !== undefined)
    return { ...cause, status: 'False', message: `${cause.message}${pause(measured)}` };
  const { Scraping: scraping } = measured;
  if (!isEnoughScraped) return { ...scraping, status: 'False' };
  const message = `${scraping.message}${rollout(measured)}${pause(measured)}`;
  return { status: 'True', reason: reasonOfReady(measured), message };
}

/** What people see beside READY True: the first thing that is not as it should be. */
function reasonOfReady({ Applied: applied, Available: available, Scraping: scraping }: Measured): string {
  if (applied.reason === 'Paused') return 'Paused';
  if (available.reason === 'RolloutBlocked' || available.reason === 'RolloutStuck') return available.reason;
  return scraping.status === 'True' ? 'Ready' : 'PartlyScraped';
}

const rolling = ['RollingOut', 'RolloutBlocked', 'RolloutStuck'];
const underWayWhileServing = [...rolling, 'AwaitingTrust', 'RotatingCertificate'];

function pause({ Applied: { reason } }: Measured): string {
  return reason === 'Paused' ? ' spec.mode is Paused: nothing is changed or repaired.' : '';
}

/** A rollout that cannot proceed is seen where people look first, although the old pods serve. */
function rollout({ Available: available }: Measured): string {
  return rolling.includes(available.reason) ? ` ${available.message}` : '';
}
