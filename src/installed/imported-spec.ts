import { isDeepStrictEqual } from 'node:util';
import { readingOf } from '../crds/effective.ts';
import { MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';
import { names } from '../resources/names.ts';
import { objects } from '../resources/objects.ts';
import { commandLineOf } from './command-line.ts';
import { configName } from './config-name.ts';
import { flagShare } from './flag-fields.ts';
import type { Found } from './found.ts';
import { imageShare } from './image.ts';
import { leftBehind } from './left-behind.ts';
import { metricsServerIn } from './metrics-server-in.ts';
import { fileOf, mountedSources } from './mounted-sources.ts';
import { nested, type Piece } from './piece.ts';
import { podShare } from './pod.ts';
import { schedulingShare } from './scheduling.ts';
import { serviceShare } from './service.ts';
import { servingShare } from './serving.ts';
import { settled } from './settled.ts';
import { unsaid } from './unsaid.ts';

export interface Imported {
  /** What a MetricsServerConfig says to get the same metrics-server; without what is the default anyway. */
  spec: Record<string, unknown>;
  /** What it cannot say, and what a person has to decide. */
  remarks: string[];
  /** Comments behind fields. */
  notes: { path: string[]; note: string }[];
}

/** The spec that reproduces what runs. */
export function importedSpec(found: Found): Imported {
  const { kubernetes } = found;
  const { container, sources, ...read } = piecesOf(found);
  const pieces = withoutDefaults(read.pieces, kubernetes);
  const files = pieces.flatMap(({ from }) => fileOf(from.replace(/^[^=]*=/, ''), sources) ?? []);
  const certificate = names(configName).servingCertificate;
  const used = sources.filter(
    ({ volume, name }) => name === certificate || files.some((file) => file.volume === volume),
  );
  const spec = inOrder(nested(pieces));
  return {
    spec,
    remarks: [...refusal(spec, kubernetes), ...read.remarks, ...leftBehind(found, container, used)],
    notes: pieces.flatMap(({ path, note }) => (note === undefined ? [] : [{ path, note }])),
  };
}

/** The same with all that is the default anyway, which takes no time to find out. */
export function specIn(found: Found): Record<string, unknown> {
  return nested(piecesOf(found).pieces);
}

function piecesOf(found: Found) {
  const { deployment } = found;
  const container = metricsServerIn(deployment);
  const pod = deployment.spec?.template.spec;
  if (container === undefined || pod === undefined) throw new Error('no container is metrics-server');
  const sources = mountedSources(pod, container);
  const line = commandLineOf(container);
  const shares = [
    imageShare(deployment, container),
    flagShare(line, sources),
    { pieces: line.isScript ? [] : unsaid(line.flags), remarks: [] },
    schedulingShare(deployment),
    podShare(deployment, container),
    serviceShare(found),
    servingShare(line.flags, found, sources),
  ];
  const valid = settled([...placeOf(found), ...shares.flatMap(({ pieces }) => pieces)]);
  const remarks = [...shares.flatMap(({ remarks }) => remarks), ...valid.remarks];
  return { pieces: valid.pieces, remarks, container, sources };
}

function placeOf({ deployment: { metadata, spec } }: Found): Piece[] {
  const replicas = spec?.replicas ?? 1;
  return [
    { path: ['namespace'], value: metadata?.namespace, from: 'the namespace' },
    { path: ['availability', 'replicas'], value: replicas, from: `replicas ${replicas}` },
  ];
}

/** A piece goes where the objects are the same without it; the version stays, for what is unset follows the cluster. */
function withoutDefaults(pieces: Piece[], kubernetes: string | undefined): Piece[] {
  return pieces.reduce((kept, piece) => {
    if (piece.path[0] === 'version') return kept;
    const fewer = kept.filter((one) => one !== piece);
    return isDeepStrictEqual(rendered(fewer, kubernetes), rendered(kept, kubernetes)) ? fewer : kept;
  }, pieces);
}

function rendered(pieces: Piece[], kubernetes: string | undefined): unknown {
  const parsed = MetricsServerConfigSpec.safeParse(nested(pieces));
  if (!parsed.success) return pieces; // one that only its neighbours need, such as audit without a target
  const { spec, refusal } = readingOf(parsed.data, { kubernetes, allowsLegacy: true });
  return { objects: JSON.parse(JSON.stringify(objects(configName, spec))), refusal };
}

/** As the schema declares them. */
function inOrder(spec: Record<string, unknown>): Record<string, unknown> {
  const fields = Object.keys(MetricsServerConfigSpec.shape).filter((field) => field in spec);
  return Object.fromEntries(fields.map((field) => [field, spec[field]]));
}

/** Whether the operator would take it in this cluster. */
function refusal(spec: Record<string, unknown>, kubernetes: string | undefined): string[] {
  const parsed = MetricsServerConfigSpec.parse(spec);
  const refused = readingOf(parsed, { kubernetes, allowsLegacy: false }).refusal;
  return refused === undefined ? [] : [`the operator will refuse it: ${refused.message}`];
}
