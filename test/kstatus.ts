import type { MetricsServerConfig } from '../src/crds/metrics-server-config.ts';

export type KStatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating';

/**
 * How whoever judges by kstatus (Flux, kpt, Helm 4) sees a custom resource, by the rules of sigs.k8s.io/cli-utils, pkg/kstatus/status:
 * deletion, then the generation, then the first of Reconciling and Stalled that is True in the order of the list
 * (checkGenericProperties in generic.go), then Ready (checkReadyCondition in status.go), and Current where nothing says otherwise (Compute).
 */
export function kstatus({
  metadata,
  status = {},
}: Pick<MetricsServerConfig, 'metadata' | 'status'>): KStatus {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { observedGeneration, conditions = [] } = status;
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress';
  for (const { type, status: is } of conditions) {
    if (type === 'Reconciling' && is === 'True') return 'InProgress';
    if (type === 'Stalled' && is === 'True') return 'Failed';
  }
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress';
}
