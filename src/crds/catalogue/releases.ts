import { compareVersions, minorOf } from './versions.ts';

/** A release of metrics-server, with what its objects depend on. */
export interface Release {
  /** Without a leading v, such as 0.9.0. */
  version: string;
  /** Whether this operator was made with this very patch in mind; if not, what holds for its line is taken. */
  isKnown: boolean;
  /** Kubernetes it is made for; `to` is inclusive. From the compatibility table of its README. */
  kubernetes: { from: string; to?: string };
  /** Where upstream publishes it. */
  repository: string;
  /** Deployed only where the operator was started for it: see docs/decisions/0004. */
  isLegacy: boolean;
  /** What it reads through the API server, with get, list and watch. */
  reads: string[];
  /** The subresource that the kubelet asks for when it is scraped (KEP-2862 came later). */
  scrapes: 'nodes/stats' | 'nodes/metrics';
  probes: { live: string; ready: string };
  /** Whether it reads the file with the CA of the kubelets again when that changes; before, only at start. */
  reloadsKubeletCa: boolean;
  /** Whether it reads the certificate that it shows again when that changes; before, only at start. */
  reloadsCertificate: boolean;
  /** The image's program has a file capability: without NET_BIND_SERVICE it does not start, on any port. */
  bindsPrivileged: boolean;
}

/** A minor line: everything that its patches share. */
interface Line {
  patches: string[];
  kubernetes: Release['kubernetes'];
  isLegacy: boolean;
  reads: string[];
  scrapes: Release['scrapes'];
  probes: Release['probes'];
  reloadsKubeletCa?: true;
  reloadsCertificate?: false;
}

const livez = { live: '/livez', ready: '/readyz' };
type Shared = Pick<Line, 'isLegacy' | 'reads' | 'scrapes' | 'probes'>;
const current: Shared = {
  isLegacy: false,
  reads: ['pods', 'nodes'],
  scrapes: 'nodes/metrics',
  probes: livez,
};
const legacy: Shared = {
  isLegacy: true,
  // What upstream's manifests grant. Whether these releases do without the last two was not tried.
  reads: ['pods', 'nodes', 'namespaces', 'configmaps'],
  scrapes: 'nodes/stats',
  probes: livez,
};

const lines: Record<string, Line> = {
  '0.3': {
    ...legacy,
    patches: ['0.3.3', '0.3.4', '0.3.5', '0.3.6', '0.3.7'],
    kubernetes: { from: '1.8', to: '1.21' }, // it asks for TokenReviews of v1beta1, which 1.22 does not serve
    probes: { live: '/healthz', ready: '/healthz' },
    reloadsCertificate: false,
  },
  '0.4': {
    ...legacy,
    patches: ['0.4.0', '0.4.1', '0.4.2', '0.4.3', '0.4.4', '0.4.5'],
    kubernetes: { from: '1.8' },
  },
  '0.5': { ...legacy, patches: ['0.5.0', '0.5.1', '0.5.2'], kubernetes: { from: '1.8' } },
  '0.6': {
    ...current,
    patches: ['0.6.0', '0.6.1', '0.6.2', '0.6.3', '0.6.4'],
    kubernetes: { from: '1.25' },
  },
  '0.7': { ...current, patches: ['0.7.0', '0.7.1', '0.7.2'], kubernetes: { from: '1.27' } },
  '0.8': { ...current, patches: ['0.8.0', '0.8.1'], kubernetes: { from: '1.31' } },
  '0.9': { ...current, patches: ['0.9.0'], kubernetes: { from: '1.34' }, reloadsKubeletCa: true },
};

const bindingPrivileged = ['0.4.4', '0.5.0', '0.5.1'];

export const knownMinors = Object.keys(lines);

/** Every release that this operator knows, oldest first. */
export const knownReleases: readonly Release[] = Object.values(lines)
  .flatMap(({ patches }) => patches)
  .flatMap((version) => releaseOf(version) ?? []);

function newestOf(releases: readonly Release[]): Release {
  const newest = releases.at(-1);
  if (newest === undefined) throw new Error('the catalogue is empty');
  return newest;
}

export const newestRelease = newestOf(knownReleases);

/** What is known of a release; undefined for an unknown minor. An unknown patch is taken: a security fix must not wait for an operator. */
export function releaseOf(version: string): Release | undefined {
  const bare = version.replace(/^v/, '');
  const line = lines[minorOf(bare)];
  if (line === undefined) return undefined;
  const { patches, reloadsKubeletCa = false, reloadsCertificate = true, ...shared } = line;
  return {
    ...shared,
    reloadsKubeletCa,
    reloadsCertificate,
    version: bare,
    isKnown: patches.includes(bare),
    repository: repositoryOf(bare),
    bindsPrivileged: bindingPrivileged.includes(bare),
  };
}

// Before 0.3.7 each architecture had an image of its own; the others are to be named in image.repository.
function repositoryOf(version: string): string {
  if (compareVersions(version, '0.3.7') < 0) return 'k8s.gcr.io/metrics-server-amd64';
  const registry = compareVersions(version, '0.6.3') < 0 ? 'k8s.gcr.io' : 'registry.k8s.io';
  return `${registry}/metrics-server/metrics-server`;
}

/** Whether a release is made for a Kubernetes; where that is not known, it is taken to be. */
export function supports({ kubernetes: { from, to } }: Release, kubernetes: string | undefined): boolean {
  if (kubernetes === undefined) return true;
  const minor = minorOf(kubernetes);
  return compareVersions(minor, from) >= 0 && (to === undefined || compareVersions(minor, to) <= 0);
}

/** The newest release for a Kubernetes; undefined where it is older than all. */
export function newestFor(kubernetes: string | undefined): Release | undefined {
  return knownReleases.findLast((release) => !release.isLegacy && supports(release, kubernetes));
}

/** "1.34 or newer", for messages. */
export function rangeText({ kubernetes: { from, to } }: Release): string {
  return to === undefined ? `${from} or newer` : `${from} to ${to}`;
}
