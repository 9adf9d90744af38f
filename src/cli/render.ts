import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readingOf } from '../crds/effective.ts';
import { apiVersion, kind, MetricsServerConfigSchema } from '../crds/metrics-server-config.ts';
import { names } from '../resources/names.ts';
import { objects } from '../resources/objects.ts';
import { yamlOf } from './yaml.ts';

const usage = `usage: npm run render -- FILE [--kubernetes 1.34]
  FILE          a file with a MetricsServerConfig; - for standard input
  --kubernetes  the cluster's version: chooses the release where the spec names none, and refuses one that does not fit`;

/** Prints the manifests that a MetricsServerConfig leads to; needs no cluster. */
async function render(file: string, kubernetes: string | undefined): Promise<string> {
  const documents = parseAllDocuments(await read(file));
  const fault = documents.flatMap(({ errors }) => errors)[0];
  if (fault !== undefined) throw new Error(`${file} is not YAML: ${fault.message}`);
  const configs = documents.map((document) => document.toJS()).filter(isConfig);
  if (configs.length === 0) throw new Error(`${file} holds no ${kind} of ${apiVersion}`);
  return yamlOf(configs.flatMap((config) => manifests(config, kubernetes)));
}

function read(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch((error) => {
    throw new Error(`cannot read ${file}: ${error.message}`);
  });
}

function isConfig(document: unknown): boolean {
  return z.object({ apiVersion: z.literal(apiVersion), kind: z.literal(kind) }).safeParse(document).success;
}

function manifests(config: unknown, kubernetes: string | undefined) {
  const parsed = MetricsServerConfigSchema.safeParse(config);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new Error(`the config is not valid:\n${faults.join('\n')}`);
  }
  const [unknown] = unknownFields(config, parsed.data, '');
  if (unknown !== undefined)
    throw new Error(`unknown field "${unknown}"; kubectl explain msc.spec lists the fields`);
  const { metadata, spec } = parsed.data;
  const reading = readingOf(spec, { kubernetes, allowsLegacy: true });
  if (reading.refusal !== undefined) throw new Error(reading.refusal.message);
  if (reading.warning !== undefined) process.stderr.write(`render: ${metadata.name}: ${reading.warning}\n`);
  if (reading.spec.kubeletTls === 'CustomCA') {
    const { kubeletCa } = names(metadata.name);
    process.stderr.write(
      `render: ${metadata.name}: the operator makes ConfigMap ${kubeletCa} out of tls.kubelet.caBundleRef.\n`,
    );
  }
  return objects(metadata.name, reading.spec);
}

/** As strict as kubectl: a misspelt field must not be dropped in silence. Parsing keeps exactly what the schema knows. */
function unknownFields(given: unknown, known: unknown, path: string): string[] {
  if (path === '' && typeof given === 'object') return unknownFields(specOf(given), specOf(known), 'spec');
  if (typeof given !== 'object' || given === null || typeof known !== 'object' || known === null) return [];
  const twins = new Map<string, unknown>(Object.entries(known));
  return Object.entries(given).flatMap(([key, child]) => {
    const field = `${path}.${key}`;
    return twins.has(key) ? unknownFields(child, twins.get(key), field) : [field];
  });
}

function specOf(config: unknown): unknown {
  return typeof config === 'object' && config !== null && 'spec' in config ? config.spec : {};
}

function parsed(args: string[]): { file: string; kubernetes?: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { kubernetes: { type: 'string' } },
      allowPositionals: true,
    });
    const [file, ...others] = positionals;
    return file === undefined || others.length > 0 ? undefined : { file, ...values };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

async function main(args: string[]): Promise<void> {
  const wanted = parsed(args);
  if (wanted === undefined) {
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const { file, kubernetes } = wanted;
  if (kubernetes !== undefined && !/^v?1\.[0-9]+(\.[0-9]+)?$/.test(kubernetes)) {
    throw new Error(`--kubernetes ${kubernetes}: write a version such as 1.34`);
  }
  process.stdout.write(await render(file, kubernetes));
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`render: ${error.message}\n`);
  process.exitCode = 1;
});
