import type { KubernetesObject } from '@kubernetes/client-node';
import { type EffectiveSpec, effectiveSpec } from '../crds/effective.ts';
import type { Finding } from '../crds/findings.ts';
import { type MetricsServerConfig, MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';
import { knownMinors } from '../crds/releases.ts';
import type { MetricsAnswer, NodeFacts } from '../health/facts.ts';
import type { Cluster, Live } from './cluster.ts';
import { ownerName } from './ownership.ts';

/** What one look saw. `gone` covers a config that is being deleted, `refused` one of which nothing more is worth seeing. */
export type Seen =
  | { is: 'gone'; name: string; apiService: KubernetesObject | undefined }
  | { is: 'refused'; now: Date; config: MetricsServerConfig; finding: Finding<'Accepted'> }
  | SeenConfig;

export interface SeenConfig {
  is: 'readable';
  now: Date;
  config: MetricsServerConfig;
  spec: EffectiveSpec;
  live: Live;
  apiService: KubernetesObject | undefined;
  nodes: NodeFacts[];
  metrics: MetricsAnswer;
}

/** Reads everything that the other steps need, once. */
export async function observe(cluster: Cluster, name: string, now: Date): Promise<Seen> {
  const config = await cluster.config(name);
  if (config === undefined || config.metadata.deletionTimestamp !== undefined) {
    return { is: 'gone', name, apiService: ownApiService(cluster, name) };
  }
  const spec = superseded(name, cluster.configs()) ?? readSpec(config);
  if ('reason' in spec) return { is: 'refused', now, config, finding: spec };

  const live = await cluster.live({ name, namespace: spec.namespace });
  const apiService = cluster.apiService();
  const isOurs = apiService !== undefined && ownerName(apiService) === name;
  return {
    is: 'readable',
    now,
    config,
    spec,
    live,
    apiService,
    nodes: cluster.nodes(),
    metrics: isOurs ? await cluster.nodeMetrics() : { is: 'unregistered' },
  };
}

function ownApiService(cluster: Cluster, name: string): KubernetesObject | undefined {
  const apiService = cluster.apiService();
  return apiService !== undefined && ownerName(apiService) === name ? apiService : undefined;
}

/** The spec may have been stored under older rules, so it is checked again. */
function readSpec(config: MetricsServerConfig): EffectiveSpec | Finding<'Accepted'> {
  const parsed = MetricsServerConfigSpec.safeParse(config.spec ?? {});
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `spec.${issue.path.join('.')}: ${issue.message}`);
    return { status: 'False', reason: 'InvalidSpec', message: `${issues.join('; ')}.` };
  }
  return (
    effectiveSpec(parsed.data) ?? {
      status: 'False',
      reason: 'UnknownVersion',
      message: `spec.version: this operator does not know metrics-server ${parsed.data.version}; it knows the lines ${knownMinors.join(', ')}.`,
    }
  );
}

/** A cluster has one metrics API; the oldest config owns it. */
function superseded(name: string, configs: MetricsServerConfig[]): Finding<'Accepted'> | undefined {
  const owner = oldest(configs) ?? name;
  if (owner === name) return undefined;
  return {
    status: 'False',
    reason: 'Superseded',
    message: `MetricsServerConfig ${owner} is older and owns the metrics API, of which a cluster has one; delete one of the two.`,
  };
}

function oldest(configs: MetricsServerConfig[]): string | undefined {
  const alive = configs.filter((config) => config.metadata.deletionTimestamp === undefined);
  const ages = alive.map(
    ({ metadata }) => `${new Date(metadata.creationTimestamp ?? 0).toISOString()} ${metadata.name}`,
  );
  return ages.sort()[0]?.split(' ')[1];
}
