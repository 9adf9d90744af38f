import type { V1Pod } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import type { Finding } from '../crds/findings.ts';
import type { Facts } from './facts.ts';
import { coverage } from './nodes.ts';
import { isReady, ourStatus } from './pods.ts';

// A kubelet measures a new container after a while.
const patienceMs = 60_000;

/** Nodes that are measured while no pod on them is, as far as metrics-server's own pods show it: autoscalers have nothing to go by there. */
export function nodesWithoutPodMetrics(facts: Facts): string[] {
  const { podMetrics, pods, spec } = facts;
  if (podMetrics === undefined) return [];
  const fresh = new Set(coverage(facts)?.fresh.map(({ name }) => name));
  const isDue = (pod: V1Pod) => {
    const startedAt = ourStatus(pod)?.state?.running?.startedAt;
    const ageMs = podMetrics.atMs - new Date(startedAt ?? podMetrics.atMs).getTime();
    const isOld = ageMs > patienceMs + 3 * durationMs(spec.resolution);
    return isReady(pod) && isOld && fresh.has(pod.spec?.nodeName ?? '');
  };
  const due = pods.filter(isDue);
  const isMeasured = due.some(({ metadata }) => podMetrics.names.has(metadata?.name ?? ''));
  return isMeasured ? [] : due.flatMap((pod) => pod.spec?.nodeName ?? []);
}

/** Since 0.9 metrics-server is ready only once it has measured pods, too. */
export function measuresNoPods({ log }: Facts): Finding<'Available'> | undefined {
  if (log.is !== 'read' || log.lacksPods !== true) return undefined;
  return {
    status: 'False',
    reason: 'PodMetricsMissing',
    message: `metrics-server runs and measures nodes, but no pods, without which it does not become ready. ${withoutPodMetrics}`,
  };
}

export const withoutPodMetrics =
  'The kubelet has no figures of containers: see to its container runtime and cgroup driver (kubectl get --raw /api/v1/nodes/NODE/proxy/metrics/resource has no lines container_* then).';
