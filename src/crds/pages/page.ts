import type { words } from '../findings.ts';

/** What docs/conditions.md says of a reason, beside its meaning. Only the generator of that page reads it, never the operator. */
export interface Page {
  /** What users see of it: who runs kubectl get msc or kubectl top, and whose autoscalers want metrics. */
  shows: string;
  /** The words by which it is known. */
  signs: Sign[];
  causes: string[];
  /** What to do, the best first. */
  steps: string[];
  /** How to see that it is mended. */
  mended: string;
}

/** Where the words of others, or the operator's own, are found. */
export const places = {
  log: 'In the log of metrics-server (`kubectl logs -n kube-system deployment/metrics-server`)',
  end: 'Last words of the container (`kubectl logs -n kube-system deployment/metrics-server --previous`)',
  answer: 'Answer of the API server (`kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes`)',
  check:
    'Condition Available of the APIService (`kubectl describe apiservice v1beta1.metrics.k8s.io`), from its own check',
  waiting:
    'State of the container (`kubectl describe pod -n kube-system -l k8s-app=metrics-server`), its reason and its message',
  termination:
    'Last state of the container (`kubectl describe pod -n kube-system -l k8s-app=metrics-server`), its reason',
  event:
    'Events of the pod (`kubectl describe pod -n kube-system -l k8s-app=metrics-server`), their reason and their message',
  scheduler: 'Condition PodScheduled of the pod, with the reason Unschedulable',
  rejection:
    'Condition ReplicaFailure of the Deployment (`kubectl describe deployment -n kube-system metrics-server`)',
  message: 'In the message of the condition',
} as const;

export interface Sign {
  in: keyof typeof places;
  /** An example. In messages of the operator what differs stands in angle brackets, and `…` stands for what is left out. */
  text: string;
  /** Labels of the node that it is about, where they count. */
  labels?: Record<string, string>;
}

type Words = typeof words;

/** Reasons that are no fault, and that no condition has where it is bad news. They need no page. */
export const harmless = {
  Accepted: ['Valid'],
  Applied: ['Applied', 'AwaitingTrust', 'RotatingCertificate', 'Observing', 'Paused'],
  Available: ['PodsReady', 'RollingOut'],
  Serving: ['Answers'],
  Scraping: ['AllNodesFresh'],
  Secure: ['Verified'],
  Ready: ['Ready', 'Paused'],
  Reconciling: ['Settled', 'Progressing'],
  Stalled: ['NotStalled', 'NeedsAttention'],
} as const satisfies { [C in keyof Words]: readonly (keyof Words[C])[] };

/** Reasons of a condition that need a page: all but the harmless ones. */
export type Fault<C extends keyof Words> = Exclude<
  Extract<keyof Words[C], string>,
  (typeof harmless)[C][number]
>;

/** The exact patch. */
export function patch(spec: object): string {
  return `\`kubectl patch msc metrics-server --type=merge -p '${JSON.stringify({ spec })}'\``;
}

/** That a condition is True. */
export function returns(condition: 'Ready' | 'Available' | 'Serving' | 'Scraping'): string {
  return `\`kubectl wait --for=condition=${condition} msc/metrics-server --timeout=5m\` returns.`;
}

/** That the status has another reason: what to look at where True would say too little, or too much. */
export function gone(condition: 'Accepted' | 'Applied' | 'Available' | 'Serving' | 'Secure'): string {
  return `The condition ${condition} has another reason: \`kubectl get msc metrics-server -o jsonpath='{.status.conditions[?(@.type=="${condition}")]}'\`.`;
}
