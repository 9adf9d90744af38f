import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { entriesOf } from './chart.ts';

const crdFile = join(import.meta.dirname, '../../config/crd/metrics-server.io_metricsserverconfigs.yaml');

/** The CRD's schema of spec. */
export async function specSchema(): Promise<unknown> {
  const crd = parse(await readFile(crdFile, 'utf8'));
  return crd.spec.versions[0].schema.openAPIV3Schema.properties.spec;
}

/** Whether a path such as tls.kubelet.mode is one of the schema. */
export function isField(schema: unknown, path: string): boolean {
  return path === 'metadata.name' || path.split('.').reduce(child, schema) !== undefined;
}

function child(schema: unknown, key: string): unknown {
  const { properties, additionalProperties } = Object.fromEntries(entriesOf(schema));
  return new Map(entriesOf(properties)).get(key) ?? additionalProperties;
}
