import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { kind } from '../../src/crds/metrics-server-config.ts';

const page = join(import.meta.dirname, '../../docs/migrating-from-helm.md');

interface Row {
  value: string;
  /** Fields that stand for the value; none where the page says so. */
  fields: string[];
  remark: string;
}

export interface MigrationPage {
  text: string;
  rows: Row[];
  /** What the examples begin from and what they lead to, as parsed YAML. */
  examples: { values: unknown; config: unknown }[];
}

/** docs/migrating-from-helm.md, taken apart. */
export async function migrationPage(): Promise<MigrationPage> {
  const text = await readFile(page, 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']): unknown => parse(yaml));
  const examples = blocks.flatMap((config, index) =>
    isConfig(config) ? [{ values: blocks[index - 1], config }] : [],
  );
  return { text, rows: text.split('\n').filter(isRow).map(row), examples };
}

const isRow = (line: string) => line.startsWith('| `');
const isConfig = (block: unknown) =>
  typeof block === 'object' && block !== null && 'kind' in block && block.kind === kind;

function row(line: string): Row {
  const [, value = '', fields = '', remark = '', ...more] = line.split('|').map((cell) => cell.trim());
  const isWellFormed = /^`[^`]+`$/.test(value) && /^(none|`[^`]+`(, `[^`]+`)*)$/.test(fields);
  if (!isWellFormed || remark === '' || more.length !== 1)
    throw new Error(`not a row of three cells: ${line}`);
  return { value: value.replaceAll('`', ''), fields: codeIn(fields), remark };
}

/** What stands between backticks. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}
