import type { EffectiveSpec } from '../crds/effective.ts';
import type { Facts, KubeletAnswer, NodeFacts } from './facts.ts';
import { type Complaint, complaintAbout } from './kubelet-certificates.ts';
import { coverage, isExpected, type NodeCoverage } from './nodes.ts';
import { isReady } from './pods.ts';
import { defaultPort } from './ports.ts';
import { field } from './remedy-words.ts';

/** What is foretold of one node. */
export interface Forecast {
  node: NodeFacts;
  /** Undefined where it should be scraped. */
  complaint: Complaint | undefined;
}

/** What a forecast rests on. */
export type Known = Pick<
  Facts,
  'preflight' | 'nodes' | 'spec' | 'pods' | 'metrics' | 'now' | 'name' | 'speaks'
>;

/** Where metrics-server asks a kubelet: at the first type of address that the node has, and no other (address_resolver.go). */
export function kubeletAt(
  { addresses, kubeletPort }: NodeFacts,
  { addressPriority, kubelet }: Pick<EffectiveSpec, 'addressPriority' | 'kubelet'>,
): { host: string; port: number } | undefined {
  const [first] = addressPriority.flatMap((type) => addresses?.find((one) => one.type === type) ?? []);
  const port = kubelet.useNodeStatusPort ? kubeletPort : kubelet.port;
  return first && { host: first.address, port: port || defaultPort };
}

/** What is foretold of the nodes that are known well enough, in the order of the nodes. */
export function forecasts(facts: Known): Forecast[] {
  const { preflight, nodes, spec } = facts;
  if (preflight === undefined) return [];
  const covered = coverage(facts);
  const proven = scrapedAsWished(facts, covered);
  const known = { ...facts, missing: new Set(covered?.missing) };
  return nodes
    .filter((node) => node.isReady && isExpected(node, spec))
    .flatMap((node) => {
      const { answers } = preflight;
      // What happens counts for more than what is foretold.
      if (proven.has(node)) return answers.has(node.name) ? [{ node, complaint: undefined }] : [];
      return forecast(node, known) ?? [];
    });
}

/** Nodes that are scraped at the same addresses, and as strictly, as the spec wants. */
export function scrapedAsWished(
  { pods, spec }: Pick<Facts, 'pods' | 'spec'>,
  nodes: NodeCoverage | undefined,
): Set<NodeFacts> {
  const order = `--kubelet-preferred-address-types=${spec.addressPriority.join(',')}`;
  const has = (args: string[], flag: string) => args.some((arg) => arg.startsWith(`--${flag}`));
  const isAsStrict = (args: string[]) =>
    spec.kubeletTls === 'Insecure' ||
    (!has(args, 'kubelet-insecure-tls') &&
      has(args, 'kubelet-certificate-authority') === (spec.kubeletTls === 'CustomCA'));
  const serving = pods.filter(isReady).map((pod) => pod.spec?.containers[0]?.args ?? []);
  const isAsWished = serving.every((args) => args.includes(order) && isAsStrict(args));
  return new Set(isAsWished ? nodes?.fresh : []);
}

function forecast(node: NodeFacts, facts: Known & { missing: Set<NodeFacts> }): Forecast | undefined {
  const { preflight, spec } = facts;
  const at = kubeletAt(node, spec);
  if (at === undefined) return node.addresses && { node, complaint: withoutAddress(node, facts) };
  const answer = preflight?.answers.get(node.name);
  if (answer?.is === 'shown' && answer.host === at.host)
    return { node, complaint: complaintOf(answer, facts) };
  const hasAsked = preflight?.requests?.has(node.name) ?? false;
  const isWaiting = answer?.is === 'none' || (facts.missing.has(node) && hasAsked);
  return isWaiting && !isYoung(node, facts) ? { node, complaint: waiting(hasAsked) } : undefined;
}

function withoutAddress({ addresses = [] }: NodeFacts, facts: Known): Complaint {
  const types = [...new Set(addresses.map(({ type }) => type))].join(', ') || 'none at all';
  return {
    reason: 'NoMatchingAddressType',
    detail: `the types of address are ${types}; ${field(facts, 'addressPriority')} has ${facts.spec.addressPriority.join(', ')}`,
  };
}

/** Why metrics-server would refuse what a kubelet has shown. */
export function complaintOf(
  answer: KubeletAnswer,
  { preflight, spec, now }: Pick<Facts, 'preflight' | 'spec' | 'now'>,
): Complaint | undefined {
  if (answer.is !== 'shown' || spec.kubeletTls === 'Insecure') return undefined;
  const { trusted, ofVersion1 } = preflight ?? {};
  return complaintAbout(answer.chain, { host: answer.host, trusted, ofVersion1, now });
}

// Whoever approves the requests of new nodes needs a moment.
const youngMs = 60_000;

function isYoung({ createdAtMs }: NodeFacts, { now }: Known): boolean {
  return now.getTime() - createdAtMs < youngMs;
}

function waiting(hasAsked: boolean): Complaint {
  return {
    reason: 'KubeletServingCSRPending',
    detail: `there is no serving certificate${hasAsked ? ', for the request waits for approval' : ''}`,
  };
}

/** An order of addresses with which nodes would be scraped, and which. */
export interface BetterOrder {
  order: string[];
  helps: NodeFacts[];
}

// Names want a DNS that knows them.
const simplestFirst = ['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'];
const ofAddresses = ['KubeletCertNoIPSAN', 'KubeletCertWrongSAN', 'KubeletCertLegacyCN'];

/** Undefined where no order mends what is wrong with addresses without harm to other nodes. */
export function betterOrder(facts: Known): BetterOrder | undefined {
  const all = forecasts(facts);
  const { addressPriority } = facts.spec;
  const without = all.filter(({ complaint }) => complaint?.reason === 'NoMatchingAddressType');
  const misnamed = all.filter(({ complaint }) => complaint && ofAddresses.includes(complaint.reason));
  const fine = all.filter(({ complaint }) => complaint === undefined);
  if (misnamed.length > 0) {
    const type = simplestFirst.find(
      (type) => misnamed.every(isGoodBy(type, facts)) && fine.every(isNotHarmedBy(type, facts)),
    );
    if (type === undefined) return undefined;
    const order = [type, ...addressPriority.filter((other) => other !== type)];
    return { order, helps: misnamed.map(({ node }) => node) };
  }
  const type = simplestFirst.find((type) => without.every(({ node }) => hostOf(type, node) !== undefined));
  if (without.length === 0 || type === undefined) return undefined;
  return { order: [...addressPriority, type], helps: without.map(({ node }) => node) };
}

function isGoodBy(type: string, facts: Known): (forecast: Forecast) => boolean {
  return ({ node }) => {
    const [host, answer] = [hostOf(type, node), facts.preflight?.answers.get(node.name)];
    return (
      host !== undefined && answer?.is === 'shown' && complaintOf({ ...answer, host }, facts) === undefined
    );
  };
}

function isNotHarmedBy(type: string, facts: Known): (forecast: Forecast) => boolean {
  return (forecast) => hostOf(type, forecast.node) === undefined || isGoodBy(type, facts)(forecast);
}

function hostOf(type: string, { addresses = [] }: NodeFacts): string | undefined {
  return addresses.find((one) => one.type === type)?.address;
}
