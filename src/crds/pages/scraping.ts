import type { KubeletReason } from '../kubelet-words.ts';
import { nodeIsDark } from './impact.ts';
import { mended } from './kubelet-certificates.ts';
import { type Fault, type Page, patch, returns } from './page.ts';

const log = '`kubectl logs -n kube-system deployment/metrics-server`';

/** Whether nodes and pods are measured, but for the causes that lie with the kubelets. */
export const scraping: Record<Exclude<Fault<'Scraping'>, KubeletReason | 'NotMeasured'>, Page> = {
  NoNodes: {
    shows:
      '`kubectl top nodes` has nothing, and autoscalers say `no metrics returned from resource metrics API`. READY is False.',
    signs: [{ in: 'message', text: 'The cluster has no nodes.' }],
    causes: [
      '`spec.nodes.selector` leaves out every node.',
      'The cluster has none, or they have not joined yet.',
    ],
    steps: [
      'Compare the selector with the labels of the nodes: `kubectl get nodes --show-labels`.',
      `Scrape all of them: ${patch({ nodes: { selector: null } })}.`,
    ],
    mended,
  },
  NodesMissing: {
    shows: nodeIsDark,
    signs: [{ in: 'message', text: '<n> of <n> nodes have no sample: <names>. <cause>' }],
    causes: [
      'Nodes are not scraped, and the log of metrics-server has no cause that this operator knows, or it could not be read.',
    ],
    steps: [
      `Read it: ${log}. Lines with \`Failed to scrape node\` have the cause; the sections about kubelets have their words.`,
      'Let the operator read it: `kubectl apply --server-side -k config/default` has the right.',
    ],
    mended,
  },
  PodMetricsMissing: {
    shows:
      '`kubectl top nodes` has figures and `kubectl top pods` has none; autoscalers say `no metrics returned from resource metrics API`. READY is True with the reason PartlyScraped, for it is about nodes. metrics-server 0.9 does not even become ready while no pod at all is measured; with `--v=2` its log has `Metric storage is not ready, pod metrics are missing, this may indicate a container-runtime or kubelet issue`.',
    signs: [
      {
        in: 'message',
        text: 'Nodes are measured, but no pods: not even those of metrics-server on <nodes>. <where to look>',
      },
      {
        in: 'message',
        text: 'metrics-server runs and measures nodes, but no pods, without which it does not become ready. <where to look>',
      },
    ],
    causes: [
      'The kubelet has no figures of containers: cAdvisor does not know the container runtime.',
      'The cgroup driver or version of kubelet and container runtime do not fit.',
    ],
    steps: [
      'See what the kubelet has: `kubectl get --raw /api/v1/nodes/NODE/proxy/metrics/resource`. It has no lines `container_*` then.',
      'See to the container runtime and the cgroup driver of that node: `journalctl -u kubelet`.',
    ],
    mended: `\`kubectl top pods -n kube-system\` has figures. ${returns('Scraping')}`,
  },
  NodesStale: {
    shows:
      '`kubectl top node` shows old figures, and autoscalers go by them. READY is False where fewer nodes are fresh than `spec.health.minNodesScraped` asks for.',
    signs: [
      {
        in: 'message',
        text: '<n> of <n> nodes have no sample of the last three resolutions: <names>. <cause>',
      },
    ],
    causes: [
      'metrics-server hangs, or is short of CPU.',
      'Nodes that were scraped are not any more. The message has the cause where the log names it.',
    ],
    steps: [
      `Read its log: ${log}.`,
      `Give it more CPU: ${patch({ resources: { mode: 'Fixed', requests: { cpu: '200m', memory: '400Mi' }, limitMemory: null } })}, with figures for your cluster: upstream's formula begins with 100m and 200Mi for 100 nodes.`,
    ],
    mended,
  },
};
