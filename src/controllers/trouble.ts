import { plural } from '../crds/metrics-server-config.ts';
import { Refusal } from '../platform/refusal.ts';

/** What went wrong, as one line for the log: no stack, no headers, no token. */
export function troubleText(error: unknown, what?: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Refusal && error.why === 'absent' && what === plural) {
    return `the CustomResourceDefinition ${plural} is missing; apply config/crd`;
  }
  // fetch hides the reason, such as ECONNREFUSED, in the cause.
  return error.cause instanceof Error ? `${error.message}: ${troubleText(error.cause)}` : error.message;
}
