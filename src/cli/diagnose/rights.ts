import { reasonOf } from '../../installed/reader.ts';
import { Refusal } from '../../platform/refusal.ts';

/** A right that the account of this report does not have, and what is not known for want of it. */
export interface Lacking {
  right: string;
  unknown: string;
}

/** Asks, and notes what may not be asked. */
export interface Asking {
  lacking: Lacking[];
  /** Undefined where the API server says that the account may not. */
  ask<T>(answer: Promise<T>, without: Lacking): Promise<T | undefined>;
}

export function asking(): Asking {
  const lacking: Lacking[] = [];
  return {
    lacking,
    ask: async (answer, without) => {
      try {
        return await answer;
      } catch (error) {
        if (!(error instanceof Refusal) || error.why !== 'forbidden')
          throw new Error(`cannot ${without.right}: ${reasonOf(error)}`, { cause: error });
        lacking.push(without);
        return undefined;
      }
    },
  };
}
