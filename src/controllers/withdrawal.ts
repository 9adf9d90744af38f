import type { KubernetesObject } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Finding } from '../crds/findings.ts';
import { inShort, textsAbout } from '../health/aggregator.ts';
import { silenceIn } from '../health/serving.ts';
import { withdrawnAnnotation } from '../resources/names.ts';
import { noteOn } from './notes.ts';
import type { SeenConfig } from './observe.ts';

const Withdrawal = z.object({
  /** How often in a row. */
  count: z.int().min(1).max(1_000_000),
  at: z.iso.datetime(),
  error: z.string(),
  /** The uid of the APIService: the watch may still show it when it is gone, and that is no second failure. */
  of: z.string().optional(),
  /** Where the breaker has opened, since when nobody had answered. */
  deadSince: z.iso.datetime().optional(),
});

/** That the metrics API was taken away because nobody answered, as it stands in an annotation of the Deployment. */
export type Withdrawal = z.output<typeof Withdrawal>;

/** The last one, until the metrics API answers again. */
export function withdrawalOf({ past, live }: Pick<SeenConfig, 'past' | 'live'>): Withdrawal | undefined {
  return past.withdrawal ?? noteOn(live.deployment, withdrawnAnnotation, Withdrawal);
}

const longestPauseMs = 30 * 60_000;

export function nextTry({ count, at }: Withdrawal): Date {
  return new Date(Date.parse(at) + Math.min(longestPauseMs, 60_000 * 2 ** (count - 1)));
}

/** What to remember of the answer: of its own words and those in the APIService, which goes, the ones that say most. */
export function tellingError(seen: SeenConfig, answer: string, apiService: KubernetesObject): string {
  const way = { name: seen.config.metadata.name, spec: seen.spec };
  return silenceIn(textsAbout({ apiService }, answer), way)?.text ?? inShort(answer);
}

export function withdrawn(withdrawal: Withdrawal, seen: SeenConfig): Finding<'Serving'> {
  const [cause, remedy] = causeAndRemedy(withdrawal, seen);
  return {
    status: 'False',
    reason: 'Withdrawn',
    message: `The metrics API was registered but did not answer within 60 s (${cause}). The APIService was withdrawn, for a dead one blocks the deletion of namespaces; it is tried again at ${nextTry(withdrawal).toISOString()}. ${remedy}`,
  };
}

/** What the breaker has done, and what brings the metrics API back. */
export function breakerOpen(withdrawal: Withdrawal, seen: SeenConfig): Finding<'Serving'> {
  const [cause, remedy] = causeAndRemedy(withdrawal, seen);
  return {
    status: 'False',
    reason: 'BreakerOpen',
    message: `The metrics API has not answered since ${withdrawal.deadSince} (${cause}). The APIService was deregistered at ${withdrawal.at} (spec.breaker), for a dead one blocks the deletion of namespaces; it is registered again as soon as a pod is ready, but not before ${nextTry(withdrawal).toISOString()}. ${remedy}`,
  };
}

function causeAndRemedy({ error }: Withdrawal, { config, spec }: SeenConfig): [string, string] {
  const known = silenceIn([error], { name: config.metadata.name, spec });
  if (known === undefined) return [error, "Check the way from the API server to the pods' port."];
  return [`${known.reason}: ${error}`, known.mend];
}
