import type { MetricsServerConfig } from '../../crds/metrics-server-config.ts';

/** What the condition Ready of a config says; undefined while it says nothing. */
export function readyWords(config: Pick<MetricsServerConfig, 'status'> | undefined): string | undefined {
  const ready = config?.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready && `${ready.status}, ${ready.reason}: ${ready.message}`;
}
