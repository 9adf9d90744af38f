import type { KubeletReason } from '../crds/kubelet-words.ts';
import { choiceOfClusterCA, choiceOfNamedCA, nodesForClusterCA } from './cluster-ca.ts';
import type { Facts } from './facts.ts';
import { type BetterOrder, betterOrder } from './preflight.ts';
import { change, field, kept } from './remedy-words.ts';
import type { Trouble } from './scrape-reasons.ts';
import type { WayOut } from './way-out.ts';
import { withoutServerless, withoutWindows } from './ways-around.ts';
import { late, portOfNode, refused } from './ways-to-kubelets.ts';

type Known = Pick<Trouble, 'reason' | 'nodes'> & Partial<Pick<Trouble, 'detail'>>;

/** What mends what is wrong with nodes, the best first. To do without verification is the last. */
export function waysOut(troubles: Known[], facts: Facts): WayOut[] {
  const reasons = troubles.map(({ reason }) => reason);
  const isWaiting = reasons.includes('KubeletServingCSRPending');
  const isRefused =
    reasons.some((reason) => reason.startsWith('KubeletCert')) || isOddlyRefused(troubles, facts);
  const better = betterOrder(facts);
  return [
    ...(isWaiting ? [approval(troubles, facts)] : []),
    ...(isRefused ? [clusterAuthority(troubles, facts) ?? certificates(isWaiting)] : []),
    ...(better ? [otherOrder(better, facts)] : []),
    ...(reasons.includes('NoMatchingAddressType') && !better ? [anotherType(facts)] : []),
    ...(reasons.includes('KubeletCertUnknownCA') ? namedAuthority(facts) : []),
    ...reasons.flatMap((reason) => others[reason]?.(facts) ?? []),
    ...(isRefused && facts.spec.kubeletTls !== 'Insecure' ? [noVerification(facts)] : []),
  ];
}

/** A certificate that is refused for a reason that we do not know. */
function isOddlyRefused(troubles: Known[], { spec }: Facts): boolean {
  return (
    spec.kubeletTls !== 'Insecure' &&
    troubles.some(({ reason, detail }) => reason === 'ScrapeError' && detail?.includes('x509:'))
  );
}

function approval(troubles: Known[], { preflight }: Facts): WayOut {
  const nodes = troubles.find(({ reason }) => reason === 'KubeletServingCSRPending')?.nodes ?? [];
  const known = preflight?.requests;
  const requests = nodes.flatMap((node) => known?.get(node) ?? []);
  if (known !== undefined && requests.length === 0) return noRequest;
  const named = requests.slice(0, namesShown).join(' ') || 'NAME';
  return {
    text: `The kubelet has no serving certificate: approve its request (kubectl get csr; kubectl certificate approve ${named}).`,
    short: "approve the kubelets' requests for certificates",
  };
}

const noRequest: WayOut = {
  text: 'The kubelet has no serving certificate, and no request of it is pending (kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving): see that its configuration has serverTLSBootstrap: true, restart it, then approve its request (kubectl certificate approve NAME); where it makes none, its log says why (journalctl -u kubelet).',
  short: 'serverTLSBootstrap: true for the kubelets, and their requests approved',
};

/** Where the kubelets have its certificates already, and metrics-server is told to trust somebody else. */
function clusterAuthority(troubles: Known[], facts: Facts): WayOut | undefined {
  if (facts.spec.kubeletTls !== 'CustomCA') return undefined;
  const refused = troubles.filter(({ reason }) => reason.startsWith('KubeletCert'));
  const names = new Set(refused.flatMap(({ nodes }) => nodes));
  if (!nodesForClusterCA(facts).some(({ name }) => names.has(name))) return undefined;
  return {
    text: `Ways out, the best first: trust the cluster's CA, whose certificates the kubelets have: ${choiceOfClusterCA(facts)}.`,
    short: 'tls.kubelet.mode: ClusterCA, whose certificates the kubelets have',
  };
}

function certificates(isApprovalTold: boolean): WayOut {
  const approve = isApprovalTold
    ? 'then approve what it asks for in the same way'
    : 'then approve its request (kubectl get csr; kubectl certificate approve NAME)';
  return {
    text: `Ways out, the best first: let the kubelets have serving certificates of the cluster's CA: serverTLSBootstrap: true in each kubelet's configuration, restart it, ${approve}.`,
    short: "certificates of the cluster's CA for the kubelets",
  };
}

function otherOrder({ order, helps }: BetterOrder, facts: Facts): WayOut {
  const isName = !/IP$/.test(order[0] ?? '');
  const whom = firstOf(helps.map(({ name }) => name));
  return {
    text: `Or ask by other addresses, which mends ${whom}${isName ? ' if pods can resolve the names' : ''}: ${change(facts, { addressPriority: order })}.`,
    short: `addressPriority: [${order.join(', ')}]`,
  };
}

function anotherType(facts: Facts): WayOut {
  return {
    text: `Add a type that the nodes have to ${field(facts, 'addressPriority')} (kubectl get nodes -o wide).`,
    short: 'types in addressPriority that the nodes have',
  };
}

function namedAuthority(facts: Facts): WayOut[] {
  const { spec } = facts;
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
      const text = `Or, if that CA may be trusted, name it: ${choiceOfNamedCA(facts)}.`;
      return [{ text, short: 'tls.kubelet.mode: CustomCA, if that CA may be trusted' }];
    }
  }
}

function noVerification(facts: Facts): WayOut {
  const isNamed = facts.spec.tls?.kubelet?.caBundleRef !== undefined; // it goes with CustomCA only
  const kubelet = { mode: 'Insecure' as const, ...(isNamed && { caBundleRef: null }) };
  return {
    text: `Or do without verification: ${change(facts, { tls: { kubelet } })}; then nothing proves that it is the kubelet who answers, so whoever can take a node's address can forge its metrics and gets metrics-server's token.`,
    short: 'tls.kubelet.mode: Insecure, which verifies nothing',
  };
}

const others: Partial<Record<KubeletReason, (facts: Facts) => WayOut>> = {
  KubeletCertExpired: () => ({
    text: 'If its dates are right, a clock is wrong: compare that of the node with that of the node of metrics-server.',
    short: 'clocks that are right',
  }),
  KubeletUnauthorized: (facts) => ({
    text: `The kubelet does not take the token of metrics-server: set authentication.webhook.enabled: true in its configuration (--authentication-token-webhook) and restart it; or show it a client certificate (${field(facts, 'tls.kubelet.clientCertificateSecretRef')}).`,
    short: 'authentication.webhook.enabled: true for the kubelets',
  }),
  KubeletForbidden: forbidden,
  KubeletNotFound: portOfNode,
  KubeletPlainHTTP: portOfNode,
  KubeletRefused: refused,
  KubeletTimeout: late,
  KubeletNoRoute: () => ({
    text: 'Pods have no way to that address: see to the firewall of the node and the network of the cluster; with two families of addresses pods need that of the first InternalIP.',
    short: 'a way from pods to the addresses of the nodes',
  }),
  KubeletServerError: () => ({
    text: 'The kubelet cannot measure: its log on that node says why (journalctl -u kubelet), mostly in words of the container runtime.',
    short: 'kubelets that can measure',
  }),
  NodeMetricsZero: () => ({
    text: 'The kubelet has no figures of its node: its log on that node says why (journalctl -u kubelet); where it is only just up, they come by themselves.',
    short: 'kubelets that measure their nodes',
  }),
  NodeAddressUnresolvable: (facts) => {
    const order = ['InternalIP', ...facts.spec.addressPriority.filter((type) => type !== 'InternalIP')];
    return {
      text: `No DNS that pods ask knows that name: ask by addresses (${change(facts, { addressPriority: order })}), or have the DNS know the nodes.`,
      short: `addressPriority: [${order.join(', ')}]`,
    };
  },
  ServerlessNode: withoutServerless,
  WindowsNode: withoutWindows,
};

/** A kubelet says so when the account lacks the right, and also when it does not ask the API server about it. */
function forbidden(facts: Facts): WayOut {
  const { spec, mayScrape } = facts;
  const webhook =
    'the kubelet does not ask the API server who that is: set authentication.webhook.enabled: true and authorization.mode: Webhook in its configuration, and restart it';
  const byCertificate =
    'whom the client certificate names lacks the right: kubectl create clusterrolebinding NAME --clusterrole=system:metrics-server --user=NAME';
  const role = lackingRole(facts);
  const why =
    spec.tls?.kubelet?.clientCertificateSecretRef !== undefined
      ? byCertificate
      : mayScrape === undefined
        ? `either ${role}; or ${webhook}`
        : mayScrape
          ? `the API server grants it, so ${webhook}`
          : role;
  return {
    text: `metrics-server may not read there: ${why}.`,
    short: 'kubelets that let metrics-server read',
  };
}

function lackingRole(facts: Facts): string {
  const { name, spec, speaks, deployment } = facts;
  if (speaks !== 'flags')
    return `its account ${spec.namespace}/${name} may not get nodes/metrics, which ClusterRole system:${name} and its binding grant: ${kept(facts)}`;
  const account = `${spec.namespace}:${deployment?.spec?.template.spec?.serviceAccountName ?? 'default'}`;
  return `its account ${account} may not get nodes/metrics: kubectl create clusterrolebinding NAME --clusterrole=system:metrics-server --serviceaccount=${account}`;
}

const namesShown = 3;

/** The first names, and how many there are more. */
export function firstOf(names: string[], shown = namesShown): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `${names.slice(0, shown).join(', ')}${more}`;
}
