import type { V1Deployment, V1LabelSelector, V1PodSpec } from '@kubernetes/client-node';
import { labels } from '../resources/names.ts';
import { configName } from './config-name.ts';
import { entries } from './labels.ts';
import type { Piece, Share } from './piece.ts';

/** Where the pods run. What the API server fills in by itself is no wish of anybody. */
export function schedulingShare({ spec }: V1Deployment): Share {
  const pod: Partial<V1PodSpec> = spec?.template.spec ?? {};
  const { 'kubernetes.io/os': _, ...nodeSelector } = pod.nodeSelector ?? {};
  const isOnHost = pod.hostNetwork === true;
  const running = spec?.template.metadata?.labels ?? {};
  const rewritten: string[] = [];
  const kept = entries([], running).map(({ path, value }) => [path[0], value]);
  const will = { ...Object.fromEntries(kept), ...labels(configName) };
  const ours = (value: unknown) => withOurSelectors(value, { running, will, rewritten });
  const wishes = {
    nodeSelector: Object.keys(nodeSelector).length > 0 ? nodeSelector : undefined,
    tolerations: filled(pod.tolerations),
    affinity: Object.keys(pod.affinity ?? {}).length > 0 ? ours(pod.affinity) : undefined,
    topologySpreadConstraints: ours(filled(pod.topologySpreadConstraints)),
    priorityClassName: pod.priorityClassName,
    schedulerName: pod.schedulerName === 'default-scheduler' ? undefined : pod.schedulerName,
    hostNetwork: isOnHost || undefined,
    dnsPolicy: pod.dnsPolicy === 'ClusterFirst' && !isOnHost ? undefined : pod.dnsPolicy,
    dnsConfig: pod.dnsConfig,
  };
  const pieces: Piece[] = Object.entries(wishes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ path: ['scheduling', name], value, from: name }));
  return { pieces, remarks: [...new Set(rewritten)] };
}

function filled<T>(list: T[] | undefined): T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

interface PodLabels {
  running: Record<string, string>;
  will: Record<string, string>;
  /** Remarks, one for each selector that was rewritten. */
  rewritten: string[];
}

/** A rule of the pods about each other names their labels, which are others now: such a selector would match nothing, in silence. */
function withOurSelectors(value: unknown, of: PodLabels): unknown {
  if (Array.isArray(value)) return value.map((item) => withOurSelectors(item, of));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      if (key !== 'labelSelector' || !isSelector(child)) return [key, withOurSelectors(child, of)];
      if (!matches(child, of.running) || matches(child, of.will)) return [key, child];
      of.rewritten.push(
        `rewritten: affinity and spread select the pods by k8s-app now: they do not carry the labels of ${JSON.stringify(child)}`,
      );
      return [key, { matchLabels: { 'k8s-app': 'metrics-server' } }];
    }),
  );
}

function isSelector(value: unknown): value is V1LabelSelector {
  return typeof value === 'object' && value !== null;
}

function matches(
  { matchLabels = {}, matchExpressions = [] }: V1LabelSelector,
  given: Record<string, string>,
): boolean {
  const found = new Map(Object.entries(given));
  return (
    Object.entries(matchLabels).every(([key, value]) => found.get(key) === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = found.get(key);
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === 'In' ? isIn : !isIn;
    })
  );
}
