import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { keeps } from '../crds/kubernetes-fields.ts';
import { labels, names, selectorLabels } from './names.ts';

/** Lets one pod after the other be moved off its node. There is none for a single replica: it would block every drain. */
export function disruptionBudget(
  config: string,
  { namespace, kubernetes }: EffectiveSpec,
): V1PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: names(config).disruptionBudget, namespace, labels: labels(config) },
    spec: {
      maxUnavailable: 1,
      // A pod that does not serve anyway must not hold a drain.
      ...(keeps(kubernetes, 'unhealthyPodEvictionPolicy') && { unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
      selector: { matchLabels: selectorLabels(config) },
    },
  };
}
