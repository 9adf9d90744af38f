import type { Cluster } from './cluster.ts';
import { firstInLine, isOf } from './first-in-line.ts';
import { liveFor } from './live-for.ts';
import { storedSpec } from './stored-spec.ts';

/** What a standby does instead of a look: it opens the watches and writes nothing, so that it has its copies when it comes to lead. */
export async function keepWarm(name: string, cluster: Cluster): Promise<void> {
  const config = await cluster.config(name);
  if (config === undefined || config.metadata.deletionTimestamp !== undefined) return;
  const { spec } = storedSpec(config);
  const isObserver = spec.mode === 'Observe';
  if (!isObserver && firstInLine(cluster) !== name) return;
  const { uid } = config.metadata;
  const hasObjects = !isObserver || isOf(config, cluster.apiService());
  await liveFor(cluster, spec, { name, uid, living: new Set([uid]), isObserver: !hasObjects });
}
