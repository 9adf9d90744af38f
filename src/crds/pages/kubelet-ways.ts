import type { KubeletReason } from '../kubelet-words.ts';
import { nodeIsDark } from './impact.ts';
import type { kubeletAnswers } from './kubelet-answers.ts';
import { failing, type kubeletCertificates, mended } from './kubelet-certificates.ts';
import { type Page, patch } from './page.ts';

const shows = nodeIsDark;
const byAddress = patch({
  addressPriority: ['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'],
});

type Topic = Exclude<KubeletReason, keyof typeof kubeletAnswers | keyof typeof kubeletCertificates>;

/** Kubelets that are not reached. */
export const kubeletWays: Record<Topic, Page> = {
  KubeletTimeout: {
    shows,
    signs: [
      { in: 'log', text: failing('context deadline exceeded') },
      { in: 'log', text: failing('dial tcp 10.0.0.5:10250: i/o timeout') },
      { in: 'log', text: failing('net/http: TLS handshake timeout') },
      {
        in: 'log',
        text: 'E0511 21:57:06.607078       1 scraper.go:147] "Failed to scrape node, timeout to access kubelet" node="node-a" timeout="10s"',
      },
    ],
    causes: [
      'A firewall, a security group or a NetworkPolicy closes port 10250 from pods to nodes.',
      'The network of the pods overlaps with that of the nodes, such as 192.168.0.0/16 of Calico.',
      'The kubelet is too slow, or the node overloaded.',
    ],
    steps: [
      'Open port 10250 from pods to nodes, in firewalls, security groups and network policies.',
      `Where pods have no way to nodes, let metrics-server use the network of its node: ${patch({ scheduling: { hostNetwork: true }, servingPort: 10251 })}.`,
      `Only where kubelets are known to be slow, give them more time: ${patch({ resolution: '30s', kubelet: { requestTimeout: '25s' } })}.`,
    ],
    mended,
  },
  KubeletRefused: {
    shows,
    signs: [{ in: 'log', text: failing('dial tcp 10.0.0.5:10250: connect: connection refused') }],
    causes: [
      'The kubelet is down, or restarts.',
      'It listens at another port, or at another address of the node.',
      'metrics-server itself has port 10250 on the network of its node, or on Fargate.',
    ],
    steps: [
      'See on the node whether its kubelet runs: `systemctl status kubelet`.',
      `Take the port from the node: ${patch({ kubelet: { useNodeStatusPort: true, port: null } })}.`,
      `Where metrics-server shares the network of the node, give it another port: ${patch({ servingPort: 10251 })}.`,
    ],
    mended,
  },
  KubeletNoRoute: {
    shows,
    signs: [
      { in: 'log', text: failing('dial tcp 10.0.0.5:10250: connect: no route to host') },
      { in: 'log', text: failing('dial tcp [fd00::5]:10250: connect: network is unreachable', '[fd00::5]') },
    ],
    causes: [
      'The firewall of the node (firewalld) rejects what pods send.',
      'The network plugin has no route to the node.',
      'The first InternalIP of the node is of a family of addresses, IPv4 or IPv6, that pods do not have. metrics-server takes the first address and does not fall back.',
    ],
    steps: [
      'See to the firewall of the node and to the network plugin: port 10250 has to be open from pods.',
      'With two families of addresses: give pods that of the first InternalIP, or let the nodes name the other one first (`kubectl get nodes -o wide`).',
    ],
    mended,
  },
  NodeAddressUnresolvable: {
    shows,
    signs: [
      { in: 'log', text: failing('dial tcp: lookup node-a on 10.96.0.10:53: no such host', 'node-a') },
      { in: 'log', text: failing('dial tcp: lookup node-a: server misbehaving', 'node-a') },
    ],
    causes: [
      'The first type in `spec.addressPriority` that the nodes have is a name, and the DNS of the cluster does not know the nodes.',
    ],
    steps: [`Ask by addresses: ${byAddress}.`, 'Or have the DNS that pods ask know the names of the nodes.'],
    mended,
  },
  NoMatchingAddressType: {
    shows: `${shows} \`status.preflight\` foretells it.`,
    signs: [
      {
        in: 'log',
        text: 'E0511 21:57:06.607078       1 scraper.go:140] "Failed to scrape node" err="no address matched types [ExternalIP]" node="node-a"',
      },
    ],
    causes: ['`spec.addressPriority` lists no type of address that the node has.'],
    steps: [
      'See which it has: `kubectl get node NAME -o jsonpath={.status.addresses}`.',
      `Take all types, as by default: ${byAddress}.`,
    ],
    mended,
  },
};
