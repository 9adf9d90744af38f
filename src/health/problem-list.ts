import { type Finding, type MeasuredCondition, problemWords, words } from '../crds/findings.ts';
import { isKubeletReason } from '../crds/kubelet-words.ts';
import type { Problem } from '../crds/status.ts';
import { factsOfLiving, factsOfNewest, troubleOf } from './available.ts';
import type { Facts } from './facts.ts';
import { moreOf } from './more-resources.ts';
import { lostNode } from './pods.ts';
import { foretoldProblems, type NodeProblem, nodeProblems } from './problems.ts';
import { redacted } from './redacted.ts';
import { change, isPaused } from './remedy-words.ts';
import { firstOf } from './ways-out.ts';

/** What was measured; without Accepted and Applied where no config stands for what runs. */
export type Findings = { [C in Exclude<MeasuredCondition, 'Accepted' | 'Applied'>]: Finding<C> } & {
  [C in 'Accepted' | 'Applied']?: Finding<C>;
};

// In the order of cause and effect.
const causes = ['Accepted', 'Applied', 'Available', 'Serving'] as const satisfies MeasuredCondition[];

const namesShown = 10;

/** Everything that is wrong, the deepest cause first. What only follows from another is left out. */
export function problemList(findings: Findings, facts: Facts): Omit<Problem, 'since'>[] {
  const ofNodes = nodeProblems(facts).map(counted);
  const others = causes.flatMap((type) => {
    const finding = findings[type];
    if (finding === undefined || !isProblem(type, findings, facts)) return [];
    const { reason, message } = finding;
    if (isKubeletReason(reason)) {
      if (ofNodes.length > 0) return [];
      const ahead = foretoldProblems(facts).map(counted); // no pod has run yet
      if (ahead.length > 0) return ahead;
    }
    return [{ reason, message, remedy: remedyFor(type, reason, facts) }];
  });
  return [...others, ...ofNodes, ...suffering(facts)].map((problem) => ({
    ...problem,
    message: redacted(problem.message),
  }));
}

function counted({ nodes, ...problem }: NodeProblem): Omit<Problem, 'since'> {
  return { ...problem, nodes: nodes.slice(0, namesShown), count: nodes.length };
}

/** What comes of it. */
function suffering({ starving }: Facts): Omit<Problem, 'since'>[] {
  const names = starving?.names ?? [];
  if (names.length === 0) return [];
  const message = `${firstOf(names, namesShown)} cannot scale for lack of metrics.`;
  return [{ reason: 'AutoscalersStarving', message, remedy: problemWords.AutoscalersStarving }];
}

function isProblem(
  type: (typeof causes)[number],
  { [type]: finding, Available: available }: Findings,
  facts: Facts,
): boolean {
  if (type === 'Available' && ['RolloutBlocked', 'RolloutStuck'].includes(finding?.reason ?? '')) return true;
  if (finding?.reason === 'NotRegistered' && facts.spec.mode !== 'Manage')
    return available.status === 'True' || available.reason === 'OutOfSight';
  if (finding?.status !== 'False' || onTheWay.includes(finding.reason)) return false;
  const isDown = available.status !== 'True' && available.reason !== 'OutOfSight';
  const isConsequence = type === 'Serving' && isDown; // nobody answers without pods
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

function remedyFor(type: MeasuredCondition, reason: string, facts: Facts): string {
  const cause = reason === 'RolloutBlocked' ? troubleOf(factsOfNewest(factsOfLiving(facts))) : undefined;
  if (cause !== undefined) return remedyFor(type, cause.reason, facts);
  const meaning =
    ofReason[reason]?.(facts) ?? new Map<string, string>(Object.entries(words[type])).get(reason) ?? '';
  if (facts.speaks === 'flags') return withoutConfig[reason] ?? meaning;
  if (!isPaused(facts)) return meaning;
  return `spec.mode is ${facts.spec.mode}, so nothing is set right, nor what is changed in the spec carried out: ${change(facts, { mode: 'Manage' })}. ${meaning}`;
}

// What their meaning does not say.
const ofReason: Record<string, (facts: Facts) => string | undefined> = {
  Unresponsive: (facts) => `Give it more CPU: ${moreOf('cpu', facts)}.`,
  NodeNotReady: ({ pods, nodes }) => {
    const [node] = pods.flatMap((pod) => lostNode(pod, nodes) ?? []);
    return node && `See to the node: kubectl describe node ${node.name}.`;
  },
};

const asItsManifests = 'Apply it again as the manifests or the chart of metrics-server have it.';

// Where the words of the API are about fields and the operator.
const withoutConfig: Record<string, string> = {
  AggregatorTLS: 'Let the caBundle of the APIService and the certificate of metrics-server fit each other.',
  AggregatorTimeout:
    'Open the serving port between the control plane and the pods, or let the pods use the network of the nodes (hostNetwork).',
  CertFileMissing: 'Mount what --tls-cert-file and --tls-private-key-file name.',
  CreateConfigError: 'Make the ConfigMap or Secret that the message names.',
  EndpointsNotFound: `Let the Service select the pods. ${asItsManifests}`,
  FlagConflict: 'Correct the arguments that the message names.',
  FrontProxyRejected: 'See to the front-proxy certificates of kube-apiserver.',
  ImagePullFailed: 'Take an image from a registry that the nodes can reach, or give the pods a pull secret.',
  InvalidResolution: 'Set a longer --metric-resolution.',
  LivezTimeout: 'Give it more CPU, or a longer --metric-resolution.',
  MissingEndpoints: 'See to the pods behind the Service.',
  NoReplicas: 'Scale it up.',
  NotRegistered: `Nothing serves metrics. ${asItsManifests}`,
  OOMKilled: 'Give its container more memory.',
  PortInUse: 'Choose another --secure-port.',
  PortPermission: 'Choose a --secure-port from 1024 on.',
  ResolutionVsTimeout: 'Correct --metric-resolution or --kubelet-request-timeout.',
  ServiceNotFound: asItsManifests,
  ServicePortError: asItsManifests,
};
