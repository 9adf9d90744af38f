import type { KubernetesObject } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import { type EffectiveSpec, type Reading, readingOf } from '../crds/effective.ts';
import type { MetricsServerConfig, MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';
import { podInCreation } from '../health/container-creation.ts';
import type {
  MetricsAnswer,
  NodeFacts,
  PodSamples,
  PodWarning,
  Preflight,
  ScrapeLog,
  Starving,
} from '../health/facts.ts';
import { servingPods } from '../health/pods.ts';
import { suspect } from '../health/scrape-errors.ts';
import { reasonOf } from '../health/scrape-reasons.ts';
import { versionLabel } from '../resources/names.ts';
import { adopts } from './adoption.ts';
import type { Cluster, Live } from './cluster.ts';
import { firstInLine, isOf } from './first-in-line.ts';
import { lastGoodOf } from './guard.ts';
import { namedAuthorities } from './kubelet-tls.ts';
import { liveFor } from './live-for.ts';
import { askMetrics } from './metrics-answer.ts';
import { type Claimant, controllingConfig, whose } from './ownership.ts';
import type { Past } from './past.ts';
import { preflightOf } from './preflight.ts';
import { mountedIn, showingPods } from './shown.ts';
import { storedSpec } from './stored-spec.ts';
import { othersSubject, ownSubject, type Subject, shortestMs, withResolution } from './subject.ts';
import { comparablePods, type TrialLogs, trialIn } from './trial.ts';
import { trustIn } from './trust.ts';

/** What one look saw. `going`: it is being deleted. `superseded`: another config owns the metrics API, so nothing more is worth seeing. */
export type Seen =
  | { is: 'gone'; name: string; apiService: KubernetesObject | undefined }
  | { is: 'going'; now: Date; config: MetricsServerConfig; apiService: KubernetesObject | undefined }
  | { is: 'superseded'; now: Date; config: MetricsServerConfig; by: string }
  | SeenConfig;

export interface SeenConfig extends Reading {
  is: 'readable';
  now: Date;
  config: MetricsServerConfig;
  live: Live;
  /** Whose health is measured instead, where others serve the metrics API. */
  others?: Subject;
  apiService: KubernetesObject | undefined;
  nodes: NodeFacts[];
  metrics: MetricsAnswer;
  log: ScrapeLog;
  /** See Facts. */
  podMetrics?: PodSamples;
  starving?: Starving;
  podWarning?: PodWarning;
  /** See Facts. */
  mayScrape?: boolean;
  /** What kubelets let us know before they are scraped. */
  preflight?: Preflight;
  /** SHA-256 of the certificate that a pod has shown, by its uid, as far as it was asked for. */
  shown?: ReadonlyMap<string, string>;
  /** While new pods are on trial. */
  trialLogs?: TrialLogs;
  /** UIDs of the configs whose objects are there to stay. */
  living: ReadonlySet<string>;
  past: Past;
}

/** Reads everything that the other steps need, once. */
export async function observe(cluster: Cluster, name: string, now: Date): Promise<Seen> {
  const config = await cluster.config(name);
  if (config === undefined) return { is: 'gone', name, apiService: deadApiService(cluster, name, config) };
  if (config.metadata.deletionTimestamp !== undefined) {
    return { is: 'going', now, config, apiService: deadApiService(cluster, name, config) };
  }
  const stored = storedSpec(config);
  const owner = stored.spec.mode === 'Observe' ? name : (firstInLine(cluster) ?? name);
  if (owner !== name) return { is: 'superseded', now, config, by: owner };

  const living = new Set(
    cluster
      .configs()
      .filter(keepsObjects)
      .map(({ metadata }) => metadata.uid),
  );
  const claimant = { name, uid: config.metadata.uid, living };
  const apiService = cluster.apiService();
  const isObserver = stored.spec.mode === 'Observe' && !isOf(config, apiService);
  const live = await liveFor(cluster, stored.spec, { ...claimant, isObserver });
  const nodes = cluster.nodes();
  const reading = readingOf(stored.spec, {
    ...(await cluster.traits()),
    running: runningRelease(live),
    nodes,
  });
  const others =
    isObserver || isServedByOthers(apiService, live, claimant)
      ? othersSubject(await cluster.others(config), reading.spec, { configs: cluster.configs(), nodes })
      : undefined;
  const before = others ?? ownSubject(name, reading.spec, live);
  const metrics = await askMetrics(cluster, config, {
    resolutionMs: before.isResolutionUnknown ? shortestMs : durationMs(before.spec.resolution),
    isTakingOver: isBeside(live, stored.spec),
    living: isObserver ? 'anybody' : living,
    now,
  });
  const subject = withResolution(before, metrics);
  const { spec } = subject;
  const known = { now, spec, pods: subject.pods, nodes, metrics };
  const suspected = suspect(known);
  const inCreation = podInCreation(known);
  const log = suspected ? cluster.scrapeLog(suspected, spec.resolution) : { is: 'unread' as const };
  return {
    is: 'readable',
    now,
    config,
    ...(isObserver ? { spec: { ...spec, mode: 'Observe' } } : reading),
    refusal: stored.refusal ?? (isObserver ? undefined : reading.refusal),
    live,
    others: others && subject,
    apiService,
    nodes,
    metrics,
    log,
    podMetrics:
      metrics.is === 'answered' && apiService?.metadata?.uid !== undefined && subject.pods.length > 0
        ? cluster.podMetrics(apiService.metadata.uid, subject.account.namespace, subject.labelSelector)
        : undefined,
    podWarning: inCreation && cluster.podWarning(inCreation),
    starving: metrics.is === 'failed' ? cluster.starvingAutoscalers() : undefined,
    mayScrape: isForbidden(log, spec) ? cluster.mayScrape(subject.account, spec.release.scrapes) : undefined,
    preflight: others
      ? {
          answers: new Map(),
          trusted: undefined,
          requests: suspected ? cluster.servingRequests() : undefined,
        }
      : preflightOf(cluster, {
          ...known,
          log,
          deployment: live.deployment,
          named: namedAuthorities({ spec, live }),
        }),
    trialLogs: trialLogs(cluster, live, spec.resolution),
    shown: others ? undefined : shownCertificates(cluster, live, spec, { apiService, now }),
    living,
    past: cluster.past(name),
  };
}

/** What an adoption has made beside it is ours, and counts from then on. */
function isServedByOthers(
  apiService: KubernetesObject | undefined,
  { deployment }: Live,
  claimant: Claimant,
): boolean {
  const isTheirs = (object: KubernetesObject) => whose(object, claimant) === 'foreign';
  return (
    apiService !== undefined && isTheirs(apiService) && (deployment === undefined || isTheirs(deployment))
  );
}

/** Whether a kubelet refuses metrics-server as that account; a client certificate makes it somebody else. */
export function isForbidden(log: ScrapeLog, spec: EffectiveSpec): boolean {
  return (
    log.is === 'read' &&
    spec.tls?.kubelet?.clientCertificateSecretRef === undefined &&
    log.errors.some(({ error }) => reasonOf(error, { spec }) === 'KubeletForbidden')
  );
}

/** Whether there is another Deployment than ours, which is to be taken over. */
function isBeside(live: Live, spec: MetricsServerConfigSpec): boolean {
  const all = [...live.objects, ...live.others];
  return (
    adopts({ spec }) &&
    all.some(({ kind, metadata }) => kind === 'Deployment' && metadata?.name !== live.place)
  );
}

/**
 * The release that serves. What the Deployment asks for counts only where it serves, too, or has done so: what is on trial may never have
 * come up.
 */
function runningRelease(live: Live): string | undefined {
  const { deployment, pods } = live;
  const wanted = deployment?.spec?.template.metadata?.labels?.[versionLabel];
  const serving = servingPods(pods).flatMap(({ metadata }) => metadata?.labels?.[versionLabel] ?? []);
  if (wanted === undefined || serving.includes(wanted)) return wanted;
  const former = trialIn(live, lastGoodOf({ live }))?.former.spec?.template?.metadata?.labels;
  return serving[0] ?? former?.[versionLabel] ?? wanted;
}

function trialLogs(cluster: Cluster, live: Live, resolution: string): TrialLogs | undefined {
  const trial = trialIn(live, lastGoodOf({ live }));
  const pods = trial && comparablePods(trial, live);
  return pods && cluster.trialLogs(pods, resolution);
}

/** Asked only where the API server trusts more than it needs to in the end: then it matters what pods still show. */
function shownCertificates(
  cluster: Cluster,
  live: Live,
  { servingPort, servingTls }: EffectiveSpec,
  { apiService, now }: Pick<SeenConfig, 'apiService' | 'now'>,
): SeenConfig['shown'] {
  const trust = trustIn(apiService, now);
  const isEnough = trust?.is === 'these' && trust.authorities.length < 2;
  if (trust === undefined || isEnough || servingTls === 'SelfSigned') return undefined;
  const pods = showingPods({ live }).filter(({ spec }) => mountedIn(spec) !== undefined);
  return new Map(
    pods.flatMap((pod): [string, string][] => {
      const fingerprint = cluster.shownBy(pod, servingPort);
      return fingerprint === undefined ? [] : [[pod.metadata?.uid ?? '', fingerprint]];
    }),
  );
}

/** Where the config is deleted with `--cascade=orphan` its pods stay, and so may its APIService. */
function deadApiService(
  cluster: Cluster,
  name: string,
  going: MetricsServerConfig | undefined,
): KubernetesObject | undefined {
  const apiService = cluster.apiService();
  const isOrphaned = going !== undefined && keepsObjects(going);
  return controllingConfig(apiService)?.name === name && !isOrphaned ? apiService : undefined;
}

/** Whether what it owns is there to stay. `--cascade=orphan` leaves the objects, and their API goes on working. */
function keepsObjects({ metadata }: MetricsServerConfig): boolean {
  return metadata.deletionTimestamp === undefined || metadata.finalizers?.includes('orphan') === true;
}
