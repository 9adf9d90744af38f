import { join } from 'node:path';
import { bundle } from '../image/bundle.ts';
import { fillCompileCache } from '../image/compile-cache.ts';
import { environment } from '../image/runtime.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import { type OperatorProcess, operatorKubeconfig, startOperator } from '../local-cluster/operator.ts';

/** Starts the operator as its image does: as one file, with its compile cache. The budgets are about that. */
export async function bundledOperator(
  cluster: LocalCluster,
): Promise<(settings?: Record<string, string>) => OperatorProcess> {
  const file = join(cluster.state, 'operator.mjs');
  const cache = join(cluster.state, 'compile-cache');
  await bundle(cluster.state);
  await fillCompileCache(file, cache);
  const kubeconfig = await operatorKubeconfig(cluster);
  return (settings = {}) =>
    startOperator(
      kubeconfig,
      join(cluster.state, 'operator.log'),
      { ...environment(cache), ...settings },
      (command) => command.with(-1, file),
    );
}
