import type { MetricsServerConfigSpec } from './metrics-server-config.ts';

/** What decides whether a pod may run on a node. */
export interface NodePlace {
  labels: Record<string, string>;
  isReady: boolean;
  isUnschedulable?: boolean;
  taints?: { key: string; value?: string; effect: string }[];
}

type Toleration = NonNullable<NonNullable<MetricsServerConfigSpec['scheduling']>['tolerations']>[number];

/**
 * Whether no node is left for a further pod that takes a port of its node. Where rules decide that are not understood here, none is:
 * the old pod then goes first, which always works.
 */
export function isCramped(spec: MetricsServerConfigSpec, nodes: NodePlace[]): boolean {
  const { affinity, topologySpreadConstraints } = spec.scheduling ?? {};
  if (affinity !== undefined || topologySpreadConstraints !== undefined) return true;
  return nodes.filter((node) => mayRunOn(node, spec)).length <= spec.availability.replicas;
}

function mayRunOn(
  { labels, isReady, isUnschedulable = false, taints = [] }: NodePlace,
  { scheduling }: MetricsServerConfigSpec,
): boolean {
  const wanted = { ...scheduling?.nodeSelector, 'kubernetes.io/os': 'linux' };
  const hasLabels = Object.entries(wanted).every(([key, value]) => labels[key] === value);
  const tolerations = scheduling?.tolerations ?? [];
  const isLetIn = taints
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
  return isReady && !isUnschedulable && hasLabels && isLetIn;
}

function tolerates(
  { key, operator = 'Equal', value = '', effect }: Toleration,
  taint: { key: string; value?: string; effect: string },
): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (operator === 'Exists') return key === undefined || key === taint.key;
  return operator === 'Equal' && key === taint.key && value === (taint.value ?? '');
}
