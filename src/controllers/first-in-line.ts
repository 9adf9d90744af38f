import type { KubernetesObject } from '@kubernetes/client-node';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { Cluster } from './cluster.ts';
import { whose } from './ownership.ts';
import { storedSpec } from './stored-spec.ts';

/**
 * Name of the config that has the metrics API, of which a cluster has one. Creation times are whole seconds: of two configs of one second
 * the one that has begun to install goes on, else the name decides. One that only observes has nothing and stands in nobody's way.
 */
export function firstInLine(cluster: Cluster): string | undefined {
  const begun = [cluster.apiService(), cluster.readerRole()];
  const rank = (config: MetricsServerConfig) => {
    const { metadata } = config;
    const created = new Date(metadata.creationTimestamp ?? 0).toISOString();
    return `${created} ${begun.some((object) => isOf(config, object)) ? 0 : 1} ${metadata.name}`;
  };
  const [first] = cluster
    .configs()
    .filter(isClaiming)
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return first?.metadata.name;
}

/** Whether it wants the metrics API. */
export function isClaiming(config: MetricsServerConfig): boolean {
  return config.metadata.deletionTimestamp === undefined && storedSpec(config).spec.mode !== 'Observe';
}

export function isOf(
  { metadata: { name, uid } }: MetricsServerConfig,
  object: KubernetesObject | undefined,
): boolean {
  return object !== undefined && whose(object, { name, uid, living: new Set() }) === 'ours';
}
