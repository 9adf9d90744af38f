import type { V1Affinity, V1DeploymentStrategy, V1PodSpec } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { keeps } from '../crds/kubernetes-fields.ts';
import { selectorLabels } from './names.ts';

/** Where the pods may run, and where they had better. */
export function scheduling(config: string, spec: EffectiveSpec): Partial<V1PodSpec> {
  const { scheduling = {} } = spec;
  const { nodeSelector, hostNetwork, affinity, topologySpreadConstraints, ...asGiven } = scheduling;
  const isSpread = spec.availability.replicas > 1;
  return {
    priorityClassName: 'system-cluster-critical',
    ...asGiven,
    nodeSelector: { ...nodeSelector, 'kubernetes.io/os': 'linux' },
    ...(hostNetwork && {
      hostNetwork: true,
      dnsPolicy: scheduling.dnsPolicy ?? 'ClusterFirstWithHostNet', // otherwise it would not find the cluster's names
    }),
    affinity: affinity ?? (isSpread ? apart(config, spec) : undefined),
    topologySpreadConstraints: topologySpreadConstraints ?? (isSpread ? spread(config, spec) : undefined),
  };
}

// During a rollout only the new pods count, or the last one of them would join another on its node.
const thisRollout = { matchLabelKeys: ['pod-template-hash'] };

/** Preferred, not required: two replicas must also run on one node, and roll out on two. */
function apart(config: string, { kubernetes }: EffectiveSpec): V1Affinity {
  const term = {
    labelSelector: { matchLabels: selectorLabels(config) },
    topologyKey: 'kubernetes.io/hostname',
    ...(keeps(kubernetes, 'affinityMatchLabelKeys') && thisRollout),
  };
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
    },
  };
}

function spread(config: string, { kubernetes }: EffectiveSpec): V1PodSpec['topologySpreadConstraints'] {
  return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorLabels(config) },
    ...(keeps(kubernetes, 'spreadMatchLabelKeys') && thisRollout),
  }));
}

/** A new pod serves before an old one goes, also with a single replica; but on the node's own port there is room for one per node. */
export function strategy({ scheduling, isCramped }: EffectiveSpec): V1DeploymentStrategy {
  const goesFirst = scheduling?.hostNetwork === true && isCramped;
  return {
    type: 'RollingUpdate',
    rollingUpdate: goesFirst ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
  };
}
