import { title } from '../resources/names.ts';
import type { Outcome } from './apply.ts';
import { type Drift, hashIn } from './drift.ts';
import type { SeenConfig } from './observe.ts';
import type { Plan, Step } from './plan.ts';
import type { Reported } from './report.ts';
import type { Withdrawal } from './withdrawal.ts';

/**
 * What this process remembers of earlier looks at one config. Only pacing rests on it: a restart forgets it and loses
 * nothing.
 */
export interface Past {
  /** Hash of each object as it was last applied, by its title. */
  applied: Readonly<Record<string, string>>;
  /** What was corrected within the last ten minutes. */
  corrections: Correction[];
  /** Looks in a row whose writes came too late because someone else wrote in between. */
  overtaken: number;
  /** The last withdrawal of the APIService, in case that the Deployment could not be marked with it. */
  withdrawal?: Withdrawal;
  /** When the status was last written, or first left as the process before had written it; 0 before the first look. */
  statusWrittenAtMs: number;
  /** When an answer of metrics-server was first bad; until a later one confirms it, it is not told. */
  doubtedAtMs?: number;
}

/** A field of ours that someone else had changed, set right again. */
export interface Correction {
  /** As in "Deployment kube-system/metrics-server". */
  object: string;
  field: string;
  /** Who had changed it. */
  writer: string;
  atMs: number;
}

export const noPast: Past = { applied: {}, corrections: [], overtaken: 0, statusWrittenAtMs: 0 };

const rememberedMs = 10 * 60_000;

/** The past after one more look has written what it could. */
export function pastAfterApply({ past, metrics, now }: SeenConfig, plan: Plan, outcomes: Outcome[]): Past {
  const atMs = now.getTime();
  const done = outcomes.flatMap(({ is, step }) => (is === 'done' ? [step] : []));
  const applied = done.flatMap((step) => (step.action === 'apply' || step.action === 'issue' ? [step] : []));
  const removed = done.filter(({ action }) => action === 'remove').map(({ object }) => title(object));
  const corrected = done
    .flatMap((step) => correctedBy(step))
    .flatMap(({ object, fields, writer }) => fields.map((field) => ({ object, field, writer, atMs })));
  const isRemembered = (one: Correction) => Math.abs(atMs - one.atMs) < rememberedMs; // clocks may jump
  // What goes while nothing may be written, such as with its namespace, is nobody's drift.
  const before = plan.held === undefined ? Object.entries(past.applied) : [];
  return {
    ...past,
    applied: Object.fromEntries([
      ...before.filter(([name]) => !removed.includes(name)),
      ...applied.map(({ object }) => [title(object), hashIn(object) ?? '']),
    ]),
    corrections: [...past.corrections.filter(isRemembered), ...corrected],
    overtaken: outcomes.some(({ is }) => is === 'changed') ? past.overtaken + 1 : 0,
    withdrawal: metrics.is === 'answered' ? undefined : (plan.withdrawal ?? past.withdrawal),
  };
}

function correctedBy(step: Step): Drift[] {
  switch (step.action) {
    case 'apply':
      return [step.drift ?? [], step.takenOver ?? []].flat();
    case 'remove':
      return step.takenOver ? [step.takenOver] : [];
    case 'issue':
      return step.drift ? [step.drift] : [];
    case 'patch':
      return [];
  }
}

/** The past after it has said what it found, or not yet. */
export function pastAfterReport(past: Past, reported: Reported, now: Date): Past {
  const atMs = now.getTime();
  const isFirst = past.statusWrittenAtMs === 0;
  const isDoubted = reported.is === 'held' && reported.because === 'doubt';
  return {
    ...past,
    statusWrittenAtMs: reported.is === 'written' || isFirst ? atMs : past.statusWrittenAtMs,
    doubtedAtMs: isDoubted ? (past.doubtedAtMs ?? atMs) : undefined,
  };
}
