import type { Finding } from '../crds/findings.ts';
import { type Check, type Facts, firstOf, type NodeFacts } from './facts.ts';
import { coverage, namesOf, nodesNeeded } from './nodes.ts';
import { nodesWithoutPodMetrics, withoutPodMetrics } from './pod-metrics.ts';
import { change } from './remedy-words.ts';
import { type Cause, causeOf } from './scrape-errors.ts';

/** Is every expected node scraped? */
export function diagnoseScraping(facts: Facts): Finding<'Scraping'> {
  return firstOf(checks, facts) ?? allNodesFresh(facts);
}

const checks: Check<'Scraping'>[] = [
  nothingMeasured,
  noNodes,
  nodesAreMissing,
  nodesAreStale,
  podsAreMissing,
]; // causes before symptoms

function nothingMeasured(facts: Facts): Finding<'Scraping'> | undefined {
  if (coverage(facts) !== undefined) return undefined;
  return { status: 'Unknown', reason: 'NotMeasured', message: 'The metrics API has not answered yet.' };
}

function noNodes(facts: Facts): Finding<'Scraping'> | undefined {
  const nodes = coverage(facts);
  if (nodes === undefined || nodes.expected.length > 0) return undefined;
  const message =
    nodes.excluded.length === 0
      ? 'The cluster has no nodes.'
      : `${facts.speaks === 'flags' ? '--node-selector' : 'nodes.selector'} leaves out all ${nodes.excluded.length} nodes; to scrape them: ${change(facts, { nodes: { selector: null } })}.`;
  return { status: 'False', reason: 'NoNodes', message };
}

function nodesAreMissing(facts: Facts): Finding<'Scraping'> | undefined {
  const nodes = coverage(facts);
  if (nodes === undefined || nodes.missing.length === 0) return undefined;
  const { reason = 'NodesMissing', message } = causeFor(facts, nodes.missing);
  return {
    status: 'False',
    reason,
    message: `${nodes.missing.length} of ${nodes.expected.length} nodes have no sample: ${namesOf(nodes.missing)}. ${message}`,
  };
}

function nodesAreStale(facts: Facts): Finding<'Scraping'> | undefined {
  const nodes = coverage(facts);
  if (nodes === undefined || nodes.stale.length === 0) return undefined;
  return {
    status: 'False',
    reason: 'NodesStale',
    message: `${nodes.stale.length} of ${nodes.expected.length} nodes have no sample of the last three resolutions: ${namesOf(nodes.stale)}. ${causeFor(facts, nodes.stale).message}`,
  };
}

function podsAreMissing(facts: Facts): Finding<'Scraping'> | undefined {
  const nodes = nodesWithoutPodMetrics(facts);
  if (nodes.length === 0) return undefined;
  return {
    status: 'False',
    reason: 'PodMetricsMissing',
    message: `Nodes are measured, but no pods: not even those of metrics-server on ${nodes.join(', ')}. ${withoutPodMetrics}`,
  };
}

function causeFor(facts: Facts, nodes: NodeFacts[]): Cause {
  return causeOf(
    facts,
    nodes.map(({ name }) => name),
  );
}

function allNodesFresh(facts: Facts): Finding<'Scraping'> {
  const expected = coverage(facts)?.expected.length ?? 0;
  return {
    status: 'True',
    reason: 'AllNodesFresh',
    message: expected === 1 ? 'The node has a fresh sample.' : `All ${expected} nodes have a fresh sample.`,
  };
}

/** Enough for `health.minNodesScraped`? Nodes that are not ready themselves, or only just, do not count. */
export function isEnoughScraped(facts: Facts): boolean {
  const nodes = coverage(facts);
  if (nodes === undefined) return false;
  const unsettled = new Set(nodes.unsettled);
  const counted = new Set(nodes.expected.filter((node) => !unsettled.has(node)));
  const scraped = nodes.fresh.filter((node) => counted.has(node)).length;
  return scraped > 0 && scraped >= nodesNeeded(facts.spec.minNodesScraped, counted.size);
}
