import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ending } from '../ecosystem/real-releases.ts';

const everything = ['--all-default-optional', '--disable-ignore-checks-annotations', '--output-format', 'ci'];
const line = /^\[(?:(?<fine>OK|SKIPPED)|WARNING|CRITICAL)\] (?<says>.+)$/;

/** What kube-score says against manifests, warnings included, with all of its tests. */
export async function score(program: string, kubernetes: string, yaml: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'score-'));
  try {
    const file = join(folder, 'manifests.yaml');
    await writeFile(file, yaml);
    const { output } = await ending(program, [
      'score',
      ...everything,
      '--kubernetes-version',
      kubernetes,
      file,
    ]);
    const lines = output.trim().split('\n');
    const said = lines.map((text) => {
      const groups = line.exec(text)?.groups;
      if (groups === undefined) throw new Error(`kube-score: ${output.slice(-1000)}`);
      return groups['fine'] === undefined ? [`${groups['says']}`] : [];
    });
    return [...new Set(said.flat())].sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}
