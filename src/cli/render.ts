import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { effectiveSpec } from '../crds/effective.ts';
import { apiVersion, kind, MetricsServerConfigSchema } from '../crds/metrics-server-config.ts';
import { knownMinors } from '../crds/releases.ts';
import { objects } from '../resources/objects.ts';

const usage = 'usage: npm run render -- FILE   (a file with a MetricsServerConfig; - for standard input)';

/** Prints the manifests that a MetricsServerConfig leads to; needs no cluster. */
async function render(file: string): Promise<string> {
  const documents = parseAllDocuments(await read(file));
  const fault = documents.flatMap(({ errors }) => errors)[0];
  if (fault !== undefined) throw new Error(`${file} is not YAML: ${fault.message}`);
  const configs = documents.map((document) => document.toJS()).filter(isConfig);
  if (configs.length === 0) throw new Error(`${file} holds no ${kind} of ${apiVersion}`);
  return configs
    .flatMap((config) =>
      manifests(config).map((object) => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })),
    )
    .join('---\n');
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

function manifests(config: unknown) {
  const parsed = MetricsServerConfigSchema.safeParse(config);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new Error(`the config is not valid:\n${faults.join('\n')}`);
  }
  const [unknown] = unknownFields(config, parsed.data, '');
  if (unknown !== undefined)
    throw new Error(`unknown field "${unknown}"; kubectl explain msc.spec lists the fields`);
  const { metadata, spec } = parsed.data;
  const effective = effectiveSpec(spec);
  if (effective === undefined) {
    throw new Error(
      `spec.version: metrics-server ${spec.version} is not known; known lines: ${knownMinors.join(', ')}`,
    );
  }
  return objects(metadata.name, effective);
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

async function main(file: string | undefined): Promise<void> {
  if (file === undefined) {
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
    return;
  }
  process.stdout.write(await render(file));
}

main(process.argv[2]).catch((error) => {
  process.stderr.write(`render: ${error.message}\n`);
  process.exitCode = 1;
});
