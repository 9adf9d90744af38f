import { durationMs, durationText } from './duration.ts';
import type { MetricsServerConfigSpec } from './metrics-server-config.ts';
import type { Resources } from './quantities.ts';
import { imageDefaults, type Release, releaseOf } from './releases.ts';

/** A spec in which nothing is open any more: what the CRD does not default is computed here, and only here. */
export interface EffectiveSpec extends MetricsServerConfigSpec {
  release: Release;
  requestTimeout: string;
  kubeletTls: 'ClusterCA' | 'Insecure';
  servingTls: 'SelfSigned';
  servingPort: number;
  resources: Resources;
  image: MetricsServerConfigSpec['image'] & { reference: string; mirror?: string };
  minNodesScraped: number | string;
}

// Upstream's requests since 0.5: enough for 100 nodes of 70 pods.
const upstreamResources: Resources = { mode: 'Fixed', requests: { cpu: '100m', memory: '200Mi' } };

/** Undefined where the spec names a release that this operator does not know. */
export function effectiveSpec(spec: MetricsServerConfigSpec): EffectiveSpec | undefined {
  const release = releaseOf(spec.version);
  if (release === undefined) return undefined;

  return {
    ...spec,
    release,
    requestTimeout: spec.kubelet.requestTimeout ?? defaultTimeout(spec.resolution),
    kubeletTls: spec.tls?.kubelet?.mode ?? 'ClusterCA',
    servingTls: spec.tls?.serving?.mode ?? 'SelfSigned',
    servingPort: spec.servingPort ?? 10250,
    resources: spec.resources ?? upstreamResources,
    image: { ...spec.image, ...imageFor(spec.image, release) },
    minNodesScraped: spec.health?.minNodesScraped ?? '90%',
  };
}

/** metrics-server's own default, shortened where a short resolution would make it refuse to start. */
function defaultTimeout(resolution: string): string {
  return durationText(Math.min(10_000, Math.floor(durationMs(resolution) * 0.9)));
}

function imageFor(
  image: MetricsServerConfigSpec['image'],
  release: Release,
): { reference: string; mirror?: string } {
  const [mirror] = image.mirrors ?? [];
  const repository = mirror ?? image.repository ?? imageDefaults.repository;
  const tag = image.tag ?? `v${release.version}`;
  const digest = image.digest === undefined ? '' : `@${image.digest}`;
  return { reference: `${repository}:${tag}${digest}`, mirror };
}
