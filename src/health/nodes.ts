import { durationMs } from '../crds/duration.ts';
import type { NodeSelector } from '../crds/node-selector.ts';
import type { Facts, NodeFacts } from './facts.ts';

/**
 * The nodes of a cluster, sorted by what the metrics API knows of them. A node is in it after two scrapes, so one that has
 * just been created is not expected yet.
 */
export interface NodeCoverage {
  expected: NodeFacts[];
  fresh: NodeFacts[];
  stale: NodeFacts[];
  missing: NodeFacts[];
  excluded: NodeFacts[];
  /** What has not been ready for long, and so cannot have been scraped yet. */
  unsettled: NodeFacts[];
}

// One late scrape is normal on a busy node; three in a row is a fault.
const lateAfterMissedScrapes = 3;

type Known = Pick<Facts, 'metrics' | 'nodes' | 'spec' | 'pods'>;

// Every check asks, and there may be thousands of nodes: what was found for the nodes of a look is kept as long as they are.
const found = new WeakMap<NodeFacts[], { of: Known; coverage: NodeCoverage | undefined }>();

/** Undefined while the metrics API does not answer: then nothing is known. */
export function coverage({ metrics, nodes, spec, pods }: Known): NodeCoverage | undefined {
  const last = found.get(nodes);
  const isSame = last?.of.metrics === metrics && last.of.spec === spec && last.of.pods === pods;
  if (isSame) return last.coverage;
  const of = { metrics, nodes, spec, pods };
  const coverage = covered(of);
  found.set(nodes, { of, coverage });
  return coverage;
}

function covered(facts: Known): NodeCoverage | undefined {
  const { metrics, nodes, spec } = facts;
  if (metrics.is !== 'answered') return undefined;
  const oldestFreshMs = metrics.atMs - lateAfterMissedScrapes * resolutionInUseMs(facts);
  const takenAtMs = new Map(metrics.samples.map((sample) => [sample.name, sample.takenAtMs]));
  const isSampled = (node: NodeFacts) => takenAtMs.has(node.name);
  const isFresh = (node: NodeFacts) => (takenAtMs.get(node.name) ?? 0) >= oldestFreshMs;

  const isYoung = (node: NodeFacts) => node.createdAtMs > oldestFreshMs && !isSampled(node);
  const wanted = nodes.filter((node) => isExpected(node, spec));
  const settled = wanted.filter((node) => !isYoung(node));
  const expected = settled.length > 0 ? settled : wanted;
  return {
    expected,
    fresh: expected.filter((node) => isSampled(node) && isFresh(node)),
    stale: expected.filter((node) => isSampled(node) && !isFresh(node)),
    missing: expected.filter((node) => !isSampled(node)),
    excluded: nodes.filter((node) => !isExpected(node, spec)),
    unsettled: expected.filter(
      (node) => !node.isReady || (node.readyChangedAtMs > oldestFreshMs && !isSampled(node)),
    ),
  };
}

/** Whether the spec wants the node scraped. */
export function isExpected(node: NodeFacts, spec: Facts['spec']): boolean {
  return matches(spec.nodes?.selector, node.labels);
}

/** The scrape interval of what runs: while a change rolls out, still that of the old pod. */
function resolutionInUseMs({ pods, spec }: Pick<Facts, 'pods' | 'spec'>): number {
  const flag = '--metric-resolution=';
  const ready = pods.filter((pod) => pod.status?.containerStatuses?.[0]?.ready === true);
  const args = ready.flatMap((pod) => pod.spec?.containers[0]?.args ?? []);
  const texts = args.filter((arg) => arg.startsWith(flag)).map((arg) => arg.slice(flag.length));
  return Math.max(...[spec.resolution, ...texts].map(durationMs));
}

/** Whether a LabelSelector selects; an absent one selects everything. */
export function matches(selector: NodeSelector | undefined, labels: Record<string, string>): boolean {
  const hasLabels = Object.entries(selector?.matchLabels ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  return hasLabels && (selector?.matchExpressions ?? []).every((requirement) => isMet(requirement, labels));
}

function isMet(
  { key, operator, values = [] }: NonNullable<NodeSelector['matchExpressions']>[number],
  labels: Record<string, string>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value); // as Kubernetes: no label is not in
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** How many of `ready` nodes `health.minNodesScraped` asks for; a share is rounded up. */
export function nodesNeeded(minNodesScraped: number | string, ready: number): number {
  if (typeof minNodesScraped === 'number') return Math.min(minNodesScraped, ready);
  return Math.ceil((Number.parseInt(minNodesScraped, 10) * ready) / 100);
}

/** The first names and how many there are more: a status must stay short with 5,000 nodes. */
export function namesOf(nodes: NodeFacts[]): string {
  const shown = nodes.slice(0, 10).map((node) => (node.isReady ? node.name : `${node.name} (NodeNotReady)`));
  return nodes.length > 10 ? `${shown.join(', ')} and ${nodes.length - 10} more` : shown.join(', ');
}
