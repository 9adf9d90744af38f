import type { KubernetesObject } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { appliedAnnotation, title } from '../resources/names.ts';
import { differences } from './differ.ts';
import { lastOtherWriter } from './ownership.ts';
import type { Correction, Past } from './past.ts';

/** What someone else did to an object after it was applied. */
export interface Drift {
  /** As in "Deployment kube-system/metrics-server". */
  object: string;
  /** What was changed, or that the object itself was deleted. */
  fields: string[];
  writer: string;
}

const theObjectItself = 'the object itself';
const whoseItIs = 'whose it is';

/** What somebody else has installed and is taken over: once that is over, it is a fight like any other. */
export function takeoverOf(theirs: KubernetesObject): Drift {
  return { object: title(theirs), fields: [whoseItIs], writer: lastOtherWriter(theirs) ?? 'someone' };
}

/** Undefined where the object is as it was applied, or was not applied in its present form before. */
export function driftOf(
  desired: KubernetesObject,
  live: KubernetesObject | undefined,
  past: Past,
): Drift | undefined {
  const object = title(desired);
  const hash = hashIn(desired);
  const wasApplied = past.applied[object] === hash;
  if (live === undefined) {
    return wasApplied ? { object, fields: [theObjectItself], writer: 'someone' } : undefined;
  }
  // After a restart only the annotation tells; whoever changes that along with a field is found out from then on.
  if (!wasApplied && hashIn(live) !== undefined && hashIn(live) !== hash) return undefined;
  const fields = differences(desired, live);
  return fields.length === 0 ? undefined : { object, fields, writer: lastOtherWriter(live) ?? 'someone' };
}

export function hashIn({ metadata }: KubernetesObject): string | undefined {
  return metadata?.annotations?.[appliedAnnotation];
}

const correctionsBeforeContest = 5;
const slowMs = 60_000;
// Whoever is corrected once a minute is still at it.
const overAfterMs = 2 * slowMs;

/** Whether to leave a drift alone for now: whoever corrects a field for the sixth time in ten minutes is in a fight. */
export function mustWait(
  { object, fields }: Pick<Drift, 'object' | 'fields'>,
  past: Past,
  now: Date,
): boolean {
  return fields.every((field) => isFought({ object, field }, past, now, slowMs));
}

function isFought(field: Field, past: Past, now: Date, withinMs: number): boolean {
  const made = corrections(field, past);
  const last = made.at(-1)?.atMs ?? 0;
  return made.length >= correctionsBeforeContest && Math.abs(now.getTime() - last) < withinMs; // clocks may jump
}

/** The fight that is going on, if there is one: it is over when a correction has held for two minutes. */
export function contest(past: Past, now: Date): Finding<'Applied'> | undefined {
  const fought = past.corrections.findLast((one) => isFought(one, past, now, overAfterMs));
  if (fought === undefined) return undefined;
  const { object, field, writer } = fought;
  const times = corrections(fought, past).length;
  return {
    status: 'False',
    reason: 'DriftContested',
    message: `${object}: ${writer} keeps ${deed(field)} ${times} times in ten minutes and now is once a minute. Stop it there, or set spec.mode to Paused.`,
  };
}

function deed(field: string): string {
  switch (field) {
    case theObjectItself:
      return 'deleting it, which was set right';
    case whoseItIs:
      return 'installing it again, which was taken over';
    default:
      return `changing ${field}, which was set right`;
  }
}

type Field = Pick<Correction, 'object' | 'field'>;

function corrections({ object, field }: Field, past: Past): Correction[] {
  return past.corrections.filter((one) => one.object === object && one.field === field);
}
