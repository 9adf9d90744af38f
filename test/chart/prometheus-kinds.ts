import { join } from 'node:path';
import { z } from 'zod';
import { recipeFor } from '../../local-cluster/go-build.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { run } from '../../local-cluster/run.ts';

const module = 'github.com/prometheus-operator/prometheus-operator';
const Downloaded = z.object({ Dir: z.string() });

/** The kinds of the Prometheus Operator that config/monitoring has, as its module holds them. */
export async function installPrometheusKinds(cluster: LocalCluster): Promise<void> {
  const { go, folder } = await recipeFor('prometheus-operator');
  const said = await run([go, 'mod', 'download', '-json', module], { cwd: folder });
  const crds = join(Downloaded.parse(JSON.parse(said)).Dir, 'example/prometheus-operator-crd');
  const files = ['prometheusrules', 'servicemonitors'].flatMap((kind) => [
    '-f',
    join(crds, `monitoring.coreos.com_${kind}.yaml`),
  ]);
  await cluster.kubectl(['apply', '--server-side', ...files]);
  await cluster.kubectl(['wait', '--for=condition=Established', ...files]);
}
