import { kubeletWords } from './kubelet-words.ts';
import { startWords } from './start-words.ts';

/**
 * Every condition and every reason that the status may carry, and what it means. A new reason is an API change:
 * add the word here, say what the user should do, give it a page (pages/, or a place among the
 * harmless ones there), then `npm run generate`.
 */
export const words = {
  Accepted: {
    Valid: 'The spec can be carried out.',
    InvalidSpec:
      'The stored spec breaks a rule of this release of the operator. Correct the field that the message names.',
    UnknownVersion:
      'This operator does not know that release of metrics-server. Choose one that the message names, or update the operator.',
    UnsupportedKubernetes:
      "That release of metrics-server is not made for the cluster's Kubernetes. Choose one of the lines that the message names.",
    UnsupportedFlag:
      'That release of metrics-server lacks a flag that the spec asks for. Leave the field out, or choose another release.',
    LegacyRelease:
      'Releases before 0.6 read all ConfigMaps and Namespaces; they are deployed only where the operator was started for it.',
    Deleting:
      'The config is being deleted and the metrics API is withdrawn; the message names the finalizers that still hold it.',
    Superseded:
      'Another, usually older MetricsServerConfig owns the metrics API, of which a cluster has one. Delete one of the two.',
    ForeignObject:
      'An object of a name that this config needs belongs to someone else. The message says whose it is and how it is handed over: mostly by spec.adoption: IfExists.',
  },
  Applied: {
    Applied: 'Every object is as the spec wants it.',
    AwaitingTrust:
      'Pods that show another certificate follow as soon as the API server trusts it: about ten seconds.',
    RotatingCertificate:
      'The certificate that metrics-server shows is being replaced: old and new are trusted until every pod shows the new one. It takes about a minute, and no request fails.',
    RolledBack:
      'A change led to pods that do not become ready, or that scrape fewer nodes; the last good ones run again. Change the spec, or the certificates that it names for the kubelets, or ask for another attempt as the message says.',
    RolloutFailed:
      'A change leads to pods that do not become ready, or that scrape fewer nodes, and upgrade.onFailure is Report: nothing is done about it.',
    Adopting:
      'A metrics-server that was there before is being taken over (spec.adoption: IfExists). It serves until the new pods are ready and asked; then it is removed.',
    Observing:
      'mode is Observe: nothing is changed; what serves the metrics API is reported on, whosever it is.',
    Paused: 'mode is Paused: nothing is changed, but certificates are renewed.',
    NotAccepted: 'Nothing is applied, because the spec is not accepted.',
    Forbidden: 'The operator lacks a right. Grant it: see config/rbac.',
    NamespaceMissing: 'spec.namespace does not exist. Create it.',
    NamespaceTerminating:
      'spec.namespace is being deleted; the metrics API is withdrawn first. Create it again, or delete the config.',
    DriftContested:
      'Someone else keeps changing a field that the operator sets, or installing again what it has taken over. The message names object, field and writer; stop it there.',
    Overtaken:
      'An object is written so often by someone else that the operator does not get a word in. The message names both.',
    WaitingForCleanup: 'Objects of a deleted config of the same name are still being removed.',
    CertificateMissing: 'The Secret in tls.serving.secretRef does not exist. Make it.',
    CertificateInvalid:
      'The certificate for metrics-server is not good, so it is not used; what was shown before is shown on. The message says what is wrong with it.',
    CertificatePending: 'cert-manager has been asked for a certificate just now.',
    CertificateNotReady:
      'cert-manager does not issue the certificate. The message has its reason; see kubectl describe certificate.',
    CertManagerMissing: 'tls.serving.mode is CertManager, and cert-manager is not installed.',
    KubeletCAMissing:
      'The object or key in tls.kubelet.caBundleRef does not exist. Make it; until then the kubelets are verified as before.',
    KubeletCAInvalid:
      'The bundle in tls.kubelet.caBundleRef cannot be used: it is empty, holds something that is no certificate, or only what has expired. It does not reach the pods; the kubelets are verified as before.',
    KubeletClientCertMissing:
      'The Secret in tls.kubelet.clientCertificateSecretRef does not exist. Make it; until then no pod is started or replaced.',
    KubeletClientCertInvalid:
      'The certificate in tls.kubelet.clientCertificateSecretRef cannot be used; the message says why. Until then no pod is started or replaced.',
    ApplyFailed: 'The API server refused an object; the message says why.',
    ServerError:
      'The API server, or a webhook that it asks, could not take an object; the message says why. It is tried again and again.',
  },
  Available: {
    PodsReady: 'All pods are ready.',
    RolloutStuck:
      'A change has not come up within the time that the Deployment gives it (progressDeadlineSeconds), and nobody says why. See kubectl describe of Deployment and pods.',
    RolloutBlocked:
      'Pods serve, but others that should replace them or join them do not come up. The message says why.',
    RollingOut: 'Pods are ready, and others are being started or replaced.',
    NotMeasured: 'There is no Deployment yet.',
    OutOfSight:
      'mode is Observe, and the pods behind the metrics API cannot be seen; the message says why. Only what the metrics API answers is judged.',
    Starting: 'Pods start; metrics-server is ready about one resolution after its start.',
    NoMetricsYet:
      'metrics-server runs, but has no metrics to serve, and its log names no node that it cannot scrape. The message says where to look.',
    PodMetricsMissing:
      'metrics-server runs and measures nodes, but no pods; since 0.9 it is not ready without. The kubelets have no figures of containers: see to container runtime and cgroup driver.',
    NodeNotReady: 'The node of a pod is not ready; more replicas bridge that.',
    RolloutPaused: 'The rollout of the Deployment is paused. Resume it: kubectl rollout resume.',
    NoReplicas: 'The Deployment is scaled to zero. Scale it up, or set mode to Manage.',
    Unresponsive: 'metrics-server was ready, and its readiness probe fails now: it hangs or is short of CPU.',
    ImagePullFailed:
      'The image cannot be pulled. Name a mirror that the nodes can reach in image.mirrors, or a pull secret.',
    SandboxImage:
      'The node cannot start any pod, for it does not get the image of the pause container. That is a setting of its container runtime.',
    CreateConfigError:
      'The container cannot be created, for example because a ConfigMap or Secret is missing that the spec names. The message says what is known.',
    Unschedulable: 'No node takes the pod; the message has the reason of the scheduler.',
    PodRejected: 'Pods cannot be created; the message has the reason of the API server.',
    ...startWords,
    ...kubeletWords,
  },
  Serving: {
    Forbidden: 'The operator may not ask the metrics API, so nothing is known. Grant it: see config/rbac.',
    Answers: 'The metrics API answers through the API server.',
    NotRegistered: 'The APIService is registered once the first pod is ready.',
    Withdrawn:
      'The APIService was registered but did not answer within 60 s, and was withdrawn; it is tried again later, up to half an hour. The message has the cause and what to do.',
    BreakerOpen:
      'The metrics API had not answered for longer than spec.breaker allows, and was deregistered, so that it does not block the deletion of namespaces. It is registered again when a pod is ready and a pause is over, up to half an hour. The message has the cause and what to do.',
    Registering: 'The APIService was registered just now; the API server takes a few seconds to use it.',
    AggregatorTLS:
      'The API server does not accept the certificate that it is shown when it asks metrics-server: the caBundle of the APIService does not fit it, it has expired, or it is for another name. The message says which, and what to do.',
    ServiceNotFound:
      'The Service of metrics-server does not exist. The operator makes it; Applied says why not.',
    ServicePortError:
      'The APIService asks at a port that the Service has not. The operator keeps the two together; Applied says why not.',
    EndpointsNotFound: 'The Service selects no pod. The operator keeps its selector; see Applied.',
    MissingEndpoints: 'No pod behind the Service is ready. Available says why.',
    AggregatorTimeout:
      'The API server gets no answer from the pods: something between the control plane and the pods drops it. Open the serving port, or let the pods use the network of the nodes (scheduling.hostNetwork).',
    AggregatorNoRoute:
      'The API server does not get through to the pods: nobody listens there, or there is no route. See to the network between the control plane and the pods.',
    FrontProxyRejected:
      'metrics-server does not take the API server for what it is: the CA of the front proxy does not fit. See to kube-apiserver, or to requestHeader.clientCAConfigMapRef.',
    ServiceAccessError:
      'kube-apiserver could not look up the Service of metrics-server, or its endpoints. Its own log says why.',
    AuthzWebhookTimeout:
      'metrics-server cannot ask the API server who a caller is and what they may, so it answers nobody. See to the network from the pods to the API server: kube-proxy, the network plugin, network policies.',
    NotAnswering: 'The metrics API does not answer through the API server; the message has its error.',
  },
  Scraping: {
    AllNodesFresh: 'Every expected node has a fresh sample.',
    NotMeasured: 'The metrics API does not answer, so nothing is known about the nodes.',
    NoNodes: 'No node matches nodes.selector, or the cluster has none.',
    NodesMissing: 'Nodes have no sample. The message names them.',
    PodMetricsMissing:
      'Nodes are measured and pods are not, so autoscalers have nothing to go by. The kubelets have no figures of containers: see to container runtime and cgroup driver.',
    NodesStale: 'Samples are older than three resolutions: metrics-server hangs.',
    ...kubeletWords,
  },
  Secure: {
    Verified: 'Every certificate is verified.',
    CertificateExpiring:
      'Every certificate is verified, and that of metrics-server, which others have made, expires within 30 days. Replace it.',
    NotMeasured: 'No pod is ready, so nothing is known.',
    KubeletNotVerified:
      'tls.kubelet.mode is Insecure. Choose ClusterCA where the message says that the kubelets would be verified with it. Else give them certificates of the cluster CA first, or name the CA that they have and choose CustomCA.',
    InsecureExpired:
      'tls.kubelet.mode is Insecure for longer than tls.kubelet.acceptInsecureUntil accepts it. Have the kubelets verified, or set a later date.',
    StricterPodNotReady:
      'The spec is stricter about TLS than a pod that serves, for the pods that are as strict are not ready. Available says why.',
    ServingNotVerified:
      'The API server does not verify metrics-server, which signs its certificate itself. It is so with tls.serving.mode SelfSigned, and for a moment when that is changed to Managed.',
    ImageNotPinned: 'The image comes from a mirror by its tag. Set image.digest.',
  },
  Ready: {
    Ready: 'Metrics are served for enough of the nodes.',
    RolloutBlocked: 'Metrics are served, but a change does not come up. Available says why.',
    RolloutStuck: 'Metrics are served, but a change has not come up in time. Available says more.',
    Paused: 'Metrics are served, and mode is Paused: nothing is changed or repaired.',
    PartlyScraped: 'Enough nodes are scraped for health.minNodesScraped, but not all.',
  },
  Reconciling: {
    Settled: 'Nothing is under way.',
    Progressing: 'A change is under way, or a fault may still heal by itself.',
  },
  Stalled: {
    NotStalled: 'No fault that needs a person.',
    NeedsAttention: 'It will not heal by itself, or has not within five minutes; Ready says what to do.',
  },
} as const;

/** Reasons that are found in status.problems only. */
export const problemWords = {
  NodeNotReady: 'The node itself is not ready. It does not count until it is; see to the node.',
  AutoscalersStarving:
    'HorizontalPodAutoscalers get no metrics and keep their number of pods. They go on by themselves when the other problems are mended.',
} as const;

export type ConditionType = keyof typeof words;
export type Reason<C extends ConditionType> = Extract<keyof (typeof words)[C], string>;

/** The conditions that are measured (Secure is no part of Ready); Ready, Reconciling and Stalled are computed from them. */
export type MeasuredCondition = Exclude<ConditionType, 'Ready' | 'Reconciling' | 'Stalled'>;

export const conditionTypes = [
  'Ready',
  'Accepted',
  'Applied',
  'Available',
  'Serving',
  'Scraping',
  'Secure',
  'Reconciling',
  'Stalled',
] as const satisfies readonly ConditionType[];

/** What a check has to say about one condition. */
export interface Finding<C extends ConditionType> {
  status: 'True' | 'False' | 'Unknown';
  reason: Reason<C>;
  message: string;
}
