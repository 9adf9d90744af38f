import type { V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import type { KubeletReason } from '../crds/kubelet-words.ts';
import type { Facts } from './facts.ts';
import { foretold, troublesIn, troubleText } from './kubelet-troubles.ts';
import { coverage, isExpected } from './nodes.ts';
import { withoutOwnPort } from './own-port.ts';
import { livingPods, lostNode, servingPods, unreadySince } from './pods.ts';
import { change, logCommand } from './remedy-words.ts';
import { reasonOf, type Trouble } from './scrape-reasons.ts';

/** Why one node could not be scraped, in the words of metrics-server. */
export interface ScrapeError {
  node: string;
  /** The last one. */
  error: string;
  /** How many scrapes failed, as far as the log goes back. */
  times: number;
}

/** The errors of each node in a log of metrics-server, in klog's text format or in JSON (since 0.6 and 0.7), or as releases before 0.6 have it. */
export function scrapeErrors(log: string): ScrapeError[] {
  const failures = log.split('\n').flatMap((line) => {
    const isIncomplete = line.includes(`"${incomplete}"`);
    if (!isIncomplete && !line.includes('"Failed to scrape node')) return inSentences(line);
    const found = line.startsWith('{') ? inJson(line) : inText(line);
    return isIncomplete ? found.map(({ node }) => ({ node, error: incomplete })) : found;
  });
  const byNode = Map.groupBy(failures, ({ node }) => node);
  return [...byNode].map(([node, ofNode]) => {
    return { node, error: ofNode.at(-1)?.error ?? 'timeout', times: ofNode.length };
  });
}

// A kubelet may answer without figures, which is told with logging.verbosity 1 and up.
const incomplete = 'Failed getting complete node metric';

/** Why metrics-server cannot ask the API server about its callers; undefined where it can. */
export function webhookFailure(log: string): string | undefined {
  const [, text] =
    [...log.matchAll(/Failed to make webhook (?:authorizer|authenticator) request: (.+?)"?$/gm)].at(-1) ?? [];
  return text;
}

/** Whether nodes are measured and pods are not, by the last word on it of metrics-server since 0.9, which it has with logging.verbosity 2 and up. */
export function lacksPods(log: string): boolean {
  const [said = ''] = [...log.matchAll(/"Metric storage is (?:not )?ready[^"]*"/g)].at(-1) ?? [];
  return said.includes('pod metrics are missing');
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

/** One line has the nodes of a scrape one after the other. */
function inSentences(line: string): Failure[] {
  const sentence =
    /unable to fully scrape metrics from (?:node |source kubelet_summary:)(\S+): (?:unable to fetch metrics from (?:node \S+|[Kk]ubelet \S+ \([^)]*\)): )?(.+?)(?=, unable to fully scrape|\]?$)/g;
  return [...line.matchAll(sentence)].map(([, node = '', error]) => ({ node, error }));
}

const NodeName = z.union([z.object({ name: z.string() }).transform(({ name }) => name), z.string()]);
const JsonLine = z.object({ node: NodeName, err: z.string().optional() });

function inJson(line: string): Failure[] {
  try {
    const { data } = JsonLine.safeParse(JSON.parse(line));
    return data === undefined ? [] : [{ node: data.node, error: data.err }];
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
  const unready = livingPods(facts.pods).find((pod) => {
    const since = unreadySince(pod);
    return (
      readable.includes(pod) && since !== undefined && facts.now.getTime() - since.getTime() > patienceMs
    );
  });
  const isSilent = facts.metrics.is === 'failed';
  return unready ?? (missing.length > 0 || isSilent ? servingPods(readable)[0] : undefined);
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
  const { log } = facts;
  const errors = log.is === 'read' ? log.errors.filter(({ node }) => nodes?.includes(node) ?? true) : [];
  const said = ofErrors(errors, facts);
  if (said !== undefined) return said;
  const command = logCommand(facts);
  const where = command === undefined ? '' : `: ${command}`;
  const unreadable = log.is === 'unreadable' ? `The log could not be read (${log.message})${where}.` : '';
  const troubles = foretold(facts, nodes);
  const [first] = troubles;
  if (first === undefined) return { reason: undefined, message: unreadable || whereToLook(facts) };
  return { reason: first.reason, message: `${troubleText(troubles, facts)} ${unreadable}`.trim() };
}

/** For a cause that nobody knows yet. */
export function whereToLook(facts: Facts): string {
  const command = logCommand(facts);
  if (command !== undefined) return `${whatTheLogHas(facts)}: ${command}.`;
  return `The cause is not known, for what serves cannot be seen${facts.outOfSight === undefined ? '' : `: ${facts.outOfSight}`}.`;
}

// So much of the log names what kubelets lack.
const enough = 2;

/** It may have nothing, where a kubelet answers and what it measures is not enough. */
function whatTheLogHas(facts: Facts): string {
  const { log, spec } = facts;
  const isSilent = log.is === 'read' && log.isCut !== true && log.errors.length === 0;
  if (!isSilent) return 'The log has the cause';
  if ((spec.logging?.verbosity ?? 0) >= enough) return 'The log has no error of a scrape';
  return `The log has no error of a scrape; with more of it (${change(facts, { logging: { verbosity: enough } })}) it says whether kubelets have no figures of nodes or of pods`;
}

/** What most nodes have explains the rest. */
function ofErrors(errors: ScrapeError[], facts: Facts): Cause | undefined {
  const troubles = happening(errors, facts);
  const [main] = troubles;
  return main && { reason: main.reason, message: troubleText(troubles, facts) };
}

function happening(unsorted: ScrapeError[], facts: Facts): Trouble[] {
  const errors = unsorted.toSorted((a, b) => (a.node < b.node ? -1 : 1)); // they come in any order
  const nodes = new Map(facts.nodes.map((one) => [one.name, one]));
  return troublesIn(
    errors.map(({ node, error }) => {
      return { node, reason: reasonOf(error, facts, nodes.get(node)), detail: inShort(error) };
    }),
  );
}

/** What is wrong with these nodes, as far as it is known: what happens, and what was foretold of the others. */
export function scrapeTroubles(facts: Facts, nodes: string[]): Trouble[] {
  const errors = facts.log.is === 'read' ? facts.log.errors.filter(({ node }) => nodes.includes(node)) : [];
  const known = new Set(errors.map(({ node }) => node));
  const others = nodes.filter((node) => !known.has(node));
  return [...happening(errors, facts), ...foretold(facts, others)];
}

const longestError = 300;

/** The address is in most of the errors once more; and what has the time in it would be another message after each scrape. */
function inShort(error: string): string {
  return withoutOwnPort(error)
    .replace(/^Get "[^"]*": /, '')
    .replace(/current time \S+ is /, 'now is ')
    .slice(0, longestError);
}
