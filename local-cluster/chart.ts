import { join } from 'node:path';
import { ensureBinaries, pathOf } from './binaries.ts';
import { operatorImage, pushOperator } from './images.ts';
import type { LocalCluster } from './local-cluster.ts';
import type { Say } from './progress.ts';
import { run } from './run.ts';

const root = join(import.meta.dirname, '..');
const chart = join(root, 'charts/metrics-server-operator');

/** Namespace and release of the operator. */
export const release = 'metrics-server-operator';

/** The real Helm for a cluster; unless said otherwise in the namespace of the operator. */
export async function helmFor(
  { state, kubeconfig }: LocalCluster,
  say: Say,
  namespace = release,
): Promise<(args: string[]) => Promise<string>> {
  const program = pathOf(await ensureBinaries(['helm'], say), 'helm');
  const home = join(state, 'helm'); // not that of whoever runs it
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const common = ['--kubeconfig', kubeconfig, '--namespace', namespace];
  return (args) => run([program, ...args, ...common], { env, timeoutMs: 180_000 });
}

/** Installs the operator of this checkout as users do: its image from the registry of the cluster, by its chart, in a restricted namespace. */
export async function installByChart(cluster: LocalCluster, say: Say): Promise<void> {
  const digest = await pushOperator(cluster);
  say('the registry holds the image of the operator');
  await cluster.kubectl(['apply', '--server-side', '-f', join(root, 'config/rbac/namespace.yaml')]);
  const set = ['--set', `image.repository=${operatorImage}`, '--set', `image.digest=${digest}`];
  const helm = await helmFor(cluster, say);
  await helm(['upgrade', '--install', release, chart, '--wait', '--timeout', '120s', ...set]);
  say('its chart is installed, and two replicas are ready');
}
