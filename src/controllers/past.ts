import { title } from '../resources/names.ts';
import type { Outcome } from './apply.ts';
import { hashIn } from './drift.ts';
import type { Reported } from './report.ts';

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
  /** When the status was last written. */
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

/** The past after one more look. */
export function pastAfter(past: Past, outcomes: Outcome[], reported: Reported, now: Date): Past {
  const atMs = now.getTime();
  const done = outcomes.flatMap(({ is, step }) => (is === 'done' && step.action === 'apply' ? [step] : []));
  const corrected = done
    .flatMap(({ drift }) => drift ?? [])
    .flatMap(({ object, fields, writer }) => fields.map((field) => ({ object, field, writer, atMs })));
  const isDoubted = reported.is === 'held' && reported.because === 'doubt';
  return {
    applied: {
      ...past.applied,
      ...Object.fromEntries(done.map(({ object }) => [title(object), hashIn(object) ?? ''])),
    },
    corrections: [...past.corrections.filter((one) => one.atMs > atMs - rememberedMs), ...corrected],
    overtaken: outcomes.some(({ is }) => is === 'changed') ? past.overtaken + 1 : 0,
    statusWrittenAtMs: reported.is === 'written' ? atMs : past.statusWrittenAtMs,
    ...(isDoubted && { doubtedAtMs: past.doubtedAtMs ?? atMs }),
  };
}
