import { type MeasuredCondition, problemWords, words } from '../crds/findings.ts';
import { isKubeletReason } from '../crds/kubelet-words.ts';
import type { MetricsServerConfigStatus, Problem } from '../crds/status.ts';
import type { Facts } from '../health/facts.ts';
import { nodeProblems } from '../health/problems.ts';
import type { Measured } from './summary.ts';

// In the order of cause and effect.
const causes = ['Accepted', 'Applied', 'Available', 'Serving'] as const satisfies MeasuredCondition[];

const namesShown = 10;

/** Everything that is wrong, the deepest cause first. What only follows from another is left out. */
export function problemsIn(
  measured: Measured,
  facts: Facts,
  before: MetricsServerConfigStatus | undefined,
): Problem[] {
  const since = (reason: string) =>
    before?.problems?.find((one) => one.reason === reason)?.since ??
    facts.now.toISOString().replace(/\.\d+Z$/, 'Z');
  const ofNodes = nodeProblems(facts).map(({ nodes, ...problem }) => ({
    ...problem,
    nodes: nodes.slice(0, namesShown),
    count: nodes.length,
  }));
  const others = causes.flatMap((type) => {
    const { reason, message } = measured[type];
    const isOfNodes = isKubeletReason(reason) && ofNodes.length > 0;
    return isProblem(type, measured) && !isOfNodes
      ? [{ reason, message, remedy: meaning(type, reason) }]
      : [];
  });
  return [...others, ...ofNodes, ...suffering(facts)].map((problem) => ({
    ...problem,
    since: since(problem.reason),
  }));
}

/** What comes of it. */
function suffering({ starving }: Facts): Omit<Problem, 'since'>[] {
  const names = starving?.names ?? [];
  if (names.length === 0) return [];
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  const message = `${names.slice(0, namesShown).join(', ')}${more} cannot scale for lack of metrics.`;
  return [{ reason: 'AutoscalersStarving', message, remedy: problemWords.AutoscalersStarving }];
}

function isProblem(
  type: (typeof causes)[number],
  { [type]: finding, Available: available }: Measured,
): boolean {
  if (type === 'Available' && finding.reason === 'RolloutBlocked') return true;
  if (finding.status !== 'False' || onTheWay.includes(finding.reason)) return false;
  const isConsequence = type === 'Serving' && available.status !== 'True'; // nobody answers without pods
  return !isConsequence || finding.reason === 'BreakerOpen';
}

// Not there yet, and nothing is wrong.
const onTheWay = [
  'Starting',
  'NotRegistered',
  'Registering',
  'Adopting',
  'WaitingForCleanup',
  'CertificatePending',
];

function meaning(type: MeasuredCondition, reason: string): string {
  return new Map<string, string>(Object.entries(words[type])).get(reason) ?? '';
}
