import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

export interface AlertGroup {
  name: string;
  rules: Alert[];
}

/** The alerts as users install them. */
export async function alertGroups(): Promise<AlertGroup[]> {
  const file = join(import.meta.dirname, '../config/monitoring/prometheus-rule.yaml');
  return parse(await readFile(file, 'utf8')).spec.groups;
}
