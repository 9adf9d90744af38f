import type { V1APIService } from '@kubernetes/client-node';
import type { Finding, Reason } from '../crds/findings.ts';
import { selectorText } from '../crds/node-selector.ts';
import type { Facts } from './facts.ts';
import { withoutOwnPort } from './own-port.ts';
import { isReady, readyCount } from './pods.ts';
import { ownNetwork } from './ports.ts';
import { field, kept } from './remedy-words.ts';

/** Of all facts, those about the way from the API server to the pods. */
export type Way = Pick<Facts, 'name' | 'spec' | 'apiService'> &
  Partial<Pick<Facts, 'speaks' | 'deployment' | 'pods' | 'now' | 'metrics'>>;

/** What keeps a request from being answered. */
export interface Silence {
  reason: Reason<'Serving'>;
  /** The words that say so. */
  text: string;
  /** What is the case, and what a person does about it. */
  mend: string;
}

interface Signature {
  reason: Reason<'Serving'>;
  /** In the words of kube-aggregator: of its answer to a request, or of its own check, which stands in the APIService. */
  says: RegExp;
  /** See Silence. */
  mend(way: Way): string;
}

/** Whom the APIService names. */
function service({ name, spec, apiService }: Way): string {
  const { spec: theirs }: Partial<V1APIService> = { ...apiService };
  const { namespace, name: named } = theirs?.service ?? {};
  return `Service ${namespace ?? spec.namespace}/${named ?? name}`;
}

function mended(way: Way): string {
  return way.speaks === 'flags' ? 'apply it again as its manifests have it' : kept(way);
}

/** As kubectl takes them. */
function labelsOfPods({ speaks, deployment }: Way): string {
  return speaks === 'flags' ? selectorText(deployment?.spec?.selector) : 'k8s-app=metrics-server';
}

function orByNodes(way: Way): string {
  const command = ownNetwork(way);
  return command === undefined
    ? ''
    : `; or, where it reaches nodes but not pods, use their network: ${command}`;
}

const signatures: Signature[] = [
  {
    reason: 'ServiceAccessError',
    says: /cannot be checked due to/,
    mend: (facts) => `kube-apiserver could not look up ${service(facts)}: its own log says why.`,
  },
  {
    reason: 'NotAnswering',
    says: /subjectaccessreviews\S* is forbidden/,
    mend: (facts) =>
      `metrics-server may not ask the API server who may read metrics, which ClusterRoleBinding ${facts.name}:system:auth-delegator grants: ${mended(facts)}.`,
  },
  {
    reason: 'AuthzWebhookTimeout',
    says: /(subject|token)(access)?reviews.*(context|timeout|refused|no route|unreachable)/,
    mend: () =>
      'metrics-server itself does not reach the API server at the address of the Service kubernetes: see to kube-proxy, the network plugin and network policies.',
  },
  {
    reason: 'ServiceNotFound',
    says: /service\/\S+ in "[^"]*" is not present|service "[^"]*" not found/,
    mend: (facts) => `${service(facts)}, which the APIService names, does not exist: ${mended(facts)}.`,
  },
  {
    reason: 'ServicePortError',
    says: /is not listening on port|no service port .* found for service/,
    mend: (facts) => `The APIService asks at a port that ${service(facts)} has not: ${mended(facts)}.`,
  },
  {
    reason: 'EndpointsNotFound',
    says: /cannot find endpoint(slice)?s for/,
    mend: (facts) =>
      `${service(facts)} selects no pod: ${mended(facts)}; if it is right, see that the pods carry its labels.`,
  },
  {
    reason: 'MissingEndpoints',
    says: /have no addresses with port name|no endpoints available/,
    mend: (facts) =>
      `Behind ${service(facts)} no pod is ready: kubectl get pods -n ${facts.spec.namespace} -l ${labelsOfPods(facts)}.`,
  },
  {
    reason: 'FrontProxyRejected',
    says: /system:anonymous|bad status from \S+: 40[13]|^Unauthorized|: Unauthorized$/,
    mend: (facts) =>
      `metrics-server does not take it for the API server: the CA of kube-apiserver's --requestheader-client-ca-file has to be that of its --proxy-client-cert-file, and stand in ConfigMap kube-system/extension-apiserver-authentication; ${field(facts, 'requestHeader.clientCAConfigMapRef')} can name another one.`,
  },
  {
    reason: 'AggregatorTimeout',
    says: /context deadline exceeded|Client\.Timeout|i\/o timeout|timed out waiting|TLS handshake timeout|request canceled/,
    mend: (facts) =>
      `The control plane gets no answer from the pods: let it reach port ${facts.spec.servingPort} of the nodes and pods, in firewalls, security groups, network policies and service meshes${orByNodes(facts)}.`,
  },
  {
    reason: 'AggregatorNoRoute',
    says: /no route to host|connection refused|network is unreachable|connection reset by peer/,
    mend: (facts) =>
      `The control plane does not get through to port ${facts.spec.servingPort} of the pods: see to its routes and firewalls, and to the network plugin${orByNodes(facts)}.`,
  },
];

/** Why a request through the API server was not answered. */
export function whyUnanswered(way: Way, answer: string): Finding<'Serving'> {
  const texts = textsAbout(way, answer);
  const known = knownSilence(way, texts);
  const said = known === undefined ? texts.map(inShort).join('; ') : `${known.text}. ${known.mend}`;
  return { status: 'False', reason: known?.reason ?? 'NotAnswering', message: `${asked}: ${said}` };
}

/** What its own check says counts where the answer itself says little, and before a silence, which says nothing. */
export function textsAbout({ apiService }: Pick<Way, 'apiService'>, answer: string): string[] {
  const { status }: V1APIService = { ...apiService };
  const check = status?.conditions?.find(({ type }) => type === 'Available');
  const checked = check?.status === 'False' ? [check.message ?? ''] : [];
  return isSilence(answer) ? [...checked, answer] : [answer, ...checked];
}

/** What the first text says that is known. */
export function knownSilence(way: Way, texts: string[]): Silence | undefined {
  for (const text of texts) {
    const known = deeper(signatureOf(text, way), way);
    if (known !== undefined) return { reason: known.reason, text: inShort(text), mend: known.mend(way) };
  }
  return undefined;
}

function signatureOf(text: string, way: Way): Signature | undefined {
  if (!isSilence(text)) return signatures.find(({ says }) => says.test(text));
  return isOfPods(way) ? signatures.find(({ reason }) => reason === 'AggregatorTimeout') : undefined;
}

/** In our words, and not in those of the API server: platform/connection.ts. */
function isSilence(text: string): boolean {
  return /^no answer within \d/.test(text);
}

/** Whether it is the pods that are silent, for the API server is not. */
function isOfPods({ metrics, deployment, pods = [] }: Way): boolean {
  return metrics?.is === 'failed' && metrics.isServerUp === true && readyCount({ pods, deployment }) > 0;
}

// So long it may take until the API server knows of a pod that has become ready.
const endpointsLateMs = 15_000;

/** Where pods are ready and none is behind the Service, it does not select them. */
function deeper(known: Signature | undefined, { pods = [], now }: Way): Signature | undefined {
  if (known?.reason !== 'MissingEndpoints' || now === undefined) return known;
  const isLongReady = pods.some((pod) => {
    const since = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    return isReady(pod) && since !== undefined && now.getTime() - new Date(since).getTime() > endpointsLateMs;
  });
  return isLongReady ? signatures.find(({ reason }) => reason === 'EndpointsNotFound') : known;
}

const asked = 'GET /apis/metrics.k8s.io/v1beta1/nodes through the API server failed';

const longest = 300;

export function inShort(text: string): string {
  return withoutOwnPort(text.trim()).replace(/\.$/, '').slice(0, longest);
}
