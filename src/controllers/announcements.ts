import type { ConditionType } from '../crds/findings.ts';
import type { Condition, MetricsServerConfigStatus } from '../crds/status.ts';
import type { Outcome } from './apply.ts';
import type { ImageMove } from './images.ts';

/** What becomes an Event of the config. */
export interface Announcement {
  type: 'Normal' | 'Warning';
  /** A word of docs/conditions.md, DriftCorrected, ImageMoved, MemoryRaised, CertificateReplaced or Adopted. */
  reason: string;
  note: string;
}

/** What a new status says that users want to hear of. */
export function announcements(
  before: MetricsServerConfigStatus | undefined,
  after: MetricsServerConfigStatus,
): Announcement[] {
  return [
    ...ofReady(before, after),
    ...ofBreaker(before, after),
    ...ofExpiry(before, after),
    ...ofRotation(before, after),
  ];
}

/** That the metrics API is not registered any more, also where Ready has another cause, such as pods that are gone. */
function ofBreaker(
  before: MetricsServerConfigStatus | undefined,
  after: MetricsServerConfigStatus,
): Announcement[] {
  const [was, is] = [before, after].map((status) => conditionOf(status, 'Serving'));
  if (is?.reason !== 'BreakerOpen' || was?.reason === is.reason) return [];
  return [{ type: 'Warning', reason: is.reason, note: is.message }];
}

/** That another certificate has taken the place of the one before, and nobody trusts that any more. */
function ofRotation(
  before: MetricsServerConfigStatus | undefined,
  after: MetricsServerConfigStatus,
): Announcement[] {
  const [was, is] = [before, after].map((status) => conditionOf(status, 'Applied')?.reason);
  if (was !== 'RotatingCertificate' || is !== 'Applied') return [];
  const note = 'metrics-server shows another certificate; that of before is not trusted any more.';
  return [{ type: 'Normal', reason: 'CertificateReplaced', note }];
}

/** That something insecure was accepted until now and is no more, or that somebody has to replace a certificate. */
function ofExpiry(
  before: MetricsServerConfigStatus | undefined,
  after: MetricsServerConfigStatus,
): Announcement[] {
  const [was, is] = [before, after].map((status) => conditionOf(status, 'Secure'));
  if (is === undefined || was?.reason === is.reason || !warned.includes(is.reason)) return [];
  return [{ type: 'Warning', reason: is.reason, note: is.message }];
}

const warned = ['InsecureExpired', 'CertificateExpiring'];

/** A transition of Ready, which sums up all the others; steps on the way up are none. And that what was to heal has not. */
function ofReady(
  before: MetricsServerConfigStatus | undefined,
  after: MetricsServerConfigStatus,
): Announcement[] {
  const [was, is] = [before, after].map((status) => conditionOf(status, 'Ready'));
  const isStalled = isTrue(after, 'Stalled');
  const isOverdue = isStalled && !isTrue(before, 'Stalled');
  const isSame = was?.status === is?.status && was?.reason === is?.reason;
  if (is === undefined || is.reason === 'BreakerOpen' || (isSame && !isOverdue)) return [];
  const isOnTheWay =
    was?.status === 'False' && is.status === 'False' && !isStalled && !isTrue(before, 'Stalled');
  if (isOnTheWay) return [];
  const isLoss =
    (was?.status === 'True' && is.status !== 'True') ||
    ['RolloutBlocked', 'RolloutStuck'].includes(is.reason);
  return [{ type: isStalled || isLoss ? 'Warning' : 'Normal', reason: is.reason, note: is.message }];
}

function isTrue(status: MetricsServerConfigStatus | undefined, type: ConditionType): boolean {
  return conditionOf(status, type)?.status === 'True';
}

function conditionOf(
  status: MetricsServerConfigStatus | undefined,
  type: ConditionType,
): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Images that were given up for another place, memory that was raised, and what was taken over. */
export function newsIn(outcomes: Outcome[]): Announcement[] {
  return outcomes.flatMap(({ is, step }) => {
    if (is === 'done' && step.action === 'remove' && step.adopted !== undefined) {
      return [{ type: 'Normal' as const, reason: 'Adopted', note: step.adopted }];
    }
    if (is !== 'done' || step.action !== 'apply') return [];
    const { move, raisedTo } = step.news ?? {};
    return [...(move ? [imageMoved(move)] : []), ...(raisedTo ? [memoryRaised(raisedTo)] : [])];
  });
}

function imageMoved({ from, to, error }: ImageMove): Announcement {
  const note = `${from} cannot be pulled, ${to} is tried instead. The node said: ${error}`;
  return { type: 'Warning', reason: 'ImageMoved', note };
}

function memoryRaised(to: string): Announcement {
  const note = `The container ran out of memory (OOMKilled); its request is raised to ${to}. If that goes on, set spec.resources with mode Fixed.`;
  return { type: 'Warning', reason: 'MemoryRaised', note };
}

export function correctionsIn(outcomes: Outcome[]): Announcement[] {
  return outcomes.flatMap(({ is, step }) => {
    if (is !== 'done' || !('drift' in step) || step.drift === undefined) return [];
    const { object, fields, writer } = step.drift;
    const what = fields.slice(0, 3).join(', ');
    const does =
      step.over === undefined
        ? 'was deleted and is made again'
        : `${what} was changed by ${writer} and is set right`;
    const note = `${object}: ${does}.`;
    return [{ type: 'Normal' as const, reason: 'DriftCorrected', note }];
  });
}
