import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../local-cluster/control-plane.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import { installOperator } from '../local-cluster/operator.ts';

export const configPath = '/apis/metrics-server.io/v1alpha1/metricsserverconfigs';
export const config = {
  apiVersion: 'metrics-server.io/v1alpha1',
  kind: 'MetricsServerConfig',
  metadata: { name: 'metrics-server' },
};

/** Measures on a control plane of its own, with CRD and rights of the operator, and takes it away. */
export async function onControlPlane(
  name: string,
  measure: (cluster: LocalCluster) => Promise<void>,
): Promise<void> {
  const state = join(tmpdir(), `metrics-server-operator-${name}`);
  const cluster = await startControlPlane({ state, say: console.log, controllerManager: true });
  try {
    await installOperator(cluster);
    await measure(cluster);
  } finally {
    await cluster.down();
  }
}
