import type { KubeletReason } from '../crds/kubelet-words.ts';
import type { Facts, NodeFacts } from './facts.ts';

/** Nodes that cannot be scraped for the same reason. */
export interface Trouble {
  reason: KubeletReason;
  nodes: string[];
  /** What is the case with the first of them. */
  detail: string;
}

// The words of metrics-server, and those of Go in them. The narrow ones come first: a name that cannot be looked up in time is no slow kubelet.
const signatures: [RegExp, KubeletReason][] = [
  [/x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/, 'KubeletCertNoIPSAN'],
  [/x509: certificate is (valid for|not valid for any names)/, 'KubeletCertWrongSAN'],
  [/x509: certificate signed by unknown authority/, 'KubeletCertUnknownCA'],
  [/x509: certificate has expired or is not yet valid/, 'KubeletCertExpired'],
  [/x509: certificate relies on legacy Common Name field/, 'KubeletCertLegacyCN'],
  [/remote error: tls: internal error/, 'KubeletServingCSRPending'],
  [/^Failed getting complete node metric/, 'NodeMetricsZero'],
  [/no address matched types \[/, 'NoMatchingAddressType'],
  [/\blookup \S+(?: on \S+)?: /, 'NodeAddressUnresolvable'],
  [/server gave HTTP response to HTTPS client/, 'KubeletPlainHTTP'],
  [/(status: |failed - )"401 /, 'KubeletUnauthorized'],
  [/(status: |failed - )"403 /, 'KubeletForbidden'],
  [/(status: |failed - )"404 /, 'KubeletNotFound'],
  [/(status: |failed - )"5\d\d /, 'KubeletServerError'],
  [/connect: connection refused/, 'KubeletRefused'],
  [/connect: no route to host|network is unreachable/, 'KubeletNoRoute'],
  [
    /context deadline exceeded|i\/o timeout|TLS handshake timeout|Client\.Timeout|^timeout$/,
    'KubeletTimeout',
  ],
];

/** Why a node is not scraped, by what it is and what metrics-server says of it. */
export function reasonOf(error: string, { spec }: Pick<Facts, 'spec'>, node?: NodeFacts): KubeletReason {
  if (node !== undefined && isServerless(node)) return 'ServerlessNode';
  const [, reason = 'ScrapeError'] = signatures.find(([signature]) => signature.test(error)) ?? [];
  if (reason === 'KubeletServerError' && node !== undefined && isWindows(node)) return 'WindowsNode';
  // Without verification it comes from a pod that is being replaced.
  const isOfOldPod = spec.kubeletTls === 'Insecure' && reason.startsWith('KubeletCert');
  return isOfOldPod ? 'ScrapeError' : reason;
}

/** By which nodes that are none are known: a label, and what it says. */
export const fargateLabel = 'eks.amazonaws.com/compute-type';
export const serverless = { [fargateLabel]: 'fargate', type: 'virtual-kubelet' } as const;

function isServerless(node: NodeFacts): boolean {
  return (
    isOnlyNamedFargate(node) || Object.entries(serverless).some(([key, value]) => node.labels[key] === value)
  );
}

/** Whether a node has the name of those of Fargate and lacks their label, so that no selector leaves it out. */
export function isOnlyNamedFargate({ name, labels }: NodeFacts): boolean {
  return name.startsWith('fargate-ip-') && labels[fargateLabel] === undefined;
}

export const osLabel = 'kubernetes.io/os';

function isWindows({ labels }: NodeFacts): boolean {
  return labels[osLabel] === 'windows';
}
