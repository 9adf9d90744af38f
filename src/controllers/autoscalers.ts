import type { V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import type { Starving } from '../health/facts.ts';
import type { Connection } from '../platform/connection.ts';
import { collectionPath } from '../platform/paths.ts';
import { Refusal } from '../platform/refusal.ts';

interface Page {
  metadata?: { continue?: string };
  items?: V2HorizontalPodAutoscaler[];
}

// A container without a request for CPU is the fault of its owner.
const isForLackOfMetrics =
  /unable to fetch metrics from resource metrics API|no metrics returned from resource metrics API|did not receive metrics for/;

/** Autoscalers that cannot do their work for lack of metrics; undefined where they may not be listed. */
export async function starvingAutoscalers(connection: Connection): Promise<Starving | undefined> {
  const path = collectionPath('autoscaling/v2', 'horizontalpodautoscalers');
  const names: string[] = [];
  let page: Page = {};
  try {
    do {
      page = await connection.send<Page>({ path, query: { limit: 500, continue: page.metadata?.continue } });
      names.push(...(page.items ?? []).filter(isStarving).map(nameOf));
    } while (page.metadata?.continue);
    return { names: names.sort() };
  } catch (error) {
    if (error instanceof Refusal) return undefined; // without the right less can be said
    throw error;
  }
}

export function isStarving({ status }: Pick<V2HorizontalPodAutoscaler, 'status'>): boolean {
  const active = status?.conditions?.find(({ type }) => type === 'ScalingActive');
  return active?.status === 'False' && isForLackOfMetrics.test(active.message ?? '');
}

function nameOf({ metadata }: V2HorizontalPodAutoscaler): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
