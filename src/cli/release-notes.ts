import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { sectionOf } from './changelog.ts';

/** Prints the release notes of a tag; fails where the tag is none of this version. */
async function releaseNotes(tag: string | undefined): Promise<string> {
  if (tag === undefined) throw new Error('usage: npm run release-notes -- v1.2.3');
  if (tag !== `v${packageJson.version}`) {
    throw new Error(`the tag ${tag} is not that of package.json, which says ${packageJson.version}`);
  }
  const changelog = await readFile(join(import.meta.dirname, '../../CHANGELOG.md'), 'utf8');
  return `${sectionOf(changelog, packageJson.version)}\n`;
}

try {
  process.stdout.write(await releaseNotes(process.argv[2]));
} catch (error) {
  process.stderr.write(`release-notes: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
