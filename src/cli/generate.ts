import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { extraFlags, takenBy, valuesOf, valueTypes } from '../crds/catalogue/known-flags.ts';
import { conditionsPage } from './conditions-page.ts';
import { customResourceDefinition } from './crd.ts';

const root = join(import.meta.dirname, '../..');

/** Every generated file with what it should hold. */
function generated(): Map<string, string> {
  const crd = `# Generated from src/crds by "npm run generate". Do not edit.\n${stringify(customResourceDefinition(), { lineWidth: 0, aliasDuplicateObjects: false })}`;
  return new Map([
    ['config/crd/metrics-server.io_metricsserverconfigs.yaml', crd],
    ['charts/metrics-server-operator/crds/metrics-server.io_metricsserverconfigs.yaml', crd],
    ['docs/conditions.md', conditionsPage()],
    ['docs/extra-flags.md', extraFlagsPage()],
  ]);
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
  for (const [file, content] of generated()) {
    if (await isFresh(file, content)) continue;
    if (mode === '--check') {
      process.stderr.write(`${file} is not what src/crds says; run: npm run generate\n`);
      process.exitCode = 1;
      continue;
    }
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
    process.stdout.write(`wrote ${file}\n`);
  }
}

await main(process.argv[2]);
