import { isDeepStrictEqual } from 'node:util';
import type { MetricsServerConfigStatus } from '../crds/status.ts';
import { Refusal } from '../platform/refusal.ts';
import type { Cluster } from './cluster.ts';
import type { Seen } from './observe.ts';

/** `changed`: someone wrote the config in between; the next look sees it. */
export type Reported = 'unchanged' | 'written' | 'changed';

/** Writes the status where it says something new. */
export async function report(
  cluster: Cluster,
  seen: Seen,
  status: MetricsServerConfigStatus | undefined,
): Promise<Reported> {
  if (seen.is === 'gone' || status === undefined) return 'unchanged';
  const asStored: unknown = JSON.parse(JSON.stringify(status)); // absent, never undefined
  if (isDeepStrictEqual(asStored, seen.config.status)) return 'unchanged';
  try {
    await cluster.writeStatus(seen.config, status, news(seen.config.status, status));
    return 'written';
  } catch (error) {
    if (error instanceof Refusal && (error.why === 'changed' || error.why === 'absent')) return 'changed';
    throw error;
  }
}

/** What a status says that the one before did not, in words for the log. */
function news(before: MetricsServerConfigStatus | undefined, after: MetricsServerConfigStatus): string[] {
  const conditions = (after.conditions ?? [])
    .filter(
      (one) =>
        !isDeepStrictEqual(
          one,
          before?.conditions?.find(({ type }) => type === one.type),
        ),
    )
    .map(({ type, status, reason }) => `${type}=${status} (${reason})`);
  const fields = (['effective', 'version', 'image', 'replicas', 'nodes'] as const).filter(
    (field) => !isDeepStrictEqual(before?.[field], after[field]),
  );
  return [...conditions, ...fields];
}
