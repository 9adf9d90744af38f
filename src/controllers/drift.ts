import type { KubernetesObject } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { appliedAnnotation, title } from '../resources/names.ts';
import { difference } from './differ.ts';
import { lastOtherWriter } from './ownership.ts';
import type { Correction, Past } from './past.ts';

type Field = Pick<Correction, 'object' | 'field'>;

/** A field that someone else changed after it was applied. */
export type Drift = Omit<Correction, 'atMs'>;

/** Undefined where the object is as it was applied, or was never applied in its present form. */
export function driftOf(desired: KubernetesObject, live: KubernetesObject): Drift | undefined {
  const hash = live.metadata?.annotations?.[appliedAnnotation];
  const isNews = hash !== undefined && hash !== desired.metadata?.annotations?.[appliedAnnotation];
  const field = difference(desired, live);
  if (isNews || field === undefined) return undefined;
  return { object: title(desired), field, writer: lastOtherWriter(live) ?? 'someone' };
}

const correctionsBeforeContest = 5;
const slowMs = 60_000;

/** Whether to leave a drift alone for now: whoever corrects a field for the sixth time in ten minutes is in a fight. */
export function mustWait(drift: Field, past: Past, now: Date): boolean {
  const made = corrections(drift, past);
  return made.length >= correctionsBeforeContest && isRecent(made, now);
}

/** The fight that is going on, if there is one: it is over when a correction has held for a minute. */
export function contest(past: Past, now: Date): Finding<'Applied'> | undefined {
  const fought = past.corrections.findLast((one) => mustWait(one, past, now));
  if (fought === undefined) return undefined;
  const { object, field, writer } = fought;
  return {
    status: 'False',
    reason: 'DriftContested',
    message: `${object}: ${writer} keeps changing ${field}, which was set right ${corrections(fought, past).length} times in ten minutes and now is once a minute. Stop it there, or set spec.mode to Paused.`,
  };
}

function corrections({ object, field }: Field, { corrections }: Past): Correction[] {
  return corrections.filter((one) => one.object === object && one.field === field);
}

function isRecent(made: Correction[], now: Date): boolean {
  return (made.at(-1)?.atMs ?? 0) > now.getTime() - slowMs;
}
