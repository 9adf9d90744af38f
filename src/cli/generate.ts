import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { extraFlags, takenBy, valuesOf, valueTypes } from '../crds/catalogue/known-flags.ts';
import { group, kind } from '../crds/metrics-server-config.ts';
import { chartPage } from './chart-page.ts';
import { conditionsPage } from './conditions-page.ts';
import { customResourceDefinition } from './crd.ts';
import { crdTemplate } from './crd-template.ts';
import { metricsPage } from './metrics-page.ts';
import { policyTemplate } from './policy-template.ts';
import { referencePage } from './reference-page.ts';
import { ruleTemplate } from './rule-template.ts';
import { supportMatrixPage } from './support-matrix-page.ts';

const root = join(import.meta.dirname, '../..');

const chart = 'charts/metrics-server-operator';
const header = '# Generated from src/crds by "npm run generate". Do not edit.\n';

/** Every generated file with what it should hold. */
async function generated(): Promise<Map<string, string>> {
  const crd = `${header}${stringify(customResourceDefinition(), { lineWidth: 0, aliasDuplicateObjects: false })}`;
  const read = (file: string) => readFile(join(root, file), 'utf8');
  const health = await read('config/argocd/health.lua');
  return new Map([
    ['config/crd/metrics-server.io_metricsserverconfigs.yaml', crd],
    [`${chart}/templates/crd.yaml`, crdTemplate(crd)],
    [`${chart}/templates/policy.yaml`, policyTemplate(await resourcesIn('config/policy'))],
    [
      `${chart}/templates/prometheus-rule.yaml`,
      ruleTemplate(await read('config/monitoring/prometheus-rule.yaml')),
    ],
    [`${chart}/dashboard.json`, await read('config/monitoring/dashboard.json')], // Helm packs nothing from elsewhere
    [`${chart}/README.md`, chartPage(await read(`${chart}/values.yaml`))],
    ['docs/conditions.md', conditionsPage()],
    ['docs/extra-flags.md', extraFlagsPage()],
    ['docs/metrics.md', metricsPage()],
    ['docs/reference.md', referencePage()],
    ['docs/support-matrix.md', supportMatrixPage()],
    ['config/argocd/argocd-cm.yaml', argoSettings(health)],
    [`config/argocd/upstream/resource_customizations/${group}/${kind}/health.lua`, health],
  ]);
}

/** The files of a folder for kustomize, in its order. */
async function resourcesIn(folder: string): Promise<string[]> {
  const read = (file: string) => readFile(join(root, folder, file), 'utf8');
  const { resources }: { resources: string[] } = parse(await read('kustomization.yaml'));
  return await Promise.all(resources.map(read));
}

/** How users of Argo CD install the health check, until it comes with Argo CD. */
function argoSettings(health: string): string {
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'argocd-cm',
      namespace: 'argocd',
      labels: { 'app.kubernetes.io/name': 'argocd-cm', 'app.kubernetes.io/part-of': 'argocd' },
    },
    data: { [`resource.customizations.health.${group}_${kind}`]: health },
  };
  return `# Generated from config/argocd/health.lua by "npm run generate". Do not edit.\n${stringify(settings, { lineWidth: 0 })}`;
}

function extraFlagsPage(): string {
  const rows = extraFlags.map((flag) => {
    const says = valuesOf[flag.name]?.says ?? valueTypes[flag.type]?.says ?? 'text';
    return `| ${flag.name} | ${says} | ${takenBy(flag)} |`;
  });
  return [
    '<!-- Generated from src/crds/catalogue by "npm run generate". Do not edit. -->',
    '# Flags for spec.extraFlags',
    '',
    'Flags of metrics-server that no field stands for, without the leading dashes. Values are text: `"500"`, `"true"`.',
    '',
    '| Flag | Value | Releases |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

async function isFresh(file: string, content: string): Promise<boolean> {
  const stored = await readFile(join(root, file), 'utf8').catch(() => undefined); // absent is stale, too
  return stored === content;
}

async function main(mode: string | undefined): Promise<void> {
  for (const [file, content] of await generated()) {
    if (await isFresh(file, content)) continue;
    if (mode === '--check') {
      process.stderr.write(`${file} is not what its source says; run: npm run generate\n`);
      process.exitCode = 1;
      continue;
    }
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
    process.stdout.write(`wrote ${file}\n`);
  }
}

await main(process.argv[2]);
