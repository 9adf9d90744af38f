import type { V1Pod } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
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

export const withoutPodMetrics =
  'The kubelet has no figures of containers: see to its container runtime and cgroup driver (kubectl get --raw /api/v1/nodes/NODE/proxy/metrics/resource has no lines container_* then).';
