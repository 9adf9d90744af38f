import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject, V1PolicyRule } from '@kubernetes/client-node';
import { parse, parseAllDocuments } from 'yaml';

export const root = join(import.meta.dirname, '../..');
export const chart = join(root, 'charts/metrics-server-operator');

export interface Manifest extends KubernetesObject {
  kind: string;
  rules?: V1PolicyRule[];
}

export function manifestsIn(yaml: string): Manifest[] {
  const documents = parseAllDocuments(yaml).map((document): Manifest | null => document.toJS());
  return documents.filter((one) => one !== null);
}

export function titleOf({ kind, metadata }: Manifest): string {
  return [kind, metadata?.namespace, metadata?.name].filter((word) => word !== undefined).join(' ');
}

/** By title, without what only Helm says, and with rules in the order of their text, which means nothing. */
export function comparable(manifests: Manifest[]): Map<string, unknown> {
  const entries = manifests.map((one): [string, unknown] => {
    const { rules, ...rest } = withoutHelm(one);
    return [titleOf(one), rules === undefined ? rest : { ...rest, rules: rules.map(text).sort() }];
  });
  return new Map(entries.sort(([a], [b]) => a.localeCompare(b)));
}

const text = (rule: V1PolicyRule) => JSON.stringify(Object.entries(rule).sort());
const ofHelm =
  /^(helm\.sh\/|app\.kubernetes\.io\/(name|instance|version|managed-by)$|argocd\.argoproj\.io\/)/;

function withoutHelm<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (key, child) => {
    if (key !== 'labels' && key !== 'annotations') return child;
    const left = Object.entries(child).filter(([name]) => !ofHelm.test(name));
    return left.length === 0 ? undefined : Object.fromEntries(left);
  });
}

/** What `kubectl kustomize` makes of a folder of config, which patches nothing. */
export async function kustomized(folder: string): Promise<Manifest[]> {
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const { resources }: { resources: string[] } = parse(await read('kustomization.yaml'));
  const each = resources.map(async (one) =>
    one.endsWith('.yaml') ? manifestsIn(await read(one)) : await kustomized(join(folder, one)),
  );
  return (await Promise.all(each)).flat();
}
