import { isKubeletReason, type KubeletReason } from '../crds/findings.ts';
import type { MetricsServerConfigStatus } from '../crds/status.ts';
import type { Facts } from './facts.ts';
import { isExpected } from './nodes.ts';
import { type BetterOrder, betterOrder, type Forecast, forecasts, type Known } from './preflight.ts';

/** Nodes that cannot be scraped for the same reason. */
export interface Trouble {
  reason: KubeletReason;
  nodes: string[];
  /** What is the case with the first of them. */
  detail: string;
}

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

const namesShown = 3;

function firstOf(names: string[]): string {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return `${names.slice(0, namesShown).join(', ')}${more}`;
}

interface WayOut {
  /** A sentence with the commands. */
  text: string;
  /** A few words. */
  short: string;
}

/** The best first. */
export function waysOut(troubles: Pick<Trouble, 'reason' | 'nodes'>[], facts: Facts): WayOut[] {
  const reasons = troubles.map(({ reason }) => reason);
  const isWaiting = reasons.includes('KubeletServingCSRPending');
  const isRefused = reasons.some((reason) => reason.startsWith('KubeletCert'));
  const better = betterOrder(facts);
  return [
    ...(isWaiting ? [approval(troubles, facts)] : []),
    ...(isRefused ? [certificates] : []),
    ...(better ? [otherOrder(better, facts)] : []),
    ...(reasons.includes('NoMatchingAddressType') && !better ? [anotherType] : []),
    ...(reasons.includes('KubeletCertUnknownCA') ? namedAuthority(facts) : []),
    ...(isRefused && facts.spec.kubeletTls !== 'Insecure' ? [noVerification(facts)] : []),
  ];
}

/** What helps against a certificate that is refused, whatever the reason. */
export function certificateWays(facts: Facts): string {
  return [certificates, noVerification(facts)].map(({ text }) => text).join(' ');
}

function approval(troubles: Pick<Trouble, 'reason' | 'nodes'>[], { preflight }: Facts): WayOut {
  const nodes = troubles.find(({ reason }) => reason === 'KubeletServingCSRPending')?.nodes ?? [];
  const requests = nodes.flatMap((node) => preflight?.requests.get(node) ?? []);
  const named = requests.slice(0, namesShown).join(' ') || 'NAME';
  return {
    text: `The kubelet waits for its serving certificate: approve its request (kubectl get csr; kubectl certificate approve ${named}).`,
    short: "approve the kubelets' requests for certificates",
  };
}

const certificates: WayOut = {
  text: "Ways out, the best first: let the kubelets have serving certificates of the cluster's CA: serverTLSBootstrap: true in each kubelet's configuration, restart it, then approve its request (kubectl get csr; kubectl certificate approve NAME).",
  short: "certificates of the cluster's CA for the kubelets",
};

function otherOrder({ order, helps }: BetterOrder, { name }: Facts): WayOut {
  const isName = !/IP$/.test(order[0] ?? '');
  const whom = firstOf(helps.map(({ name }) => name));
  return {
    text: `Or ask by other addresses, which mends ${whom}${isName ? ' if pods can resolve the names' : ''}: ${patch(name, { addressPriority: order })}.`,
    short: `addressPriority: [${order.join(', ')}]`,
  };
}

const anotherType: WayOut = {
  text: 'Add a type that the nodes have to spec.addressPriority (kubectl get nodes -o wide).',
  short: 'types in addressPriority that the nodes have',
};

function namedAuthority({ name, spec }: Facts): WayOut[] {
  const { namespace, tls } = spec;
  switch (spec.kubeletTls) {
    case 'Insecure':
      return [];
    case 'CustomCA': {
      const { kind = 'ConfigMap', name: bundle } = tls?.kubelet?.caBundleRef ?? {};
      const text = `Or, if that CA may be trusted, add it to ${kind} ${namespace}/${bundle}.`;
      return [{ text, short: 'that CA in caBundleRef, if it may be trusted' }];
    }
    case 'ClusterCA': {
      const make = `kubectl create configmap kubelet-ca -n ${namespace} --from-file=ca.crt=FILE`;
      const use = patch(name, {
        tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelet-ca' } } },
      });
      const text = `Or, if that CA may be trusted, name it: ${make}; ${use}.`;
      return [{ text, short: 'tls.kubelet.mode: CustomCA, if that CA may be trusted' }];
    }
  }
}

function noVerification({ name, spec }: Facts): WayOut {
  const isNamed = spec.tls?.kubelet?.caBundleRef !== undefined; // it goes with CustomCA only
  const kubelet = { mode: 'Insecure', ...(isNamed && { caBundleRef: null }) };
  return {
    text: `Or do without verification: ${patch(name, { tls: { kubelet } })}; then nothing proves that it is the kubelet who answers, so whoever can take a node's address can forge its metrics and gets metrics-server's token.`,
    short: 'tls.kubelet.mode: Insecure, which verifies nothing',
  };
}

function patch(name: string, spec: object): string {
  return `kubectl patch msc ${name} --type=merge -p '${JSON.stringify({ spec })}'`;
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

// The words of metrics-server for them; see diagnosis in docs/decisions/0006.
const signatures: [RegExp, KubeletReason][] = [
  [/x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/, 'KubeletCertNoIPSAN'],
  [/x509: certificate is (valid for|not valid for any names)/, 'KubeletCertWrongSAN'],
  [/x509: certificate signed by unknown authority/, 'KubeletCertUnknownCA'],
  [/x509: certificate has expired or is not yet valid/, 'KubeletCertExpired'],
  [/x509: certificate relies on legacy Common Name field/, 'KubeletCertLegacyCN'],
  [/remote error: tls: internal error/, 'KubeletServingCSRPending'],
  [/no address matched types \[/, 'NoMatchingAddressType'],
];

/** Which of the reasons an error of metrics-server is. Without verification an error of it comes from a pod that is being replaced. */
export function reasonOf(error: string, { kubeletTls }: Facts['spec']): KubeletReason | undefined {
  const [, reason] = signatures.find(([signature]) => signature.test(error)) ?? [];
  const isOfOldPod = kubeletTls === 'Insecure' && reason?.startsWith('KubeletCert');
  return reason !== undefined && isKubeletReason(reason) && !isOfOldPod ? reason : undefined;
}
