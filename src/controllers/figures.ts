import type { KubernetesObject } from '@kubernetes/client-node';
import type { OnAnswer } from '../platform/counted.ts';
import { type Counts, counts } from '../platform/counts.ts';
import type { NextLook } from '../platform/queue.ts';

/** What the operator counts of its own work, whether or not anybody asks: some numbers, without any library. */
export interface Figures {
  looks: Counts;
  requests: Counts;
  writes: Counts;
  /** When the API server has last answered anything but that it is broken. */
  answeredAtMs: number | undefined;
  /** Told how long each look took. */
  onLook: (seconds: number) => void;
  answered: OnAnswer;
  wrote(how: string, object: KubernetesObject): void;
  /** Counts and times a look. */
  measured(look: () => Promise<NextLook>): Promise<NextLook>;
}

export function figures(): Figures {
  const own: Figures = {
    looks: counts(),
    requests: counts(),
    writes: counts(),
    answeredAtMs: undefined,
    onLook: () => undefined,
    answered: (verb, code) => {
      own.requests.add({ verb, code: `${code}` });
      if (code !== 'none' && code < 500) own.answeredAtMs = Date.now();
    },
    wrote: (how, { kind = '' }) => own.writes.add({ kind, how }),
    measured: async (look) => {
      const beganMs = performance.now();
      const ended = (result: string) => {
        own.looks.add({ result });
        own.onLook((performance.now() - beganMs) / 1000);
      };
      try {
        const next = await look();
        ended(next !== undefined && 'again' in next ? 'again' : 'done');
        return next;
      } catch (error) {
        ended('failed');
        throw error;
      }
    },
  };
  return own;
}
