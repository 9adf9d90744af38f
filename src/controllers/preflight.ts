import type { X509Certificate } from 'node:crypto';
import type { V1Deployment } from '@kubernetes/client-node';
import type { Facts, KubeletAnswer, Preflight, Trust } from '../health/facts.ts';
import { complaintAbout } from '../health/kubelet-certificates.ts';
import { coverage, isExpected } from '../health/nodes.ts';
import { complaintOf, kubeletAt, scrapedAsWished } from '../health/preflight.ts';
import { reasonOf } from '../health/scrape-reasons.ts';
import { extensionsOf } from '../platform/extensions.ts';
import type { KubeletPlace, KubeletProbes } from './kubelets.ts';

type Known = Pick<Facts, 'now' | 'spec' | 'nodes' | 'pods' | 'metrics' | 'log'> & {
  deployment: V1Deployment | undefined;
  /** The CA that the spec names, with mode CustomCA. */
  named?: X509Certificate[];
};

const sampleSize = 5;
// A kubelet shows the same certificate for months. What is not well is to be seen soon after it is mended.
const wellEveryMs = 10 * 60_000;
const unwellEveryMs = 20_000;
// Pods that do not verify as the spec wants it, such as after a rollback, scrape it whatever it shows.
const unprovenEveryMs = 60_000;

/** What kubelets let us know before they are scraped. While all is well hardly anything is asked. */
export function preflightOf(cluster: KubeletProbes, known: Known): Preflight | undefined {
  if (!known.spec.preflight) return undefined;
  const nodes = coverage(known);
  const scraped = new Set(nodes?.fresh.map(({ name }) => name));
  const ofCluster = trustIn(cluster.clusterAuthorities());
  const trust = trustOf(known, ofCluster);
  const judged = judging(cluster, { ...known, ...trust, cluster: ofCluster });
  const asWished = new Set([...scrapedAsWished(known, nodes)].map(({ name }) => name));
  const everyMs = (node: string, last: KubeletAnswer): number => {
    const { answer, isRefused } = judged(last);
    if (answer.is === 'none') return unwellEveryMs;
    if (answer.is === 'unreachable') return scraped.has(node) ? wellEveryMs : unwellEveryMs;
    if (asWished.has(node)) return wellEveryMs;
    if (isRefused) return unwellEveryMs;
    if (known.deployment === undefined) return wellEveryMs;
    return scraped.has(node) ? unprovenEveryMs : unwellEveryMs;
  };
  const all = cluster.kubelets(sampleOf(known, scraped), everyMs);
  const answers = new Map([...all].map(([node, answer]) => [node, judged(answer).answer]));
  const isMissing = nodes?.missing.some(({ isReady }) => isReady) ?? false;
  const isWithout = [...answers.values()].some(({ is }) => is === 'none') || isSaidToWait(known);
  return {
    answers,
    ...trust,
    cluster: ofCluster,
    requests: isMissing || isWithout ? cluster.servingRequests() : undefined,
  };
}

/** Judges answers. Whoever is at the address of a node may say anything: what cannot be judged is as good as out of reach. */
function judging(
  cluster: KubeletProbes,
  known: Known & Trust & { cluster: Trust },
): (answer: KubeletAnswer) => { answer: KubeletAnswer; isRefused: boolean } {
  const { trusted, ofVersion1, cluster: ofCluster, now } = known;
  const preflight = { answers: new Map(), trusted, ofVersion1 };
  return (answer) => {
    try {
      // In every mode somebody may yet ask what ClusterCA would make of it: that is found to be possible here.
      if (answer.is === 'shown') complaintAbout(answer.chain, { ...ofCluster, host: answer.host, now });
      return { answer, isRefused: complaintOf(answer, { ...known, preflight }) !== undefined };
    } catch (error) {
      cluster.onUnjudged(error);
      return { answer: { host: answer.host, is: 'unreachable' }, isRefused: false };
    }
  };
}

/** Whom metrics-server would trust. */
function trustOf({ spec, named }: Known, ofCluster: Trust): Trust {
  switch (spec.kubeletTls) {
    case 'ClusterCA':
      return ofCluster;
    case 'CustomCA':
      return trustIn(named);
    case 'Insecure':
      return trustIn(undefined); // it makes no difference
  }
}

function trustIn(trusted: X509Certificate[] | undefined): Trust {
  return {
    trusted,
    ofVersion1: new Set(trusted?.filter(isOfVersion1).map(({ fingerprint256 }) => fingerprint256)),
  };
}

/** Version 1 has no extensions. What says that it is a CA, or for whom it is, need not be read further, which takes a library. */
function isOfVersion1(authority: X509Certificate): boolean {
  const hasExtensions =
    authority.ca || authority.subjectAltName !== undefined || authority.keyUsage !== undefined;
  return !hasExtensions && extensionsOf(authority)?.isVersion1 === true;
}

function isSaidToWait({ log, spec }: Known): boolean {
  const errors = log.is === 'read' ? log.errors : [];
  return errors.some(({ error }) => reasonOf(error, { spec }) === 'KubeletServingCSRPending');
}

/** First nodes that are not scraped, then any; the same ones each time, though others come and go. */
function sampleOf({ nodes, spec }: Known, scraped: ReadonlySet<string>): KubeletPlace[] {
  const ranked = nodes
    .filter((node) => node.isReady && isExpected(node, spec))
    .map((node) => ({ node, rank: scattered(node.name) + (scraped.has(node.name) ? 1 : 0) }))
    .sort((a, b) => a.rank - b.rank);
  const places: KubeletPlace[] = [];
  for (const { node } of ranked) {
    const at = kubeletAt(node, spec);
    if (at !== undefined) places.push({ node: node.name, ...at });
    if (places.length === sampleSize) break;
  }
  return places;
}

/** A number from 0 to 1 that looks random and is always the same for a name (FNV-1a, and mixed): names of a pool are alike. */
function scattered(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  // Names that differ in the last letter only lie side by side until it is mixed once more.
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32;
}
