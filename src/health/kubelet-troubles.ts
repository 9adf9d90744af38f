import type { KubeletReason } from '../crds/kubelet-words.ts';
import type { MetricsServerConfigStatus } from '../crds/status.ts';
import type { Facts } from './facts.ts';
import { isExpected } from './nodes.ts';
import { type Forecast, forecasts, type Known } from './preflight.ts';
import type { Trouble } from './scrape-reasons.ts';
import { firstOf, waysOut } from './ways-out.ts';

/** What was found of single nodes, by reason; what most nodes have comes first. */
export function troublesIn(found: { node: string; reason: KubeletReason; detail: string }[]): Trouble[] {
  const byReason = Map.groupBy(found, ({ reason }) => reason);
  return [...byReason]
    .map(([reason, ofReason]) => {
      return { reason, nodes: ofReason.map(({ node }) => node), detail: ofReason[0]?.detail ?? '' };
    })
    .sort((a, b) => b.nodes.length - a.nodes.length || (a.reason < b.reason ? -1 : 1));
}

/** Nodes that are foretold to fail; of these nodes if any are named. */
export function foretold(facts: Known, nodes?: string[]): Trouble[] {
  return troublesOf(forecasts(facts).filter(({ node }) => nodes?.includes(node.name) ?? true));
}

function troublesOf(all: Forecast[]): Trouble[] {
  return troublesIn(
    all.flatMap(({ node, complaint }) => (complaint ? [{ node: node.name, ...complaint }] : [])),
  );
}

// So many of a larger number stand for the others.
const enough = 3;

/** What is foretold where it holds for all nodes, as far as can be known: then no pod gets ready. */
export function foretoldOfAll(facts: Known): Trouble[] | undefined {
  const all = forecasts(facts);
  const expected = facts.nodes.filter((node) => node.isReady && isExpected(node, facts.spec));
  // Of addresses everything is known; of the rest there is a sample, which may be out of reach.
  const answered = all.filter(({ complaint }) => complaint?.reason !== 'NoMatchingAddressType');
  const askable = expected.length - (all.length - answered.length);
  const isKnown = all.length > 0 && answered.length >= Math.min(askable, enough);
  return isKnown && all.every(({ complaint }) => complaint) ? troublesOf(all) : undefined;
}

/** Who fails and why, and the ways out. */
export function troubleText(troubles: Trouble[], facts: Facts): string {
  const isOne = troubles.length === 1;
  const groups = troubles.map(
    ({ nodes, detail, reason }) => `${firstOf(nodes)}: ${detail}${isOne ? '' : ` (${reason})`}`,
  );
  return [`${groups.join('; ')}.`, ...waysOut(troubles, facts).map(({ text }) => text)].join(' ');
}

const namesInStatus = 10;

/** What the status says of it; undefined where nothing is known. */
export function preflightStatus(facts: Facts): MetricsServerConfigStatus['preflight'] {
  const all = forecasts(facts);
  if (all.length === 0) return undefined;
  const troubles = troublesOf(all);
  if (troubles.length === 0) return { checked: all.length };
  return {
    checked: all.length,
    failing: troubles.map(({ reason, nodes }) => {
      return { reason, count: nodes.length, nodes: nodes.slice(0, namesInStatus) };
    }),
    advice: `What would work: ${waysOut(troubles, facts)
      .map(({ short }) => short)
      .join('; or ')}.`,
  };
}
