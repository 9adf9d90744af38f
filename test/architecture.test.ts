import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { expect } from 'chai';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');

/** Who may import whom; a folder may always import itself. */
const arrows: Record<string, string[]> = {
  crds: [],
  platform: [],
  resources: ['crds'],
  health: ['crds'],
  installed: ['crds', 'resources', 'health', 'platform'],
  controllers: ['crds', 'resources', 'health', 'platform', 'installed'],
  cli: ['crds', 'resources', 'health', 'platform', 'installed', 'controllers'],
  'main.ts': ['controllers', 'settings.ts'],
  'settings.ts': [],
};
const pure = ['crds', 'resources', 'health'];

interface Source {
  file: string;
  folder: string;
  text: string;
}

async function sources(): Promise<Source[]> {
  const files = (await readdir(src, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const read = files.sort().map(async (file) => ({
    file,
    folder: file.split(sep)[0] ?? file,
    text: await readFile(join(src, file), 'utf8'),
  }));
  return Promise.all(read);
}

function imports({ text }: Source): { isType: boolean; from: string }[] {
  const found = text.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)';$/gms);
  return [...found].map(([, type, from = '']) => ({ isType: type !== undefined, from }));
}

/** Without comments, strings and imports, in which the word "as" is harmless. */
function codeOnly(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'|"[^"\n]*"|`[^`]*`|^import [\s\S]*?;$/gm, '');
}

describe('the architecture', () => {
  it('has no folder that the arrows do not know', async () => {
    const folders = new Set((await sources()).map(({ folder }) => folder));
    expect([...folders].sort()).to.deep.equal(Object.keys(arrows).sort());
  });

  it('has no import against the arrows', async () => {
    const wrong = (await sources()).flatMap((source) =>
      imports(source)
        .filter(({ from }) => from.startsWith('.') && !from.endsWith('/package.json'))
        .map(({ from }) => relative(src, join(src, dirname(source.file), from)).split(sep)[0] ?? from)
        .filter((target) => target !== source.folder && !(arrows[source.folder] ?? []).includes(target))
        .map((target) => `${source.file} imports ${target}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('keeps the pure folders pure: no I/O, no clock, no log, of packages only zod and types', async () => {
    const impure = (await sources())
      .filter(({ folder }) => pure.includes(folder))
      .flatMap((source) => [
        ...imports(source)
          .filter(({ isType, from }) => !from.startsWith('.') && from !== 'zod' && !isType)
          .map(({ from }) => `${source.file} imports ${from}`),
        ...[...source.text.matchAll(/Date\.now|new Date\(\)|console\.|process\.|fetch\(|Math\.random/g)].map(
          ([found]) => `${source.file} uses ${found}`,
        ),
      ]);
    expect(impure).to.deep.equal([]);
  });

  it('reads the environment in settings.ts only', async () => {
    const readers = (await sources()).filter(({ text }) => text.includes('process.env'));
    expect(readers.map(({ file }) => file)).to.deep.equal(['settings.ts']);
  });

  it('ends the process in main.ts only', async () => {
    const enders = (await sources()).filter(({ text }) => text.includes('process.exit('));
    expect(enders.map(({ file }) => file)).to.deep.equal(['main.ts']);
  });

  it('has no cast, no module-level let and no file over 250 lines', async () => {
    const faults = (await sources()).flatMap(({ file, text }) => [
      ...[...codeOnly(text).matchAll(/[\w)\]}] as (?!const\b)\w+/g)].map(([found]) => `${file}: ${found}`),
      ...[...text.matchAll(/^(export )?let /gm)].map(() => `${file}: module-level let`),
      ...(text.split('\n').length > 250 ? [`${file}: over 250 lines`] : []),
    ]);
    expect(faults).to.deep.equal([]);
  });

  it('runs on one @kubernetes/client-node', async () => {
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
    const copies = Object.keys(lock.packages).filter((path) =>
      path.endsWith('node_modules/@kubernetes/client-node'),
    );
    expect(copies).to.deep.equal(['node_modules/@kubernetes/client-node']);
  });
});
