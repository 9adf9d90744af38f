import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import type { KubeletReason } from '../crds/findings.ts';
import type { Facts } from './facts.ts';
import { certificateWays, foretold, reasonOf, troublesIn, troubleText } from './kubelet-troubles.ts';
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

/** Why nodes are not scraped: what happens, else what was foretold. */
export interface Cause {
  /** Where it is known well enough. */
  reason: KubeletReason | undefined;
  message: string;
}

/** Of these nodes if any are named; where nothing is known, the message says where to look. */
export function causeOf(facts: Facts, nodes?: string[]): Cause {
  const { log, deployment } = facts;
  const { name, namespace } = deployment?.metadata ?? {};
  const command = `kubectl logs -n ${namespace} deployment/${name}`;
  const errors = log.is === 'read' ? log.errors.filter(({ node }) => nodes?.includes(node) ?? true) : [];
  const happening = ofErrors(errors, facts);
  if (happening !== undefined) return happening;
  const unreadable = log.is === 'unreadable' ? `The log could not be read (${log.message}): ${command}.` : '';
  const troubles = foretold(facts, nodes);
  const [first] = troubles;
  if (first === undefined)
    return { reason: undefined, message: unreadable || `The log has the cause: ${command}.` };
  return { reason: first.reason, message: `${troubleText(troubles, facts)} ${unreadable}`.trim() };
}

/** What most nodes have explains the rest. */
function ofErrors(unsorted: ScrapeError[], facts: Facts): Cause | undefined {
  const errors = unsorted.toSorted((a, b) => (a.node < b.node ? -1 : 1)); // they come in any order
  const found = errors.flatMap(({ node, error }) => {
    const reason = reasonOf(error, facts.spec);
    return reason === undefined ? [] : [{ node, reason, detail: inShort(error) }];
  });
  const troubles = troublesIn(found);
  const [main] = troubles;
  const others = errors.filter(({ error }) => reasonOf(error, facts.spec) === undefined);
  const [other] = others;
  if (main !== undefined && main.nodes.length >= others.length) {
    const rest = other === undefined ? '' : ` ${other.node}: ${inShort(other.error)}${more(others.length)}.`;
    return { reason: main.reason, message: `${troubleText(troubles, facts)}${rest}` };
  }
  if (other === undefined) return undefined;
  const isRefused = other.error.includes('x509:') && facts.spec.kubeletTls !== 'Insecure';
  const ways = isRefused ? certificateWays(facts) : '';
  return {
    reason: undefined,
    message: `${other.node}: ${inShort(other.error)}${more(errors.length)}. ${ways}`.trim(),
  };
}

function more(count: number): string {
  return count > 1 ? ` (${count - 1} more nodes fail)` : '';
}

/** The address is in most of the errors once more; and what has the time in it would be another message after each scrape. */
function inShort(error: string): string {
  return error.replace(/^Get "[^"]*": /, '').replace(/current time \S+ is /, 'now is ');
}
