import type { X509Certificate } from 'node:crypto';
import type { V1Deployment } from '@kubernetes/client-node';
import type { Facts, KubeletAnswer, NodeFacts, Preflight } from '../health/facts.ts';
import { reasonOf } from '../health/kubelet-troubles.ts';
import { coverage, isExpected } from '../health/nodes.ts';
import { complaintOf, kubeletAt, scrapedAsWished } from '../health/preflight.ts';
import type { KubeletPlace, KubeletProbes } from './kubelets.ts';

type Known = Pick<Facts, 'now' | 'spec' | 'nodes' | 'pods' | 'metrics' | 'log'> & {
  deployment: V1Deployment | undefined;
};

const sampleSize = 5;
// A kubelet shows the same certificate for months. What is not well is to be seen soon after it is mended.
const wellEveryMs = 10 * 60_000;
const unwellEveryMs = 20_000;

/** What kubelets let us know before they are scraped. While all is well hardly anything is asked. */
export function preflightOf(cluster: KubeletProbes, known: Known): Preflight | undefined {
  if (!known.spec.preflight) return undefined;
  const nodes = coverage(known);
  const scraped = new Set(nodes?.fresh.map(({ name }) => name));
  const proven = new Set([...scrapedAsWished(known)].map(({ name }) => name));
  const trusted = trustedBy(known.spec.kubeletTls, cluster);
  const isWell = (node: string, answer: KubeletAnswer): boolean => {
    switch (answer.is) {
      case 'none':
        return false;
      case 'unreachable':
        return scraped.has(node);
      case 'shown': {
        const preflight = { answers: new Map(), trusted, requests: new Map() };
        if (complaintOf(answer, { ...known, preflight }) !== undefined) return proven.has(node);
        return scraped.has(node) || known.deployment === undefined;
      }
    }
  };
  const answers = cluster.kubelets(sampleOf(known, scraped), (node, last) =>
    isWell(node, last) ? wellEveryMs : unwellEveryMs,
  );
  const isMissing = nodes?.missing.some(({ isReady }) => isReady) ?? false;
  const isWithout = [...answers.values()].some(({ is }) => is === 'none') || isSaidToWait(known);
  return { answers, trusted, requests: isMissing || isWithout ? cluster.servingRequests() : new Map() };
}

/** Whom metrics-server would trust. */
function trustedBy(mode: Facts['spec']['kubeletTls'], cluster: KubeletProbes): X509Certificate[] | undefined {
  switch (mode) {
    case 'ClusterCA':
      return cluster.clusterAuthorities();
    case 'Insecure':
      return undefined; // it makes no difference
  }
}

function isSaidToWait({ log, spec }: Known): boolean {
  const errors = log.is === 'read' ? log.errors : [];
  return errors.some(({ error }) => reasonOf(error, spec) === 'KubeletServingCSRPending');
}

/** First nodes that are not scraped, then any; the same ones each time, though others come and go. */
function sampleOf({ nodes, spec }: Known, scraped: ReadonlySet<string>): KubeletPlace[] {
  const isAsked = (node: NodeFacts) =>
    node.isReady && isExpected(node, spec) && !(spec.kubeletTls === 'Insecure' && scraped.has(node.name));
  const rank = ({ name }: NodeFacts) => (scraped.has(name) ? 1 : 0) + scattered(name);
  return nodes
    .filter(isAsked)
    .flatMap((node) => {
      const at = kubeletAt(node, spec);
      return at === undefined ? [] : [{ rank: rank(node), place: { node: node.name, ...at } }];
    })
    .sort((a, b) => a.rank - b.rank)
    .slice(0, sampleSize)
    .map(({ place }) => place);
}

/** A number from 0 to 1 that looks random and is always the same for a name (FNV-1a): names of a pool are alike. */
function scattered(name: string): number {
  const hash = [...name].reduce(
    (sum, one) => Math.imul(sum ^ (one.codePointAt(0) ?? 0), 0x01000193),
    0x811c9dc5,
  );
  return (hash >>> 0) / 2 ** 32;
}
