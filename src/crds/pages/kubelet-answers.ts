import type { KubeletReason } from '../kubelet-words.ts';
import { nodeIsDark } from './impact.ts';
import { failing, mended } from './kubelet-certificates.ts';
import { type Page, patch } from './page.ts';

const shows = nodeIsDark;

/** With the status of HTTP that a kubelet answers. */
function status(status: string): string {
  return `E0511 21:57:06.607078       1 scraper.go:140] "Failed to scrape node" err="request failed, status: \\"${status}\\"" node="node-a"`;
}

const portOfNode = `Take the port from the node: ${patch({ kubelet: { useNodeStatusPort: true, port: null } })}.`;
const leaveOut = (key: string, value: string) =>
  patch({ nodes: { selector: { matchExpressions: [{ key, operator: 'NotIn', values: [value] }] } } });
const kubeletLog = 'Read the log of the kubelet on that node: `journalctl -u kubelet`.';

type Topic = Extract<
  KubeletReason,
  | 'KubeletUnauthorized'
  | 'KubeletForbidden'
  | 'KubeletNotFound'
  | 'KubeletServerError'
  | 'KubeletPlainHTTP'
  | 'ServerlessNode'
  | 'WindowsNode'
  | 'NodeMetricsZero'
  | 'ScrapeError'
>;

/** Kubelets that answer, but not with metrics. */
export const kubeletAnswers: Record<Topic, Page> = {
  KubeletUnauthorized: {
    shows,
    signs: [{ in: 'log', text: status('401 Unauthorized') }],
    causes: [
      'The kubelet does not ask the API server who the token belongs to: `authentication.webhook.enabled` is false.',
      'The API server does not take the token, for its issuer of ServiceAccounts or, on EKS with Windows nodes, aws-auth is not right.',
    ],
    steps: [
      'Set `authentication.webhook.enabled: true` in the configuration of each kubelet (`--authentication-token-webhook`), and restart it.',
      `Or show the kubelets a client certificate of a CA that they trust: \`kubectl create secret tls kubelet-client -n kube-system --cert=FILE --key=FILE\`; ${patch({ tls: { kubelet: { clientCertificateSecretRef: { name: 'kubelet-client' } } } })}. The operator must be allowed to read it: \`config/rbac/given.yaml\`.`,
    ],
    mended,
  },
  KubeletForbidden: {
    shows,
    signs: [{ in: 'log', text: status('403 Forbidden') }],
    causes: [
      'The account of metrics-server may not get nodes/metrics: its ClusterRole or the binding is missing or wrong.',
      'The kubelet does not ask who it is (`authentication.webhook.enabled` is false) and takes it for system:anonymous.',
      'With `spec.tls.kubelet.clientCertificateSecretRef`: the user that the certificate names lacks the right.',
    ],
    steps: [
      'Ask the API server which it is: `kubectl auth can-i get nodes --subresource=metrics --as=system:serviceaccount:kube-system:metrics-server`. The message says so, too, where that is known.',
      "Where it says no: ClusterRole system:metrics-server and its binding are the operator's to mend; see Applied.",
      'Where it says yes: set `authentication.webhook.enabled: true` and `authorization.mode: Webhook` in the configuration of each kubelet, and restart it.',
      'With a client certificate: `kubectl create clusterrolebinding NAME --clusterrole=system:metrics-server --user=NAME`, with the user that it names.',
    ],
    mended,
  },
  KubeletNotFound: {
    shows,
    signs: [{ in: 'log', text: status('404 Not Found') }],
    causes: [
      'Another port than that of the kubelet, such as 10255.',
      'What answers is no kubelet, such as a virtual kubelet without /metrics/resource.',
      'The Kubernetes of the node is older than what this metrics-server needs.',
    ],
    steps: [
      portOfNode,
      'See what the node says of its port: `kubectl get node NAME -o jsonpath={.status.daemonEndpoints}`.',
      'Where what answers has its metrics at another path, name it: `kubectl annotate node NAME metrics.k8s.io/resource-metrics-path=PATH` (since metrics-server 0.7).',
      `Where the node has no kubelet, leave it out, such as with ${leaveOut('type', 'virtual-kubelet')}.`,
    ],
    mended,
  },
  KubeletServerError: {
    shows,
    signs: [{ in: 'log', text: status('500 Internal Server Error') }],
    causes: ['The container runtime of the node, or cAdvisor in the kubelet, gives no figures.'],
    steps: [kubeletLog, 'See to the container runtime of the node. Nothing in the spec mends that.'],
    mended,
  },
  KubeletPlainHTTP: {
    shows,
    signs: [{ in: 'log', text: failing('http: server gave HTTP response to HTTPS client') }],
    causes: ['Another port than that of the kubelet.'],
    steps: [
      portOfNode,
      'See what the node says of its port: `kubectl get node NAME -o jsonpath={.status.daemonEndpoints}`.',
    ],
    mended,
  },
  ServerlessNode: {
    shows,
    signs: [
      {
        in: 'log',
        text: failing('dial tcp 10.0.0.5:10250: i/o timeout'),
        labels: { 'eks.amazonaws.com/compute-type': 'fargate' },
      },
      {
        in: 'log',
        text: status('404 Not Found'),
        labels: { type: 'virtual-kubelet' },
      },
    ],
    causes: [
      'The node stands for a service without servers: Fargate, or a virtual kubelet. Whatever it says, this is the cause.',
    ],
    steps: [
      'Where a node of Fargate (`fargate-ip-…`) lacks its label, so that no selector knows it: `kubectl label node NAME eks.amazonaws.com/compute-type=fargate`.',
      `Leave such nodes out: ${leaveOut('eks.amazonaws.com/compute-type', 'fargate')}, or ${leaveOut('type', 'virtual-kubelet')}.`,
    ],
    mended: `${mended} Nodes that are left out are counted as excluded.`,
  },
  WindowsNode: {
    shows,
    signs: [
      { in: 'log', text: status('500 Internal Server Error'), labels: { 'kubernetes.io/os': 'windows' } },
    ],
    causes: [
      'The kubelet of the Windows node gets no figures from its host compute service; its log then has `hcsshim::OpenComputeSystem`.',
    ],
    steps: [
      'Read the log of the kubelet on that node, and see to the node.',
      `Until it is mended, leave such nodes out: ${leaveOut('kubernetes.io/os', 'windows')}.`,
    ],
    mended,
  },
  NodeMetricsZero: {
    shows,
    signs: [
      {
        in: 'log',
        text: 'I0511 21:57:06.607078       1 decode.go:90] "Failed getting complete node metric" node="node-a" metric={"StartTime":"2026-05-11T21:57:06Z","Timestamp":"0001-01-01T00:00:00Z","CumulativeCPUUsed":0,"MemoryUsage":0}',
      },
    ],
    causes: [
      'The kubelet has only just started, and has measured nothing yet.',
      'The kubelet cannot measure its node: its container runtime or its cgroups are not as it expects.',
    ],
    steps: [
      kubeletLog,
      `metrics-server tells of it only with more of its log: ${patch({ logging: { verbosity: 1 } })}.`,
    ],
    mended,
  },
  ScrapeError: {
    shows,
    signs: [{ in: 'log', text: failing('EOF') }],
    causes: ['metrics-server has an error that this operator does not know. The message has its words.'],
    steps: [
      'Read the log of metrics-server: `kubectl logs -n kube-system deployment/metrics-server`.',
      kubeletLog,
    ],
    mended,
  },
};
