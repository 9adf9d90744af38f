import { autoResources, nodesCovered } from './auto-resources.ts';
import { breakerAfterMs } from './breaker.ts';
import { newestFor, type Release } from './catalogue/releases.ts';
import { compareVersions, minorOf } from './catalogue/versions.ts';
import { chosenRelease, type ReleaseContext } from './chosen-release.ts';
import { durationMs, durationText } from './duration.ts';
import type { Finding } from './findings.ts';
import { keeps } from './kubernetes-fields.ts';
import type { MetricsServerConfigSpec } from './metrics-server-config.ts';
import type { Resources } from './quantities.ts';
import { isCramped, type NodePlace } from './room.ts';

/** An image that may be used. */
export interface ImageSource {
  reference: string;
  /** The entry of image.mirrors that it comes from. */
  mirror?: string;
}

/** A spec in which nothing is open any more: what the CRD does not default is computed here, and only here. */
export interface EffectiveSpec extends MetricsServerConfigSpec {
  release: Release;
  /** Version of the cluster; undefined where nobody knows it. */
  kubernetes: string | undefined;
  requestTimeout: string;
  kubeletTls: 'ClusterCA' | 'CustomCA' | 'Insecure';
  /** With CustomCA, what `caBundleRef` leads to in the cluster: certificates as PEM, and a hash of them. */
  kubeletCa?: { certificates: string; hash: string };
  /** Hash of the certificate that pods show, as far as it is there. */
  shownHash?: string;
  servingTls: 'Managed' | 'Secret' | 'CertManager' | 'SelfSigned';
  servingPort: number;
  /** With mode Auto, for the nodes that there are; the size that was chosen before comes first. */
  resources: Resources & { mode: NonNullable<Resources['mode']> };
  /** `candidates` in the order in which they are tried. */
  image: MetricsServerConfigSpec['image'] & ImageSource & { candidates: ImageSource[] };
  minNodesScraped: number | string;
  /** Whether kubelets are asked for their certificates. */
  preflight: boolean;
  /** For how long the metrics API must be dead before it is deregistered; undefined where that is not wanted. */
  breakerAfterMs: number | undefined;
  /** Whether no node is left for a further pod that takes a port of the node. */
  isCramped: boolean;
}

/** What a spec meets: a cluster, or whoever renders it without one. */
export interface Surroundings extends ReleaseContext {
  nodes?: NodePlace[];
}

/** What a spec leads to. */
export interface Reading {
  /** Where it is refused, what comes closest to it: what runs is measured all the same. */
  spec: EffectiveSpec;
  refusal?: Finding<'Accepted'>;
  /** The newest release for this Kubernetes, where an older one is used. */
  recommended?: string;
  warning?: string;
}

export function readingOf(spec: MetricsServerConfigSpec, surroundings: Surroundings): Reading {
  const { release, refusal } = chosenRelease(spec, surroundings);
  const effective = effectiveSpec(spec, release, surroundings);
  return {
    spec: effective,
    refusal,
    recommended: recommendation(release, surroundings),
    warning: warnings(effective).join(' ') || undefined,
  };
}

function effectiveSpec(
  spec: MetricsServerConfigSpec,
  release: Release,
  { nodes = [], kubernetes }: Surroundings,
): EffectiveSpec {
  const candidates = imageCandidates(spec.image, release);
  const [first] = candidates;
  return {
    ...spec,
    release,
    kubernetes,
    requestTimeout: spec.kubelet.requestTimeout ?? defaultTimeout(spec.resolution),
    kubeletTls: spec.tls?.kubelet?.mode ?? 'ClusterCA',
    servingTls: spec.tls?.serving?.mode ?? 'Managed',
    servingPort: spec.servingPort ?? (spec.scheduling?.hostNetwork ? 10251 : 10250), // the kubelet has 10250
    resources: effectiveResources(spec.resources, nodes.length),
    image: { ...spec.image, ...first, candidates },
    minNodesScraped: spec.health?.minNodesScraped ?? '90%',
    preflight: spec.health?.preflight ?? true,
    breakerAfterMs: breakerAfterMs(spec.breaker),
    isCramped: isCramped(spec, nodes),
  };
}

function effectiveResources(given: Resources | undefined, nodes: number): EffectiveSpec['resources'] {
  const { mode, requests, limits, limitMemory } = given ?? {};
  const isGiven = requests !== undefined || limits !== undefined;
  if (mode === 'External') return { mode };
  if (mode === 'Fixed' || isGiven) return { mode: 'Fixed', requests, limits };
  return { limitMemory, ...autoResources({ nodes: nodesCovered(nodes), raised: 0 }, limitMemory === true) };
}

function recommendation({ version }: Release, { kubernetes }: Surroundings): string | undefined {
  const newest = newestFor(kubernetes)?.version;
  return newest !== undefined && compareVersions(version, newest) < 0 ? newest : undefined;
}

function warnings({ release, scheduling, isCramped, kubernetes, image, resources }: EffectiveSpec): string[] {
  const tagged = image.tag?.match(/^v?([0-9]+\.[0-9]+\.[0-9]+)/)?.[1];
  return [
    ...(release.isKnown ? [] : [unknownPatch(release)]),
    ...(tagged === undefined || tagged === release.version
      ? []
      : [otherTag(image.tag ?? '', tagged, release)]),
    ...(scheduling?.hostNetwork && isCramped ? [noRoom] : []),
    ...(keeps(kubernetes, 'preStopSleep') ? [] : [noSleep]),
    ...(resources.mode === 'External' ? [noResources] : []),
  ];
}

const noSleep =
  'Before Kubernetes 1.30 a pod that is replaced cannot serve on until everybody knows that it goes: a request for metrics may fail then.';

const noResources =
  'With resources.mode External the container has no requests until another field manager sets them, and is then among the first to be evicted.';

function otherTag(tag: string, tagged: string, { version }: Release): string {
  return `image.tag ${tag} looks like metrics-server ${tagged}, but it is run with the flags, rights and probes of ${version}: set spec.version to ${tagged}.`;
}

const noRoom =
  'With scheduling.hostNetwork no ready node is left for a further pod: whenever pods are replaced, the old one ends first, and metrics are missing for about one resolution.';

function unknownPatch({ version }: Release): string {
  return `This operator does not know the patch ${version}; it is run with what is known of the line ${minorOf(version)}.`;
}

/** metrics-server's own default, shortened where a short resolution would make it refuse to start. */
function defaultTimeout(resolution: string): string {
  return durationText(Math.min(10_000, Math.floor(durationMs(resolution) * 0.9)));
}

function imageCandidates(
  image: MetricsServerConfigSpec['image'],
  release: Release,
): [ImageSource, ...ImageSource[]] {
  const tag = image.tag ?? `v${release.version}`;
  const digest = image.digest === undefined ? '' : `@${image.digest}`;
  const referenceIn = (repository: string) => `${repository}:${tag}${digest}`;
  const last = { reference: referenceIn(image.repository ?? release.repository) };
  const [first, ...others] = (image.mirrors ?? []).map((mirror) => ({
    reference: referenceIn(mirror),
    mirror,
  }));
  return first === undefined ? [last] : [first, ...others, last];
}
