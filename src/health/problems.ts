import type { Reason } from '../crds/findings.ts';
import type { Facts, NodeFacts } from './facts.ts';
import { foretold } from './kubelet-troubles.ts';
import { moreOf } from './more-resources.ts';
import { coverage, isExpected } from './nodes.ts';
import { nodesWithoutPodMetrics, withoutPodMetrics } from './pod-metrics.ts';
import { logCommand } from './remedy-words.ts';
import { isEveryNodeFailing, scrapeTroubles, whereToLook } from './scrape-errors.ts';
import type { Trouble } from './scrape-reasons.ts';
import { waysOut } from './ways-out.ts';

/** Nodes that are not scraped for one reason. */
export interface NodeProblem {
  reason: Reason<'Scraping'> | 'NodeNotReady';
  /** What is the case with the first of them. */
  message: string;
  /** What to do, the best first. */
  remedy: string;
  nodes: string[];
}

/** The nodes that are not scraped, by reason; what is wrong with the nodes themselves comes last, for that is nothing to mend here. */
export function nodeProblems(facts: Facts): NodeProblem[] {
  const { stale, missing } = affected(facts);
  const down = missing.filter(({ isReady }) => !isReady);
  const up = missing.filter(({ isReady }) => isReady).map(({ name }) => name);
  const troubles = scrapeTroubles(facts, up);
  const explained = new Set(troubles.flatMap(({ nodes }) => nodes));
  const log = logCommand(facts);
  return [
    ...troubles.map((trouble) => ofTrouble(trouble, facts)),
    ...some(
      'NodesMissing',
      up.filter((node) => !explained.has(node)),
      {
        message: 'no sample',
        remedy: whereToLook(facts),
      },
    ),
    ...some(
      'NodesStale',
      stale.map(({ name }) => name),
      {
        message: 'no sample of the last three resolutions',
        remedy: `metrics-server hangs, or is short of CPU${log === undefined ? '' : `: ${log}`}. More CPU: ${moreOf('cpu', facts)}.`,
      },
    ),
    ...some('PodMetricsMissing', nodesWithoutPodMetrics(facts), {
      message: 'the node is measured, and no pod on it',
      remedy: withoutPodMetrics,
    }),
    ...some(
      'NodeNotReady',
      down.map(({ name }) => name),
      {
        message: 'the node is not ready',
        remedy: `See to the node: kubectl describe node ${down[0]?.name}. It does not count until it is ready again.`,
      },
    ),
  ];
}

/** What is known before metrics-server has asked anybody. */
export function foretoldProblems(facts: Facts): NodeProblem[] {
  return foretold(facts).map((trouble) => ofTrouble(trouble, facts));
}

function ofTrouble(trouble: Trouble, facts: Facts): NodeProblem {
  const ways = waysOut([trouble], facts).map(({ text }) => text);
  return { reason: trouble.reason, message: trouble.detail, remedy: ways.join(' '), nodes: trouble.nodes };
}

/** While the metrics API does not answer, its log may have every node. */
function affected(facts: Facts): { stale: NodeFacts[]; missing: NodeFacts[] } {
  const covered = coverage(facts);
  if (covered !== undefined) return covered;
  const missing = isEveryNodeFailing(facts) ? facts.nodes.filter((node) => isExpected(node, facts.spec)) : [];
  return { stale: [], missing };
}

function some(
  reason: NodeProblem['reason'],
  nodes: string[],
  rest: Pick<NodeProblem, 'message' | 'remedy'>,
): NodeProblem[] {
  return nodes.length === 0 ? [] : [{ reason, ...rest, nodes }];
}
