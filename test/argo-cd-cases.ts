import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { MetricsServerConfig } from '../src/crds/metrics-server-config.ts';

const root = join(import.meta.dirname, '..');
const contribution = join(
  root,
  'config/argocd/upstream/resource_customizations/metrics-server.io/MetricsServerConfig',
);

/** What users of Argo CD install. */
export const argoSettings = join(root, 'config/argocd/argocd-cm.yaml');

const Tests = z.object({
  tests: z.array(
    z.object({
      inputPath: z.string(),
      healthStatus: z.object({
        status: z.enum(['Healthy', 'Progressing', 'Degraded', 'Suspended']),
        message: z.string(),
      }),
    }),
  ),
});

/** The tests of the health check, in the form in which Argo CD keeps them. */
export const argoCases = Tests.parse(read('health_test.yaml')).tests.map(({ inputPath, healthStatus }) => {
  const config: MetricsServerConfig = read(inputPath);
  return { name: inputPath, file: join(contribution, inputPath), config, expected: healthStatus };
});

function read(file: string) {
  return parse(readFileSync(join(contribution, file), 'utf8'));
}
