import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { connectAsAdmin } from '../../local-cluster/admin.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';

const Index = z.object({ paths: z.record(z.string(), z.unknown()) });
const Kind = z.object({ group: z.string(), version: z.string(), kind: z.string() });
const Schema = z.looseObject({ 'x-kubernetes-group-version-kind': z.array(Kind).optional() });
const Document = z.looseObject({ components: z.looseObject({ schemas: z.record(z.string(), Schema) }) });

const apiVersion = /^apis?\/(?:([^/]+)\/)?(v[^/]+)$/;

/**
 * Writes what an API server says of its kinds (/openapi/v3) as the JSON schemas that kubeconform reads: one file for each version of a group, and for
 * each kind one that points into it. Returns their names.
 */
export async function writeSchemas(cluster: LocalCluster, folder: string): Promise<Set<string>> {
  await mkdir(folder, { recursive: true });
  const admin = connectAsAdmin(cluster);
  const { paths } = Index.parse(await admin.send({ path: '/openapi/v3' }));
  const files = new Map<string, unknown>();
  for (const path of Object.keys(paths)) {
    const [found, group = '', version = ''] = apiVersion.exec(path) ?? [];
    if (found === undefined) continue;
    const document = Document.parse(await admin.send({ path: `/openapi/v3/${path}` }));
    const common = `${group || 'core'}_${version}.json`;
    files.set(common, closed(document));
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      for (const one of schema['x-kubernetes-group-version-kind'] ?? []) {
        // What all have, such as DeleteOptions, is in the document of each.
        if (one.group !== group || one.version !== version) continue;
        files.set(schemaFile(one), { $ref: `${common}#/components/schemas/${name}` });
      }
    }
  }
  for (const [file, schema] of files) await writeFile(join(folder, file), JSON.stringify(schema));
  return new Set(files.keys());
}

/** As the pattern that kubeconform is told makes it, which has the version where there is no group. */
export function schemaFile({ group, version, kind }: z.output<typeof Kind>): string {
  return `${group || version}_${version}_${kind.toLowerCase()}.json`;
}

export const schemaPattern = '{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json';

/** An API server refuses fields that it does not know, or drops them; its schemas do not say so. */
function closed(document: object): unknown {
  return JSON.parse(JSON.stringify(document), (_, value) =>
    isClosed(value) ? { ...value, ...noMore } : value,
  );
}

const noMore = { additionalProperties: false };
const Fields = z.looseObject({ type: z.literal('object'), properties: z.looseObject({}) });

function isClosed(schema: unknown): boolean {
  const { success, data = {} } = Fields.safeParse(schema);
  return success && !('additionalProperties' in data) && !('x-kubernetes-preserve-unknown-fields' in data);
}
