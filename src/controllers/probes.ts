import type { V1Pod } from '@kubernetes/client-node';
import type { Release } from '../crds/catalogue/releases.ts';
import type { MetricsAnswer, PodSamples, PodWarning, ScrapeLog, Starving } from '../health/facts.ts';
import type { Connection } from '../platform/connection.ts';
import { shownBy } from '../platform/handshake.ts';
import { latest } from '../platform/latest.ts';
import { type Refreshed, refreshed } from '../platform/refreshed.ts';
import { Refusal } from '../platform/refusal.ts';
import { starvingAutoscalers } from './autoscalers.ts';
import { type KubeletProbes, kubeletProbes } from './kubelets.ts';
import { nodeMetrics } from './node-metrics.ts';
import { mayScrape, podMetrics, podWarning, scrapeLog } from './questions.ts';
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
  /** What Kubernetes says of a pod that does not start; undefined until it is known, where there is nothing, and where it may not be read. */
  podWarning(pod: V1Pod): PodWarning | undefined;
  /** Who suffers while there are no metrics; undefined until it is known, and where it may not be. */
  starvingAutoscalers(): Starving | undefined;
  /** Whether the API server lets an account read what kubelets measure; undefined until it has said so, or where it may not be asked. */
  mayScrape(account: { namespace: string; name: string }, scrapes: Release['scrapes']): boolean | undefined;
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
const warningEveryMs = 10_000;
const autoscalersEveryMs = 60_000;
// That of a suspect; the rest are of pods that are gone, or will be suspected again.
const logsKept = 2;

export function probes(parts: Parts): Probes {
  const metrics = latest<Refreshed<MetricsAnswer>>();
  const measured = latest<Refreshed<PodSamples | undefined>>();
  const logs = new Map<string, Refreshed<ScrapeLog>>();
  const warnings = new Map<string, Refreshed<PodWarning | undefined>>();
  const shown = new Map<string, Refreshed<string | undefined>>();
  const access = latest<Refreshed<boolean | undefined>>();
  const trial = latest<Refreshed<TrialLogs>>();
  const { connection } = parts;
  const autoscalers = refreshed({ ...parts, fetch: () => starvingAutoscalers(connection) });
  return {
    ...kubeletProbes(parts),
    nodeMetrics: (registration, maxAgeMs) => {
      const make = () => refreshed({ ...parts, fetch: nodeMetrics(connection) });
      return metrics(registration, make).atLeastOne(maxAgeMs);
    },
    podMetrics: (registration, namespace, labelSelector) => {
      const of = `${registration} ${namespace} ${labelSelector}`;
      const fetch = () => podMetrics(connection, namespace, labelSelector);
      return measured(of, () => refreshed({ ...parts, fetch })).last(podsEveryMs);
    },
    scrapeLog: (pod, resolution) => {
      const fetch = () => scrapeLog(connection, pod, resolution);
      return ofPod(logs, pod, logsKept, () => refreshed({ ...parts, fetch })).last(logEveryMs) ?? unread;
    },
    podWarning: (pod) => {
      const fetch = () => podWarning(connection, pod).catch(withoutRight);
      return ofPod(warnings, pod, 1, () => refreshed({ ...parts, fetch })).last(warningEveryMs);
    },
    starvingAutoscalers: () => autoscalers.last(autoscalersEveryMs),
    mayScrape: ({ namespace, name }, scrapes) => {
      const user = `system:serviceaccount:${namespace}:${name}`;
      const fetch = () => mayScrape(connection, user, scrapes);
      return access(`${user} ${scrapes}`, () => refreshed({ ...parts, fetch })).last(accessEveryMs);
    },
    shownBy: (pod, port) => {
      const { podIP } = pod.status ?? {};
      if (!parts.reachesPods || podIP === undefined) return undefined;
      const fetch = () => shownBy(podIP, port, 'metrics-server');
      return ofPod(shown, pod, shownKept, () => refreshed({ ...parts, fetch })).last(shownEveryMs);
    },
    trialLogs: ({ fresh, former }, resolution) => {
      const of = `${fresh.metadata?.uid} ${former.metadata?.uid}`;
      const fetch = async () => {
        const both = [fresh, former].map((pod) => scrapeLog(connection, pod, resolution));
        const [next = unread, old = unread] = await Promise.all(both);
        return { fresh: next, former: old };
      };
      return trial(of, () => refreshed({ ...parts, fetch })).last(logEveryMs);
    },
  };
}

/** Without it less can be said. */
function withoutRight(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error;
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
