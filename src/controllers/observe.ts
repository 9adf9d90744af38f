import type { KubernetesObject } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import { type EffectiveSpec, type Reading, readingOf } from '../crds/effective.ts';
import type { Finding } from '../crds/findings.ts';
import { type MetricsServerConfig, MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';
import type {
  MetricsAnswer,
  NodeFacts,
  PodSamples,
  Preflight,
  ScrapeLog,
  Starving,
} from '../health/facts.ts';
import { servingPods } from '../health/pods.ts';
import { suspect } from '../health/scrape-errors.ts';
import { reasonOf } from '../health/scrape-reasons.ts';
import { podSelector, versionLabel } from '../resources/names.ts';
import { adopts } from './adoption.ts';
import type { Cluster, Live } from './cluster.ts';
import { lastGoodOf } from './guard.ts';
import { namedAuthorities } from './kubelet-tls.ts';
import { liveFor } from './live-for.ts';
import { askMetrics } from './metrics-answer.ts';
import { controllingConfig, whose } from './ownership.ts';
import type { Past } from './past.ts';
import { preflightOf } from './preflight.ts';
import { mountedIn, showingPods } from './shown.ts';
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
  apiService: KubernetesObject | undefined;
  nodes: NodeFacts[];
  metrics: MetricsAnswer;
  log: ScrapeLog;
  /** See Facts. */
  podMetrics?: PodSamples;
  starving?: Starving;
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
  const owner = firstInLine(cluster) ?? name;
  if (owner !== name) return { is: 'superseded', now, config, by: owner };

  const stored = storedSpec(config);
  const living = new Set(
    cluster
      .configs()
      .filter(keepsObjects)
      .map(({ metadata }) => metadata.uid),
  );
  const claimant = { name, uid: config.metadata.uid, living };
  const live = await liveFor(cluster, stored.spec, claimant);
  const nodes = cluster.nodes();
  const reading = readingOf(stored.spec, {
    ...(await cluster.traits()),
    running: runningRelease(live),
    nodes,
  });
  const { spec } = reading;
  const apiService = cluster.apiService();
  const metrics = await askMetrics(cluster, config, {
    resolutionMs: durationMs(spec.resolution),
    isTakingOver: isBeside(live, stored.spec),
    living,
    now,
  });
  const known = { now, spec, pods: live.pods, nodes, metrics };
  const suspected = suspect(known);
  const log = suspected ? cluster.scrapeLog(suspected, spec.resolution) : { is: 'unread' as const };
  return {
    is: 'readable',
    now,
    config,
    ...reading,
    refusal: stored.refusal ?? reading.refusal,
    live,
    apiService,
    nodes,
    metrics,
    log,
    podMetrics:
      metrics.is === 'answered' && apiService?.metadata?.uid !== undefined
        ? cluster.podMetrics(apiService.metadata.uid, spec.namespace, podSelector(name))
        : undefined,
    starving: metrics.is === 'failed' ? cluster.starvingAutoscalers() : undefined,
    mayScrape: isForbidden(log, spec) ? cluster.mayScrape({ namespace: spec.namespace, name }) : undefined,
    preflight: preflightOf(cluster, {
      ...known,
      log,
      deployment: live.deployment,
      named: namedAuthorities({ spec, live }),
    }),
    trialLogs: trialLogs(cluster, live, spec.resolution),
    shown: shownCertificates(cluster, live, spec, { apiService, now }),
    living,
    past: cluster.past(name),
  };
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

function isOf(
  { metadata: { name, uid } }: MetricsServerConfig,
  object: KubernetesObject | undefined,
): boolean {
  return object !== undefined && whose(object, { name, uid, living: new Set() }) === 'ours';
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

function living(configs: MetricsServerConfig[]): MetricsServerConfig[] {
  return configs.filter((config) => config.metadata.deletionTimestamp === undefined);
}

/** The spec may have been stored under older rules, so it is checked again. Where it breaks one, an empty spec stands for it. */
function storedSpec({ metadata, spec }: MetricsServerConfig): {
  spec: MetricsServerConfigSpec;
  refusal?: Finding<'Accepted'>;
} {
  const parsed = MetricsServerConfigSpec.safeParse(spec ?? {});
  if (parsed.success) return { spec: parsed.data };
  const issues = parsed.error.issues.map((issue) => `spec.${issue.path.join('.')}: ${issue.message}`);
  const message = `${issues.join('; ')}. Correct it with kubectl edit msc ${metadata.name}.`;
  return {
    spec: MetricsServerConfigSpec.parse(namespaceOf(spec)),
    refusal: { status: 'False', reason: 'InvalidSpec', message },
  };
}

/** The one field that says where to look. */
function namespaceOf(spec: unknown): { namespace?: string } {
  const parsed = MetricsServerConfigSpec.safeParse(
    typeof spec === 'object' && spec !== null && 'namespace' in spec ? { namespace: spec.namespace } : {},
  );
  return parsed.success ? { namespace: parsed.data.namespace } : {};
}

/** Creation times are whole seconds: of two configs of one second the one that has begun to install goes on, else the name decides. */
function firstInLine(cluster: Cluster): string | undefined {
  const begun = [cluster.apiService(), cluster.readerRole()];
  const rank = (config: MetricsServerConfig) => {
    const { metadata } = config;
    const created = new Date(metadata.creationTimestamp ?? 0).toISOString();
    return `${created} ${begun.some((object) => isOf(config, object)) ? 0 : 1} ${metadata.name}`;
  };
  const [first] = living(cluster.configs()).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return first?.metadata.name;
}
