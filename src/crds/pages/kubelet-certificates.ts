import type { KubeletReason } from '../kubelet-words.ts';
import { nodeIsDark } from './impact.ts';
import { type Page, patch, returns } from './page.ts';

export const mended = `${returns('Scraping')} NODES in \`kubectl get msc\` counts every node.`;

/** A line of metrics-server's log, in the text format of klog. */
export function failing(error: string, host = '10.0.0.5'): string {
  const err = error.replaceAll('"', '\\"');
  return `E0511 21:57:06.607078       1 scraper.go:140] "Failed to scrape node" err="Get \\"https://${host}:10250/metrics/resource\\": ${err}" node="node-a"`;
}

const x509 = (error: string, host?: string) =>
  failing(`tls: failed to verify certificate: x509: ${error}`, host);

const bootstrap =
  "Let the kubelets have serving certificates of the cluster's CA: `serverTLSBootstrap: true` in the configuration of each kubelet, restart it, then approve its request (`kubectl get csr`; `kubectl certificate approve NAME`). An approver, such as alex1989hu/kubelet-serving-cert-approver, goes on doing so.";
const insecure = `At last, where nothing else is possible, do without verification: ${patch({ tls: { kubelet: { mode: 'Insecure', caBundleRef: null } } })}. Then nothing proves that it is the kubelet who answers, so whoever can take a node's address can forge its metrics and gets metrics-server's token. \`spec.tls.kubelet.acceptInsecureUntil\` gives that an end.`;
const shows = `${nodeIsDark} \`status.preflight\` mostly foretells it.`;
const byName = patch({
  addressPriority: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalIP', 'ExternalDNS'],
});

type Topic = Extract<KubeletReason, `KubeletCert${string}` | 'KubeletServingCSRPending'>;

/** Kubelets whose certificate metrics-server refuses, or that have none. */
export const kubeletCertificates: Record<Topic, Page> = {
  KubeletCertNoIPSAN: {
    shows,
    signs: [
      {
        in: 'log',
        text: x509("cannot validate certificate for 10.0.0.5 because it doesn't contain any IP SANs"),
      },
    ],
    causes: [
      'The kubelet has signed its certificate itself, which it does without `serverTLSBootstrap`; that names the host only.',
      'The certificate was made by hand, without IP addresses.',
    ],
    steps: [
      bootstrap,
      `Or, where the certificates name the hosts, pods can resolve those names, and the CA is known: ask by name: ${byName}.`,
      insecure,
    ],
    mended,
  },
  KubeletCertWrongSAN: {
    shows,
    signs: [
      { in: 'log', text: x509('certificate is valid for 127.0.0.1, not 10.0.0.5') },
      { in: 'log', text: x509('certificate is valid for 120 names, but none matched node-a', 'node-a') },
      {
        in: 'log',
        text: x509('certificate is not valid for any names, but wanted to match node-a', 'node-a'),
      },
    ],
    causes: [
      'The certificate names other addresses of the node than the first one of `spec.addressPriority` that it has.',
      'The address of the node has changed since the certificate was made.',
      'The node is of Fargate: its kubelet names 127.0.0.1 only.',
    ],
    steps: [
      bootstrap,
      `Or ask by an address that the certificate names, which the line lists; such as by host name, if pods can resolve it: ${byName}.`,
      insecure,
    ],
    mended,
  },
  KubeletCertUnknownCA: {
    shows,
    signs: [{ in: 'log', text: x509('certificate signed by unknown authority') }],
    causes: [
      'The kubelet has signed its certificate itself, which it does without `serverTLSBootstrap`.',
      "The kubelets have certificates of another CA than the cluster's.",
      '`spec.tls.kubelet.mode` is CustomCA, and the bundle is not that of the kubelets.',
    ],
    steps: [
      bootstrap,
      `Or, if their CA may be trusted, name it: \`kubectl create configmap kubelet-ca -n kube-system --from-file=ca.crt=FILE\`; ${patch({ tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelet-ca' } } } })}. The operator must be allowed to read it: \`config/rbac/given.yaml\`.`,
      `With CustomCA: add the CA to the object in \`spec.tls.kubelet.caBundleRef\`; or, where the kubelets have certificates of the cluster's CA, ${patch({ tls: { kubelet: { mode: 'ClusterCA', caBundleRef: null } } })}.`,
      insecure,
    ],
    mended,
  },
  KubeletCertExpired: {
    shows,
    signs: [
      {
        in: 'log',
        text: x509(
          'certificate has expired or is not yet valid: current time 2026-05-11T21:57:06Z is after 2026-05-01T00:00:00Z',
        ),
      },
    ],
    causes: [
      'The kubelet does not renew its certificate, or nobody approves its request.',
      'The clock of the node is wrong, or that of the node of metrics-server.',
    ],
    steps: [
      'See to the clocks: `date` on both nodes, and whether NTP runs.',
      'See whether a request waits, and approve it: `kubectl get csr`; `kubectl certificate approve NAME`.',
      `Where the kubelet asks for none: ${bootstrap}`,
      insecure,
    ],
    mended,
  },
  KubeletCertLegacyCN: {
    shows,
    signs: [
      { in: 'log', text: x509('certificate relies on legacy Common Name field, use SANs instead', 'node-a') },
    ],
    causes: ['The certificate was made by hand or by an old tool, with the name in its subject only.'],
    steps: [
      bootstrap,
      'Or have the certificate made anew by whoever made it, with the addresses of the node as subject alternative names.',
      insecure,
    ],
    mended,
  },
  KubeletServingCSRPending: {
    shows: `${shows} The log of the kubelet has \`no serving certificate available for the kubelet\`.`,
    signs: [{ in: 'log', text: failing('remote error: tls: internal error') }],
    causes: [
      '`serverTLSBootstrap` is on, and nobody approves the requests of the kubelets: Kubernetes does not do so by itself.',
      'The kubelet has no certificate and asks for none: `serverTLSBootstrap` is off, or its request was refused.',
    ],
    steps: [
      'Approve them: `kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving`; `kubectl certificate approve NAME`. Such requests are of the signer kubernetes.io/kubelet-serving.',
      'Install an approver, such as alex1989hu/kubelet-serving-cert-approver, for those to come.',
      'Where no request of the kubelet is pending: see that `serverTLSBootstrap: true` is in its configuration, and restart it; where it makes none, its log says why (`journalctl -u kubelet`).',
      'No `spec.tls.kubelet.mode` helps, for the kubelet has nothing to show.',
    ],
    mended,
  },
};
