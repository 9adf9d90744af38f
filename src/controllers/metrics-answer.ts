import type { KubernetesObject } from '@kubernetes/client-node';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { MetricsAnswer } from '../health/facts.ts';
import type { Cluster } from './cluster.ts';
import { whose } from './ownership.ts';
import { isComingUp } from './pacing.ts';

/** Whoever made it: also of a config that may touch nothing the health is told. What a deleted config left is no more. */
function serves(
  apiService: KubernetesObject,
  { metadata }: MetricsServerConfig,
  living: ReadonlySet<string> | 'anybody',
): boolean {
  if (living === 'anybody') return true;
  const { name, uid } = metadata;
  return ['ours', 'foreign'].includes(whose(apiService, { name, uid, living }));
}

/** Asks once per resolution, and at every look while metrics are due, the last answer is doubted, or what served before may soon go. */
export async function askMetrics(
  cluster: Cluster,
  config: MetricsServerConfig,
  {
    resolutionMs,
    isTakingOver,
    living,
    now,
  }: {
    resolutionMs: number;
    isTakingOver: boolean;
    /** `anybody`: whoever serves, and whosever it was. */
    living: ReadonlySet<string> | 'anybody';
    now: Date;
  },
): Promise<MetricsAnswer> {
  const apiService = cluster.apiService();
  const uid = apiService?.metadata?.uid;
  if (apiService === undefined || uid === undefined || !serves(apiService, config, living))
    return { is: 'unregistered' };
  const isDoubted = cluster.past(config.metadata.name).doubtedAtMs !== undefined;
  const isUrgent = isTakingOver || isDoubted || isComingUp(config.status, now);
  return await cluster.nodeMetrics(uid, isUrgent ? urgentMs : Math.min(resolutionMs, 60_000) - urgentMs);
}

const urgentMs = 900;
