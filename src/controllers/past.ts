import type { Outcome } from './apply.ts';

/**
 * What this process remembers of earlier looks at one config. Only pacing rests on it: a restart forgets it and loses
 * nothing.
 */
export interface Past {
  /** What was corrected within the last ten minutes. */
  corrections: Correction[];
  /** Looks in a row whose writes came too late because someone else wrote in between. */
  overtaken: number;
}

/** A field of ours that someone else had changed, set right again. */
export interface Correction {
  /** As in "Deployment kube-system/metrics-server". */
  object: string;
  field: string;
  atMs: number;
}

export const noPast: Past = { corrections: [], overtaken: 0 };

const rememberedMs = 10 * 60_000;

/** The past after one more look. */
export function pastAfter(past: Past, outcomes: Outcome[], now: Date): Past {
  const atMs = now.getTime();
  const corrected = outcomes.flatMap(({ is, step }) =>
    is === 'done' && step.action === 'apply' && step.drift !== undefined ? [{ ...step.drift, atMs }] : [],
  );
  return {
    corrections: [...past.corrections.filter((one) => one.atMs > atMs - rememberedMs), ...corrected],
    overtaken: outcomes.some(({ is }) => is === 'changed') ? past.overtaken + 1 : 0,
  };
}
