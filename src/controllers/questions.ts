import type { CoreV1EventList, V1Pod, V1SubjectAccessReview } from '@kubernetes/client-node';
import type { Release } from '../crds/catalogue/releases.ts';
import { durationMs } from '../crds/duration.ts';
import type { PodSamples, PodWarning, ScrapeLog } from '../health/facts.ts';
import { isReady } from '../health/pods.ts';
import { lacksPods, scrapeErrors, webhookFailure } from '../health/scrape-errors.ts';
import type { Connection } from '../platform/connection.ts';
import { collectionPath } from '../platform/paths.ts';
import { Refusal } from '../platform/refusal.ts';
import { containerName } from '../resources/deployment.ts';
import { refusalText } from './refusal-text.ts';

/** Whom the questions are put to: the operator's connection, or that of a single look from the command line. */
export type Asked = Pick<Connection, 'send' | 'text' | 'now'>;

interface PodMetricsList {
  items?: { metadata?: { name?: string } }[];
}

const timeoutMs = 5000;

/** In one namespace, and of few pods: a list of all would be large, and there are no pages. */
export async function podMetrics(
  connection: Asked,
  namespace: string,
  labelSelector: string,
): Promise<PodSamples | undefined> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
  try {
    const query = { labelSelector };
    const { items = [] } = await connection.send<PodMetricsList>({ path, query, timeoutMs, isProxied: true });
    const names = new Set(items.flatMap(({ metadata }) => metadata?.name ?? []));
    return { names, atMs: connection.now().getTime() };
  } catch (error) {
    refusalText(error); // throws where the API server is out of reach; else what is said of the nodes counts
    return undefined;
  }
}

// What the kubelet, and who attaches volumes, say of what keeps the container of a pod from being created. Others are about every pod
// of some clusters, such as MissingClusterDNS, and keep nothing from its start.
const keepsFromCreation = [
  'FailedMount',
  'FailedMapVolume',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedPodSandBoxStatus',
  'FailedCreatePodContainer',
  'FailedPrepareDynamicResources',
  'NetworkNotReady',
];

/** The last warning of what a pod waits for, in its Events; undefined where there is none. Throws a Refusal where they may not be read. */
export async function podWarning(connection: Asked, { metadata }: V1Pod): Promise<PodWarning | undefined> {
  const path = collectionPath('v1', 'events', metadata?.namespace);
  const query = { fieldSelector: `involvedObject.uid=${metadata?.uid},type=Warning`, limit: 50 };
  const { items } = await connection.send<CoreV1EventList>({ path, query, timeoutMs });
  const atMs = (text: Date | undefined) => new Date(text ?? 0).getTime();
  const telling = items.filter(({ reason }) => keepsFromCreation.includes(reason ?? ''));
  const [last] = telling.toSorted((a, b) => atMs(b.lastTimestamp) - atMs(a.lastTimestamp));
  return last && { reason: last.reason ?? '', message: last.message ?? '' };
}

/** A SubjectAccessReview for the right that a kubelet asks about, too. */
export async function mayScrape(
  connection: Asked,
  user: string,
  scrapes: Release['scrapes'],
): Promise<boolean | undefined> {
  const [resource, subresource] = scrapes.split('/');
  const apiVersion = 'authorization.k8s.io/v1';
  const resourceAttributes = { verb: 'get', resource, subresource, version: 'v1' };
  const groups = ['system:serviceaccounts', 'system:authenticated'];
  const body = { apiVersion, kind: 'SubjectAccessReview', spec: { user, groups, resourceAttributes } };
  try {
    const path = collectionPath(apiVersion, 'subjectaccessreviews');
    const { status } = await connection.send<V1SubjectAccessReview>({
      method: 'POST',
      path,
      body,
      timeoutMs,
    });
    return status?.allowed;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

// A few hundred lines hold the errors of the last scrapes; a node that goes on failing is in them again and again. The
// limit in bytes cuts off the newest, so it must not be reached by usual lines.
const logLimits = { tailLines: 500, limitBytes: 512 * 1024 };

/** The errors at the end of a pod's log. */
export async function scrapeLog(connection: Asked, pod: V1Pod, resolution: string): Promise<ScrapeLog> {
  const { metadata, spec } = pod;
  const path = `${collectionPath('v1', 'pods', metadata?.namespace)}/${metadata?.name}/log`;
  const sinceSeconds = Math.ceil((2 * durationMs(resolution)) / 1000) + 10;
  const container = spec?.containers[0]?.name ?? containerName; // it comes first, whatever was injected beside it
  const read = (query: object) =>
    connection.text({ path, query: { container, ...query }, timeoutMs, isProxied: true });
  try {
    const log = await read({ sinceSeconds, ...logLimits });
    const errors = scrapeErrors(log);
    // What it waits for it says once, soon after its start.
    const isMute = errors.length === 0 && !isReady(pod);
    const start = isMute ? await read({ limitBytes: logLimits.limitBytes }) : '';
    const lines = log.split('\n').length - 1;
    const isCut = lines >= logLimits.tailLines || Buffer.byteLength(log) >= logLimits.limitBytes;
    return {
      is: 'read',
      errors,
      pod: metadata?.name,
      isCut,
      webhook: webhookFailure(log),
      lacksPods: lacksPods(`${start}\n${log}`),
    };
  } catch (error) {
    return { is: 'unreadable', message: refusalText(error), pod: metadata?.name };
  }
}
