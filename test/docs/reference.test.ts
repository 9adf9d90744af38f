import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { configSchema, fieldsOf, referencePage } from '../../src/cli/reference-page.ts';

const root = join(import.meta.dirname, '../..');
const docs = join(root, 'docs');

describe('kubectl explain', () => {
  // The API server itself describes metadata, and allows no words of ours there.
  const all = fieldsOf(configSchema()).filter(({ path }) => path !== 'metadata');

  it('has a sentence for every field', () => {
    expect(all.length).to.be.greaterThan(200);
    const without = all.filter(({ field }) => !/\S.*\.$/s.test(field.description ?? ''));
    expect(without.map(({ path }) => path)).to.deep.equal([]);
  });

  it('says what the reference says', () => {
    const page = referencePage();
    for (const { path } of all) {
      if (path === 'spec' || path === 'status') continue;
      expect(page).to.include(`| \`${path.replace(/^(spec|status)\./, '')}\` |`);
    }
  });
});

describe('the pages', () => {
  const pages = async () => (await readdir(docs)).filter((file) => file.endsWith('.md'));

  it('are all in the index', async () => {
    const index = await readFile(join(docs, 'README.md'), 'utf8');
    const missing = (await pages()).filter((page) => page !== 'README.md' && !index.includes(`(${page})`));
    expect(missing, 'add these to docs/README.md').to.deep.equal([]);
  });

  it('link to what is there', async () => {
    const files = [...(await pages()).map((page) => join(docs, page)), join(root, 'README.md')];
    const dead: string[] = [];
    for (const file of files) {
      const text = await readFile(file, 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)) {
        const isThere = await readFile(join(file, '..', target)).then(
          () => true,
          (error) => error.code === 'EISDIR',
        );
        if (!isThere) dead.push(`${file}: ${target}`);
      }
    }
    expect(dead).to.deep.equal([]);
  });
});
