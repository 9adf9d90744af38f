import { join } from 'node:path';
import { nodeFlags } from '../image/runtime.ts';
import { type Layout, layout, repository } from '../local-cluster/layout.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import { childrenOf } from '../local-cluster/namespaces.ts';
import { operatorKubeconfig } from '../local-cluster/operator.ts';
import { liveProcess, startComponent } from '../local-cluster/processes.ts';

/**
 * Starts the operator inside the cluster's namespaces, where it ends with the cluster, with a token of its own
 * ServiceAccount. One that runs from an earlier demo is ended first. Returns its log file.
 */
export async function runOperatorInside(cluster: LocalCluster): Promise<string> {
  const paths = layout(cluster.state);
  const guests: Layout = { ...paths, processes: join(paths.state, 'guests') }; // no part of the cluster: it may stop alone
  await endEarlierOperator(join(guests.processes, 'operator'));
  const kubeconfig = await operatorKubeconfig(cluster, paths.insideKubeconfig);
  const inside = cluster.inside ?? ((command: string[]) => command);
  const command = inside([
    'env',
    `KUBECONFIG=${kubeconfig}`,
    process.execPath,
    ...nodeFlags,
    join(repository, 'src/main.ts'),
  ]);
  const { log } = await startComponent(guests, { name: 'operator', command }, { diesWithParent: false });
  return log;
}

async function endEarlierOperator(record: string): Promise<void> {
  const nsenter = await liveProcess(record);
  if (nsenter === undefined) return;
  for (const pid of childrenOf(nsenter)) process.kill(pid, 'SIGTERM');
  while ((await liveProcess(record)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
}
