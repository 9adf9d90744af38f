import type { V1Pod, V1SubjectAccessReview } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import type { MetricsAnswer, PodSamples, ScrapeLog, Starving } from '../health/facts.ts';
import { scrapeErrors } from '../health/scrape-errors.ts';
import type { Connection } from '../platform/connection.ts';
import { shownBy } from '../platform/handshake.ts';
import { collectionPath } from '../platform/paths.ts';
import { type Refreshed, refreshed } from '../platform/refreshed.ts';
import { Refusal } from '../platform/refusal.ts';
import { containerName } from '../resources/deployment.ts';
import { starvingAutoscalers } from './autoscalers.ts';
import { type KubeletProbes, kubeletProbes } from './kubelets.ts';
import { nodeMetrics } from './node-metrics.ts';
import { refusalText } from './refusal-text.ts';
import type { TrialLogs, TrialPods } from './trial.ts';

/** What is asked of metrics-server itself, since no watch tells it. */
export interface Probes extends KubeletProbes {
  /** The answer of one registration of the metrics API, not older than this if it can be helped. */
  nodeMetrics(registration: string, maxAgeMs: number): Promise<MetricsAnswer>;
  /** Which of the pods that a label selects the same has measured, asked rarely; undefined until it has answered, and where it may not be asked. */
  podMetrics(registration: string, namespace: string, labelSelector: string): PodSamples | undefined;
  /** The errors at the end of a pod's log; `unread` until the first answer is there. */
  scrapeLog(pod: V1Pod, resolution: string): ScrapeLog;
  /** The same of a new and of an old pod, read at the same time; undefined until the first answers are there. */
  trialLogs(pods: TrialPods, resolution: string): TrialLogs | undefined;
  /** Who suffers while there are no metrics; undefined until it is known, and where it may not be. */
  starvingAutoscalers(): Starving | undefined;
  /** Whether the API server lets an account read what kubelets measure; undefined until it has said so, or where it may not be asked. */
  mayScrape(account: { namespace: string; name: string }): boolean | undefined;
  /** SHA-256 of the certificate that a pod shows; undefined where it cannot be asked, or has not answered yet. */
  shownBy(pod: V1Pod, port: number): string | undefined;
}

interface Parts {
  connection: Connection;
  /** Whether pods and nodes can be reached: outside the cluster their addresses mean something else. */
  reachesPods: boolean;
  /** An answer has come. */
  onNews: () => void;
  onFailure: (error: unknown) => void;
}

// Ten replicas, twice.
const shownKept = 20;
const shownEveryMs = 5000;
const logEveryMs = 15_000;
const accessEveryMs = 60_000;
const podsEveryMs = 60_000;
const autoscalersEveryMs = 60_000;
// That of a suspect; the rest are of pods that are gone, or will be suspected again.
const logsKept = 2;

export function probes(parts: Parts): Probes {
  const metrics: { of?: string; answer?: Refreshed<MetricsAnswer> } = {};
  const measured: { of?: string; pods?: Refreshed<PodSamples | undefined> } = {};
  const logs = new Map<string, Refreshed<ScrapeLog>>();
  const shown = new Map<string, Refreshed<string | undefined>>();
  const access: { of?: string; answer?: Refreshed<boolean | undefined> } = {};
  const trial: { of?: string; logs?: Refreshed<TrialLogs> } = {};
  const { connection } = parts;
  const autoscalers = refreshed({ ...parts, fetch: () => starvingAutoscalers(connection) });
  return {
    ...kubeletProbes(parts),
    nodeMetrics: (registration, maxAgeMs) => {
      if (metrics.of !== registration || metrics.answer === undefined) {
        metrics.answer = refreshed({ ...parts, fetch: nodeMetrics(connection) });
        metrics.of = registration;
      }
      return metrics.answer.atLeastOne(maxAgeMs);
    },
    podMetrics: (registration, namespace, labelSelector) => {
      if (measured.of !== registration || measured.pods === undefined) {
        const fetch = () => podMetrics(connection, namespace, labelSelector);
        Object.assign(measured, { of: registration, pods: refreshed({ ...parts, fetch }) });
      }
      return measured.pods?.last(podsEveryMs);
    },
    scrapeLog: (pod, resolution) => {
      const fetch = () => scrapeLog(connection, pod, resolution);
      return ofPod(logs, pod, logsKept, () => refreshed({ ...parts, fetch })).last(logEveryMs) ?? unread;
    },
    starvingAutoscalers: () => autoscalers.last(autoscalersEveryMs),
    mayScrape: ({ namespace, name }) => {
      const user = `system:serviceaccount:${namespace}:${name}`;
      if (access.of !== user || access.answer === undefined)
        Object.assign(access, {
          of: user,
          answer: refreshed({ ...parts, fetch: () => mayScrape(connection, user) }),
        });
      return access.answer?.last(accessEveryMs);
    },
    shownBy: (pod, port) => {
      const { podIP } = pod.status ?? {};
      if (!parts.reachesPods || podIP === undefined) return undefined;
      const fetch = () => shownBy(podIP, port, 'metrics-server');
      return ofPod(shown, pod, shownKept, () => refreshed({ ...parts, fetch })).last(shownEveryMs);
    },
    trialLogs: ({ fresh, former }, resolution) => {
      const of = `${fresh.metadata?.uid} ${former.metadata?.uid}`;
      if (trial.of !== of || trial.logs === undefined) {
        const fetch = async () => {
          const both = [fresh, former].map((pod) => scrapeLog(connection, pod, resolution));
          const [next = unread, old = unread] = await Promise.all(both);
          return { fresh: next, former: old };
        };
        Object.assign(trial, { of, logs: refreshed({ ...parts, fetch }) });
      }
      return trial.logs?.last(logEveryMs);
    },
  };
}

const unread: ScrapeLog = { is: 'unread' };

/** What is kept of a pod, or made for it now; of so many pods, and the one that was asked for last is the last to go. */
function ofPod<T>(all: Map<string, T>, { metadata }: V1Pod, most: number, make: () => T): T {
  const uid = metadata?.uid ?? '';
  const known = all.get(uid) ?? make();
  all.delete(uid);
  all.set(uid, known);
  for (const oldest of [...all.keys()].slice(0, -most)) all.delete(oldest);
  return known;
}

interface PodMetricsList {
  items?: { metadata?: { name?: string } }[];
}

const timeoutMs = 5000;

/** In one namespace, and of few pods: a list of all would be large, and there are no pages. */
async function podMetrics(
  connection: Connection,
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
    refusalText(error); // what the node metrics say counts
    return undefined;
  }
}

/** A SubjectAccessReview for the right that a kubelet asks about, too. */
async function mayScrape(connection: Connection, user: string): Promise<boolean | undefined> {
  const apiVersion = 'authorization.k8s.io/v1';
  const resourceAttributes = { verb: 'get', resource: 'nodes', subresource: 'metrics', version: 'v1' };
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

async function scrapeLog(
  connection: Connection,
  { metadata }: V1Pod,
  resolution: string,
): Promise<ScrapeLog> {
  const path = `${collectionPath('v1', 'pods', metadata?.namespace)}/${metadata?.name}/log`;
  const sinceSeconds = Math.ceil((2 * durationMs(resolution)) / 1000) + 10;
  const query = { container: containerName, sinceSeconds, ...logLimits };
  try {
    const log = await connection.text({ path, query, timeoutMs, isProxied: true });
    const lines = log.split('\n').length - 1;
    const isCut = lines >= logLimits.tailLines || Buffer.byteLength(log) >= logLimits.limitBytes;
    return { is: 'read', errors: scrapeErrors(log), isCut };
  } catch (error) {
    return { is: 'unreadable', message: refusalText(error) };
  }
}
