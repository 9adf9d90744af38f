import { catalogue } from './catalogue/flags.ts';
import { flagNamed, takenBy, takes } from './catalogue/known-flags.ts';
import {
  knownMinors,
  knownReleases,
  newestFor,
  newestRelease,
  type Release,
  rangeText,
  releaseOf,
  supports,
} from './catalogue/releases.ts';
import { minorOf } from './catalogue/versions.ts';
import type { Finding } from './findings.ts';
import type { MetricsServerConfigSpec } from './metrics-server-config.ts';

/** What decides about the release, beside the spec. */
export interface ReleaseContext {
  /** Version of Kubernetes; undefined where it is not known. */
  kubernetes?: string;
  /** Release that runs. */
  running?: string;
  /** Whether releases may be deployed that want to read ConfigMaps everywhere. */
  allowsLegacy: boolean;
}

export interface ChosenRelease {
  /** Where the choice is refused, the one by which what runs is measured. */
  release: Release;
  refusal?: Finding<'Accepted'>;
}

/** The release for a spec. Unset: what runs, while it fits; else the newest that fits. Nobody is upgraded for an upgrade of the operator. */
export function chosenRelease(spec: MetricsServerConfigSpec, context: ReleaseContext): ChosenRelease {
  const current = context.running === undefined ? undefined : releaseOf(context.running);
  const wanted =
    spec.version === undefined
      ? (fitting(current, context) ?? newestFor(context.kubernetes))
      : releaseOf(spec.version);
  const refusal =
    wanted === undefined
      ? unknown(spec.version, context)
      : (unfit(wanted, context) ?? notForNow(wanted, context) ?? lackingFlag(spec, wanted));
  return { release: wanted ?? current ?? newestRelease, refusal };
}

function fitting(
  release: Release | undefined,
  { kubernetes, allowsLegacy }: ReleaseContext,
): Release | undefined {
  if (release === undefined || !supports(release, kubernetes)) return undefined;
  return release.isLegacy && !allowsLegacy ? undefined : release;
}

function refused(reason: Finding<'Accepted'>['reason'], message: string): Finding<'Accepted'> {
  return { status: 'False', reason, message };
}

function unknown(version: string | undefined, { kubernetes }: ReleaseContext): Finding<'Accepted'> {
  return version === undefined
    ? refused(
        'UnsupportedKubernetes',
        `No release of metrics-server that this operator knows is made for Kubernetes ${kubernetes}.`,
      )
    : refused(
        'UnknownVersion',
        `spec.version: this operator does not know metrics-server ${version}; it knows the lines ${knownMinors.join(', ')}.`,
      );
}

function unfit(release: Release, { kubernetes }: ReleaseContext): Finding<'Accepted'> | undefined {
  if (supports(release, kubernetes)) return undefined;
  return refused(
    'UnsupportedKubernetes',
    `spec.version: metrics-server ${release.version} is made for Kubernetes ${rangeText(release)}, and this is ${kubernetes}. Made for it: ${linesFor(kubernetes)}.`,
  );
}

function notForNow(
  release: Release,
  { kubernetes, allowsLegacy }: ReleaseContext,
): Finding<'Accepted'> | undefined {
  if (!release.isLegacy || allowsLegacy) return undefined;
  return refused(
    'LegacyRelease',
    `spec.version: metrics-server ${release.version} reads all ConfigMaps and Namespaces, so it is deployed only where the operator was started with LEGACY_RELEASES=true and the rights of config/rbac/legacy.yaml. Lines that need no such right: ${linesFor(kubernetes)}.`,
  );
}

function linesFor(kubernetes: string | undefined): string {
  const fitting = knownReleases.filter((release) => !release.isLegacy && supports(release, kubernetes));
  return (
    [...new Set(fitting.map(({ version }) => minorOf(version)))].join(', ') || 'none that this operator knows'
  );
}

/** The first flag that is asked for and that the release does not have. */
function lackingFlag(spec: MetricsServerConfigSpec, { version }: Release): Finding<'Accepted'> | undefined {
  const asked = [
    ...catalogue.filter(({ field }) => field !== undefined && isSet(spec, field)),
    ...Object.keys(spec.extraFlags ?? {}).flatMap((name) => flagNamed(name) ?? []),
  ];
  const flag = asked.find((one) => !takes(version, one));
  if (flag === undefined) return undefined;
  const where = flag.field ?? `extraFlags.${flag.name}`;
  return refused(
    'UnsupportedFlag',
    `spec.${where}: metrics-server ${version} has no flag --${flag.name}, which is in ${takenBy(flag)}. Leave the field out, or choose such a release.`,
  );
}

/** Whether the user wants a field. What the CRD defaults is no wish: a release that cannot have it goes without. */
function isSet(spec: object, field: string): boolean {
  if (field === 'kubelet.useNodeStatusPort') return false;
  const at = (value: unknown, key: string) =>
    typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined;
  return field.split('.').reduce<unknown>(at, spec) !== undefined;
}
