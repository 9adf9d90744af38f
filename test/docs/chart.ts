import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { newestRelease } from '../../src/crds/catalogue/releases.ts';
import { realReleases } from '../ecosystem/real-releases.ts';
import { sourceFolder } from '../ecosystem/upstream-manifests.ts';

const copy = join(import.meta.dirname, 'chart-values.yaml');
// From its Chart.yaml.
export const chartVersion = '3.13.1';
export const appVersion = '0.8.1';

/** The chart's values.yaml as it is committed here: first a line that names its source, then upstream's text. */
export async function chartValues(): Promise<{ header: string; text: string; values: unknown }> {
  const [header = '', ...lines] = (await readFile(copy, 'utf8')).split('\n');
  const text = lines.join('\n');
  return { header, text, values: parse(text) };
}

/** The chart as upstream publishes it, in the module that this repository builds metrics-server from. */
export async function originalChart(): Promise<{ values: string; about: string }> {
  const newest = realReleases.find(({ version }) => version === newestRelease.version);
  if (newest === undefined) throw new Error(`no sources of metrics-server ${newestRelease.version}`);
  const chart = join(await sourceFolder(newest), 'charts', 'metrics-server');
  const read = (file: string) => readFile(join(chart, file), 'utf8');
  return { values: await read('values.yaml'), about: await read('Chart.yaml') };
}

/** Paths such as image.tag of everything that is no map; an empty map is a leaf, too. */
export function leafPaths(value: unknown, path: string[] = []): string[] {
  const entries = entriesOf(value);
  if (entries.length === 0) return [path.join('.')];
  return entries.flatMap(([key, child]) => leafPaths(child, [...path, key]));
}

export function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** As Helm lays a user's values over the chart's: maps are merged, all the rest is replaced. */
export function laidOver(base: unknown, over: unknown): unknown {
  if (entriesOf(base).length === 0 || entriesOf(over).length === 0) return over;
  const merged = new Map(entriesOf(base));
  for (const [key, child] of entriesOf(over)) merged.set(key, laidOver(merged.get(key), child));
  return Object.fromEntries(merged);
}

const Values = z.object({
  image: z.object({ repository: z.string(), tag: z.string(), pullPolicy: z.string() }),
  imagePullSecrets: z.array(z.object({ name: z.string() })),
  replicas: z.int(),
  containerPort: z.int(),
  hostNetwork: z.object({ enabled: z.boolean() }),
  defaultArgs: z.array(z.string()),
  args: z.array(z.string()),
  metrics: z.object({ enabled: z.boolean() }),
  podLabels: z.record(z.string(), z.string()),
  resources: z.record(z.string(), z.record(z.string(), z.string())),
  nodeSelector: z.record(z.string(), z.string()),
  tolerations: z.array(z.record(z.string(), z.string())),
  podDisruptionBudget: z.object({ enabled: z.boolean() }),
});

/** What the chart's templates make of values, as far as the examples go. */
export function fromChart(given: unknown) {
  const values = Values.parse(given);
  const { repository, tag, pullPolicy } = values.image;
  const args = [
    `--secure-port=${values.containerPort}`,
    ...values.defaultArgs,
    ...(values.metrics.enabled ? ['--authorization-always-allow-paths=/metrics'] : []),
    ...values.args,
  ];
  return {
    image: `${repository}:${tag || `v${appVersion}`}`,
    pullPolicy,
    pullSecrets: values.imagePullSecrets,
    replicas: values.replicas,
    port: values.containerPort,
    hostNetwork: values.hostNetwork.enabled,
    labels: values.podLabels,
    resources: values.resources,
    nodeSelector: values.nodeSelector,
    tolerations: values.tolerations,
    hasBudget: values.podDisruptionBudget.enabled,
    flags: flagsIn(args),
  };
}

/** Flags with their values; of a flag that comes twice the last one holds. */
export function flagsIn(args: string[]): Record<string, string> {
  return Object.fromEntries(
    args.map((arg) => {
      const [name = '', ...value] = arg.replace('--', '').split('=');
      return [name, value.join('=')];
    }),
  );
}
