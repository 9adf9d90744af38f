import { selectorText } from '../crds/node-selector.ts';
/** Field manager and `app.kubernetes.io/managed-by` of everything that the operator writes. */
export const manager = 'metrics-server-operator';

/** Annotation that names the config an object belongs to. */
export const ownerAnnotation = 'metrics-server.io/owner';

/** Annotation with the hash of the object as it was last applied. */
export const appliedAnnotation = 'metrics-server.io/applied';

/** Annotation on the APIService: `true` once the metrics API has answered through it. */
export const servedAnnotation = 'metrics-server.io/served';

/** Annotation on the Deployment: that a first registration was withdrawn, how often, when and why, as JSON. */
export const withdrawnAnnotation = 'metrics-server.io/withdrawn';

/** Annotation on the Deployment: from where the image could not be pulled, when and why, as JSON. */
export const imagesAnnotation = 'metrics-server.io/images';

/** Annotation on the Deployment: for how many nodes its resources were chosen, and how often memory was raised, as JSON. */
export const sizeAnnotation = 'metrics-server.io/size';

/** Annotation on the Deployment: hash of the pod template as it was last applied. */
export const templateAnnotation = 'metrics-server.io/template';

/** Annotation on the Deployment: the ReplicaSet whose pods served before the last change, and up to which revision that change goes, as JSON. */
export const lastGoodAnnotation = 'metrics-server.io/last-good';

/** Annotation on the Deployment: which spec failed and was rolled back, when and why, as JSON. */
export const rolledBackAnnotation = 'metrics-server.io/rolled-back';

/** Annotation of the pods of releases that read the CA of the kubelets only at start: hash of what they have read. */
export const kubeletCaAnnotation = 'metrics-server.io/kubelet-ca';

/** Annotation of the pods of releases that read their certificate only at start: hash of what they show. */
export const servingCertificateAnnotation = 'metrics-server.io/serving-certificate';

/** Annotation on the Secret that pods mount: the tls.serving.mode by which it was filled. */
export const filledByAnnotation = 'metrics-server.io/filled-by';

/** Annotation on a MetricsServerConfig: with a new value its CA and certificate are made anew. */
export const rotateAnnotation = 'metrics-server.io/rotate';

/** Annotation on the Secret of the CA: the value of the last request to make it anew that was answered. */
export const rotatedAnnotation = 'metrics-server.io/rotated';

/** Annotation on a MetricsServerConfig: with a new value a change that was rolled back is tried again. */
export const retryAnnotation = 'metrics-server.io/retry';

export const apiServiceName = 'v1beta1.metrics.k8s.io';

/** Upstream's, whatever the config is called. It is made first: of two configs that come at once, one gets it. */
export const readerRoleName = 'system:aggregated-metrics-reader';

/** Where the API server publishes its client CAs, hence where the RoleBinding must be. */
export const authenticationNamespace = 'kube-system';

/** Upstream's names where the config is called metrics-server. */
export function names(config: string) {
  return {
    serviceAccount: config,
    service: config,
    deployment: config,
    /** Beside a Deployment of somebody else, whose selector cannot be changed. */
    secondDeployment: `${config}-b`,
    disruptionBudget: config,
    networkPolicy: config,
    /** Secret with the CA that the operator keeps for the config. */
    servingAuthority: `${config}-serving-ca`,
    /** Secret with the certificate that metrics-server shows, whoever has made it. */
    servingCertificate: `${config}-serving-cert`,
    /** Secret that cert-manager fills, with tls.serving.mode CertManager. */
    servingIssued: `${config}-serving-issued`,
    /** ConfigMap with the CA of the kubelets, as the pods have it. */
    kubeletCa: `${config}-kubelet-ca`,
    scraperRole: `system:${config}`,
    authDelegator: `${config}:system:auth-delegator`,
    authReader: `${config}-auth-reader`,
  };
}

/** Labels of a config's objects. */
export function labels(config: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'metrics-server',
    'app.kubernetes.io/managed-by': manager,
    ...selectorLabels(config),
  };
}

/** Labels that select a config's pods: the second keeps it from ever selecting someone else's. */
export function selectorLabels(config: string): Record<string, string> {
  return { 'k8s-app': 'metrics-server', 'metrics-server.io/config': config };
}

/** The same as the API server takes it in a query. */
export function podSelector(config: string): string {
  return selectorText({ matchLabels: selectorLabels(config) });
}

/** Label of a pod that says which release of metrics-server runs in it; an image's tag may be any vendor's. */
export const versionLabel = 'app.kubernetes.io/version';

/** "Deployment kube-system/metrics-server", for messages. */
export function title(object: { kind?: string; metadata?: { name?: string; namespace?: string } }): string {
  const { name, namespace } = object.metadata ?? {};
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
