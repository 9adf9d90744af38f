import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Facts } from './facts.ts';
import { coverage, isExpected } from './nodes.ts';
import { isReady, lostNode, unreadySince } from './pods.ts';

/** Why one node could not be scraped, in the words of metrics-server. */
export interface ScrapeError {
  node: string;
  /** The last one. */
  error: string;
  /** How many scrapes failed, as far as the log goes back. */
  times: number;
}

/** The errors of each node in a log of metrics-server, in klog's text format or in JSON (since 0.6 and 0.7). */
export function scrapeErrors(log: string): ScrapeError[] {
  const failures = log
    .split('\n')
    .filter((line) => line.includes('"Failed to scrape node'))
    .flatMap((line) => (line.startsWith('{') ? inJson(line) : inText(line)));
  const byNode = Map.groupBy(failures, ({ node }) => node);
  return [...byNode].map(([node, ofNode]) => {
    return { node, error: ofNode.at(-1)?.error ?? 'timeout', times: ofNode.length };
  });
}

type Failure = Pick<ScrapeError, 'node'> & { error: string | undefined };

function inText(line: string): Failure[] {
  const node = fieldOf(line, 'node');
  return node === undefined ? [] : [{ node, error: fieldOf(line, 'err') }];
}

/** klog writes `key="value"`, quoted as Go does. */
function fieldOf(line: string, key: string): string | undefined {
  const [, quoted] = line.match(new RegExp(` ${key}="((?:[^"\\\\]|\\\\.)*)"`)) ?? [];
  return quoted?.replaceAll(/\\(.)/g, '$1');
}

const JsonLine = z.object({ node: z.object({ name: z.string() }), err: z.string().optional() });

function inJson(line: string): Failure[] {
  try {
    const { data } = JsonLine.safeParse(JSON.parse(line));
    return data === undefined ? [] : [{ node: data.node.name, error: data.err }];
  } catch (error) {
    if (error instanceof SyntaxError) return []; // cut off
    throw error;
  }
}

// The first scrape comes at the start, so that a pod that has none by then has had an error.
const patienceMs = 20_000;

/** The pod whose log is worth reading, on a node that can hand it out; undefined while all is well. */
export function suspect(
  facts: Pick<Facts, 'pods' | 'now' | 'metrics' | 'nodes' | 'spec'>,
): V1Pod | undefined {
  const missing = coverage(facts)?.missing.map(({ name }) => name) ?? [];
  const readable = facts.pods.filter(
    (pod) => lostNode(pod, facts.nodes) === undefined && !missing.includes(pod.spec?.nodeName ?? ''),
  );
  const unready = readable.find((pod) => {
    const since = unreadySince(pod);
    return since !== undefined && facts.now.getTime() - since.getTime() > patienceMs;
  });
  return unready ?? (missing.length > 0 ? readable.find(isReady) : undefined);
}

/** Whether not a single node can be scraped. */
export function isEveryNodeFailing({ log, nodes, spec }: Facts): boolean {
  if (log.is !== 'read') return false;
  const failing = new Set(log.errors.map(({ node }) => node));
  const expected = nodes.filter((node) => isExpected(node, spec));
  return failing.size > 0 && expected.every(({ name }) => failing.has(name));
}

/** The first error, of these nodes if any are named, and what to do; otherwise where to look. */
export function whyNotScraped(facts: Facts, nodes?: string[]): string {
  const { log, deployment } = facts;
  const { name, namespace } = deployment?.metadata ?? {};
  const command = `kubectl logs -n ${namespace} deployment/${name}`;
  if (log.is === 'unreadable') return `The log could not be read (${log.message}): ${command}.`;
  const errors = log.is === 'read' ? log.errors.filter(({ node }) => nodes?.includes(node) ?? true) : [];
  const [first] = errors;
  if (first === undefined) return `The log has the cause: ${command}.`;
  const others = errors.length > 1 ? ` (${errors.length - 1} more nodes fail)` : '';
  return `${first.node}: ${first.error}${others}. ${remedy(first.error, facts)}`.trim();
}

function remedy(error: string, { name, spec }: Facts): string {
  if (error.includes('remote error: tls: internal error')) {
    return 'The kubelet waits for its serving certificate: approve its request (kubectl get csr; kubectl certificate approve NAME).';
  }
  if (!error.includes('x509:') || spec.kubeletTls === 'Insecure') return '';
  const patch = `kubectl patch msc ${name} --type=merge -p '{"spec":{"tls":{"kubelet":{"mode":"Insecure"}}}}'`;
  return `Two ways out. Either let the kubelets have serving certificates of the cluster's CA: serverTLSBootstrap: true in each kubelet's configuration, restart it, then approve its request (kubectl get csr; kubectl certificate approve NAME). Or do without verification: ${patch}; then nothing proves that it is the kubelet who answers, so whoever can take a node's address can forge its metrics and gets metrics-server's token.`;
}
