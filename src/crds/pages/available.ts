import type { KubeletReason } from '../kubelet-words.ts';
import type { StartReason } from '../start-words.ts';
import type { creation } from './creation.ts';
import { noPod, servesOn } from './impact.ts';
import { type Fault, gone, type Page, patch, returns } from './page.ts';

type Topic = Exclude<
  Fault<'Available'>,
  KubeletReason | StartReason | keyof typeof creation | 'PodMetricsMissing'
>;

/** Pods that do not come up, but for what is said of their containers, and by kubelets. */
export const available: Record<Topic, Page> = {
  RolloutBlocked: {
    shows: `READY is True with this reason. ${servesOn}`,
    signs: [{ in: 'message', text: '…, others do not come up. <cause>' }],
    causes: [
      'A change leads to pods that do not become ready, or a further replica does not. The message has the cause.',
    ],
    steps: [
      'See to the cause in the message: it has the words of one of the reasons below.',
      'Or take the change back (`kubectl edit msc metrics-server`). Where `spec.upgrade.onFailure` is not Report, the operator does so by itself when it is clear that the change fails.',
    ],
    mended: gone('Available'),
  },
  RolloutStuck: {
    shows: `While old pods serve, READY is True with this reason. ${servesOn} Else: ${noPod}`,
    signs: [
      {
        in: 'message',
        text: 'The change has not come up within <seconds> s, and nobody says why: kubectl describe -n <namespace> deployment/<name>, and its pods.',
      },
    ],
    causes: [
      'The Deployment has the condition Progressing False, ProgressDeadlineExceeded, and no pod says what it waits for: an admission webhook, a node that does not start it, a finalizer that holds an old pod.',
    ],
    steps: [
      'See what the Deployment and its pods wait for: `kubectl describe deployment,replicaset,pod -n kube-system -l k8s-app=metrics-server`.',
      'Or take the change back: `kubectl edit msc metrics-server`.',
    ],
    mended: gone('Available'),
  },
  OutOfSight: {
    shows:
      'With `spec.mode` Observe, or where a config is refused because others serve the metrics API. READY goes by the answers of the metrics API alone; causes are not known.',
    signs: [{ in: 'message', text: 'What serves the metrics API cannot be seen: <why>.' }],
    causes: [
      'The operator may not list the Service, the Deployment or the pods.',
      'metrics-server runs where nobody sees it, such as in a managed control plane.',
      'The APIService leads to no Deployment, to several, or to one that is no metrics-server.',
    ],
    steps: [
      'Where the message names a right: apply `config/rbac/observe.yaml`, with the namespace that the message names; with the chart: put it into `observe`.',
      'Where it is out of sight for good, nothing is to be done: with `spec.mode` Observe this does not count against Ready.',
    ],
    mended: gone('Available'),
  },
  NotMeasured: {
    shows:
      'In Available there is no Deployment yet, or none that is ours. In Scraping the metrics API does not answer: who asks for metrics gets none. In Secure no pod is ready.',
    signs: [
      { in: 'message', text: 'There is no Deployment yet.' },
      { in: 'message', text: 'The metrics API has not answered yet.' },
      { in: 'message', text: 'No pod is ready.' },
    ],
    causes: [
      'It only follows from another condition.',
      'The operator lacks the right to look: then Applied is Forbidden.',
    ],
    steps: [
      'See to the first condition that is False, in the order Accepted, Applied, Available, Serving. Ready names it.',
    ],
    mended: returns('Ready'),
  },
  Starting: {
    shows: noPod,
    signs: [
      {
        in: 'message',
        text: 'The pods are starting; metrics-server is ready about one resolution after its start.',
      },
    ],
    causes: [
      'The pods were started just now. metrics-server needs two scrapes before it is ready. That is no fault.',
    ],
    steps: ['Wait for two resolutions and 20 s: 50 s with the default.'],
    mended: returns('Available'),
  },
  NoMetricsYet: {
    shows: `${noPod} The pod is Running with 0 of 1 containers ready, for its readiness probe fails with 500: \`[-]metric-storage-ready failed\`.`,
    signs: [
      {
        in: 'message',
        text: 'metrics-server runs, but has no metrics to serve, so it is not ready. <where to look>',
      },
    ],
    causes: [
      'No node was scraped, and why is not known: the log could not be read, or says nothing.',
      'metrics-server 0.9 is ready only when it has measured a pod, too, and the kubelets have no figures of containers: see [PodMetricsMissing](#podmetricsmissing).',
    ],
    steps: [
      'Read the log: `kubectl logs -n kube-system deployment/metrics-server`. Lines with `Failed to scrape node` have the cause; the sections about kubelets have their words.',
      `Have it say more: ${patch({ logging: { verbosity: 2 } })}. It then says whether kubelets have no figures of nodes or of pods.`,
      'Let the operator read it, so that it can name the cause: `kubectl apply --server-side -k config/default` has the right.',
    ],
    mended: returns('Available'),
  },
  NodeNotReady: {
    shows: `As the reason of Available: ${noPod} In \`status.problems\`: there are no metrics of that node; it does not count until it is ready.`,
    signs: [
      {
        in: 'message',
        text: 'Node <name>, on which a pod of metrics-server runs, is not ready; Kubernetes replaces the pod after about five minutes.…',
      },
    ],
    causes: ['The node is down, cut off, or starts or ends just now.'],
    steps: [
      'See to the node: `kubectl describe node NAME`.',
      `Two replicas bridge the loss of one: ${patch({ availability: { replicas: 2 } })}.`,
    ],
    mended: `\`kubectl get nodes\` shows it Ready. ${returns('Available')}`,
  },
  RolloutPaused: {
    shows: noPod,
    signs: [
      {
        in: 'message',
        text: 'Its rollout is paused: kubectl rollout resume -n <namespace> deployment/<name>.',
      },
    ],
    causes: ['Somebody has paused the Deployment (`kubectl rollout pause`), so that no change reaches pods.'],
    steps: ['Resume it: `kubectl rollout resume -n kube-system deployment/metrics-server`.'],
    mended: returns('Available'),
  },
  NoReplicas: {
    shows: noPod,
    signs: [{ in: 'message', text: 'The Deployment is scaled to zero: <how it is scaled up>.' }],
    causes: [
      'Somebody has scaled the Deployment to zero, and `spec.mode` is Paused, so that nothing is set right.',
    ],
    steps: [
      `Let the operator keep it: ${patch({ mode: 'Manage' })}.`,
      'Or scale it up: `kubectl scale -n kube-system deployment/metrics-server --replicas=1`.',
    ],
    mended: returns('Available'),
  },
  Unresponsive: {
    shows: noPod,
    signs: [
      {
        in: 'message',
        text: 'metrics-server was ready until <time>, and since then its probe /readyz fails: it hangs or is short of CPU…',
      },
    ],
    causes: [
      'The container is short of CPU.',
      'metrics-server hangs. The kubelet restarts it when `/livez` fails, too.',
    ],
    steps: [
      `Give it more CPU: ${patch({ resources: { mode: 'Fixed', requests: { cpu: '200m', memory: '400Mi' }, limitMemory: null } })}, with figures for your cluster: upstream's formula begins with 100m and 200Mi for 100 nodes.`,
      'Read its log: `kubectl logs -n kube-system deployment/metrics-server`.',
    ],
    mended: returns('Available'),
  },
  ImagePullFailed: {
    shows: `${noPod} Where an entry of \`spec.image.mirrors\` fails and another serves, \`status.image\` says so and this reason is not given.`,
    signs: [
      {
        in: 'waiting',
        text: 'ErrImagePull: failed to resolve reference "registry.k8s.io/metrics-server/metrics-server:v0.9.0": dial tcp 34.96.108.209:443: i/o timeout',
      },
      { in: 'waiting', text: 'ImagePullBackOff: not found' },
    ],
    causes: [
      'The nodes cannot reach the registry.',
      'The registry limits how often one may pull.',
      'The mirror has another path, or not that tag.',
      'The registry wants credentials.',
    ],
    steps: [
      `Name a mirror that the nodes can reach: ${patch({ image: { mirrors: ['registry.example.com/metrics-server/metrics-server'] } })}, with yours. It is the whole repository; no path is appended.`,
      `Where the registry wants credentials: \`kubectl create secret docker-registry registry-credentials -n kube-system --docker-server=SERVER --docker-username=USER --docker-password=PASSWORD\`; ${patch({ image: { pullSecrets: [{ name: 'registry-credentials' }] } })}. The name must be in \`secretNames\` of the chart, or of \`config/policy/deployments.yaml\`; Applied says so where it is not.`,
      'Where the node says `not found`: see `spec.version`, `spec.image.tag`, `spec.image.digest` and the path of the repository.',
    ],
    mended: `${returns('Available')} \`status.image\` says which place serves.`,
  },
  Unschedulable: {
    shows: noPod,
    signs: [
      {
        in: 'scheduler',
        text: "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't have free ports for the requested pod ports.",
      },
      { in: 'scheduler', text: '0/2 nodes are available: 2 Insufficient memory.' },
    ],
    causes: [
      "`didn't have free ports`: with `spec.scheduling.hostNetwork` another pod of the node has the port.",
      "`didn't match pod anti-affinity rules`: there are more replicas than nodes for them.",
      '`Insufficient cpu` or `Insufficient memory`: no node has room for the requests.',
      '`untolerated taint`: every node that would do repels the pod.',
    ],
    steps: [
      `Free ports: choose another one, such as ${patch({ servingPort: 4443 })}.`,
      `Anti-affinity: ask for fewer replicas, such as ${patch({ availability: { replicas: 1 } })}, or add nodes.`,
      'Resources: add nodes, or ask for less in `spec.resources`.',
      `Taints: tolerate them, such as ${patch({ scheduling: { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }] } })}.`,
    ],
    mended: returns('Available'),
  },
  PodRejected: {
    shows: noPod,
    signs: [
      {
        in: 'rejection',
        text: 'pods "metrics-server-7d4c5f8b9-" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)',
      },
      { in: 'rejection', text: 'pods "metrics-server-7d4c5f8b9-x" is forbidden: exceeded quota: compute' },
      {
        in: 'rejection',
        text: 'pods "metrics-server-7d4c5f8b9-" is forbidden: no PriorityClass with name critical was found',
      },
    ],
    causes: [
      'The namespace does not allow what the pod asks for: `spec.scheduling.hostNetwork` needs the level privileged of Pod Security.',
      'A quota of the namespace is used up.',
      'The PriorityClass that the spec names does not exist.',
    ],
    steps: [
      'Pod Security: take back what the message names in the spec; or allow it: `kubectl label namespace NAME pod-security.kubernetes.io/enforce=privileged --overwrite`.',
      'Quota: raise it, or ask for less in `spec.resources`.',
      'PriorityClass: name one that exists (`kubectl get priorityclasses`), or make it.',
    ],
    mended: returns('Available'),
  },
};
