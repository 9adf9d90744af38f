import { join } from 'node:path';

/** Where a suite's cluster keeps its state: in the checkout, so that the next run finds and cleans what a killed one left. */
export function stateFolder(suite: string): string {
  return join(import.meta.dirname, `../../.cluster-test/${suite}`);
}
