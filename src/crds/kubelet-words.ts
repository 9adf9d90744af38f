/** Why metrics-server cannot scrape a node: said by its log, or foreseen by a handshake. Each has ways out in health/ways-out.ts. */
export const kubeletWords = {
  KubeletCertNoIPSAN:
    'The certificate of a kubelet names no IP address, as one that it signed itself, and metrics-server asks by IP address. The message has the ways out.',
  KubeletCertWrongSAN:
    'The certificate of a kubelet is for other addresses than the one by which metrics-server asks. The message has the ways out.',
  KubeletCertUnknownCA:
    'The certificate of a kubelet comes from a CA that metrics-server does not trust. The message has the ways out.',
  KubeletCertExpired:
    'The certificate of a kubelet has expired, or is not valid yet. Have it renewed, and check the clock of the node.',
  KubeletCertLegacyCN:
    'The certificate of a kubelet has its name in the subject only, which nobody accepts any more. Have it made anew.',
  KubeletServingCSRPending:
    'A kubelet has no serving certificate yet: its request waits for somebody to approve it, or it has made none; the message says which, where that is known. No tls.kubelet.mode helps.',
  KubeletUnauthorized:
    'A kubelet does not take the token of metrics-server. Let it ask the API server: authentication.webhook.enabled: true in its configuration.',
  KubeletForbidden:
    'A kubelet does not let metrics-server read its metrics. Either the account may not get nodes/metrics, or the kubelet does not ask who it is; the message says which, where that is known.',
  KubeletNotFound:
    'Something answers at the address of a kubelet and has no /metrics/resource: another port than its own, or no kubelet. Take the port from the node (kubelet.useNodeStatusPort), or leave the node out.',
  KubeletServerError:
    'A kubelet cannot measure its containers. The fault is in the node: its kubelet and its container runtime say more.',
  KubeletTimeout:
    'A kubelet does not answer in time. Something on the way drops what is sent to its port, or it is too slow.',
  KubeletRefused: 'Nobody listens at the address of a kubelet: it is down, or it has another port.',
  KubeletNoRoute:
    'There is no way from the pod to a node. See to the network of the cluster, or its firewall.',
  KubeletPlainHTTP:
    'What answers at the address of a kubelet does not speak TLS: it is another port than its own. Take the port from the node (kubelet.useNodeStatusPort).',
  NodeAddressUnresolvable:
    'metrics-server asks for a node by name, and no DNS knows it. Put a type of address that is no name first in addressPriority.',
  NoMatchingAddressType: 'A node has no address of the types in addressPriority. Add one that it has.',
  ServerlessNode:
    'A node that is none: nothing can be scraped on Fargate and of a virtual kubelet. Leave it out with nodes.selector.',
  WindowsNode:
    'The kubelet of a Windows node cannot measure its containers. The fault is in the node; until it is mended, leave it out with nodes.selector.',
  NodeMetricsZero:
    'A kubelet answers without the figures of its node, or with zeros. The fault is in the node: its kubelet and its container runtime say more.',
  ScrapeError:
    'metrics-server has an error of a node that this operator does not know. The message has its words.',
} as const;

export type KubeletReason = keyof typeof kubeletWords;

export function isKubeletReason(reason: string): reason is KubeletReason {
  return reason in kubeletWords;
}
