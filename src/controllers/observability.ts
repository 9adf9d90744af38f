import type { KubernetesObject } from '@kubernetes/client-node';
import type { Logger } from 'winston';
import packageJson from '../../package.json' with { type: 'json' };
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { Connection } from '../platform/connection.ts';
import type { Queue } from '../platform/queue.ts';
import { watchesOn } from '../platform/watch-register.ts';
import { type Address, webServer } from '../platform/web-server.ts';
import { expiries } from './expiries.ts';
import type { Figures } from './figures.ts';
import { checksPage, type Liveness, liveness, sampleMs } from './liveness.ts';
import { troubleText } from './trouble.ts';

/** What users may ask of the operator about itself. */
export interface ObservabilityOptions {
  /** Where /livez and /readyz are served; undefined: nowhere. */
  probeAddress?: Address;
  /** Where /metrics is served; undefined: nowhere. */
  metricsAddress?: Address;
  /** Folder with tls.crt and tls.key for it; undefined: plain HTTP. */
  metricsCertificate?: string;
  /** Whether this replica is the one that works. Default: it is. */
  isLeader?: () => boolean;
  /** See `LivenessParts`. */
  leaseTrouble?: () => string | undefined;
}

export interface ObservabilityParts extends ObservabilityOptions {
  log: Logger;
  connection: Connection;
  queue: Queue;
  figures: Figures;
  configs: () => MetricsServerConfig[];
  /** The objects of a config. */
  owned: (config: string) => KubernetesObject[];
  signal: AbortSignal;
}

/** Serves what there is to see of the operator: whether it lives, and its metrics. */
export async function observability(parts: ObservabilityParts): Promise<void> {
  const { probeAddress, metricsAddress } = parts;
  if (probeAddress !== undefined) serveProbes(probeAddress, parts);
  if (metricsAddress !== undefined) await serveMetrics(metricsAddress, parts);
}

function serveProbes(
  address: Address,
  { log, connection, queue, figures, leaseTrouble, signal }: ObservabilityParts,
): void {
  const lives = liveness({
    watches: () => watchesOn(connection).marks,
    queue: queue.state,
    answeredAtMs: () => figures.answeredAtMs,
    ...(leaseTrouble && { lease: leaseTrouble }),
  });
  const told = tellingChanges(lives, log);
  const timer = setInterval(() => {
    lives.sample(Date.now(), sampleMs);
    told();
  }, sampleMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
  webServer({
    address,
    pages: { '/livez': () => checksPage(lives.livez()), '/readyz': () => checksPage(lives.readyz()) },
    onTrouble: (error) => log.error('probes are not served', { error: troubleText(error) }),
    signal,
  });
}

/** Whoever finds a pod restarted wants to read why. */
function tellingChanges(lives: Liveness, log: Logger): () => void {
  const last = { failing: '' };
  return () => {
    const checks = lives.livez().filter(({ because }) => because !== undefined);
    const failing = checks.map(({ what }) => what).join();
    if (failing === last.failing) return;
    last.failing = failing;
    if (checks.length === 0) log.info('livez is good again');
    else log.error('livez fails', { checks });
  };
}

async function serveMetrics(address: Address, parts: ObservabilityParts): Promise<void> {
  const { log, connection, queue, figures, configs, owned, isLeader = () => true, signal } = parts;
  const { exposition } = await import('./exposition.ts'); // prom-client takes a MiB
  const page = exposition({
    configs,
    lives: (config) => expiries(config, owned(config)),
    figures,
    watches: watchesOn(connection),
    queue: queue.state,
    isLeader,
    version: packageJson.version,
  });
  webServer({
    address,
    pages: { '/metrics': page },
    certificate: parts.metricsCertificate,
    onTrouble: (error) =>
      log.error('metrics are not served as they should be', { error: troubleText(error) }),
    onCertificate: (fingerprint) => log.info('certificate of the metrics is read', { fingerprint }),
    signal,
  });
}
