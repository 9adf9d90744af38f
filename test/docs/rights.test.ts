import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { grantedRights, reasons, textOf } from '../granted-rights.ts';
import { proven } from '../rights-page.ts';

const again = 'npm run bench -- rights finds what is missing in docs/rights.md';

describe('docs/rights.md', () => {
  it('has for each right that config/rbac grants a test that misses it, or a reason, and nothing else', async () => {
    const granted = [...new Set(grantedRights().map(textOf))];
    const found = await proven();
    expect([...found.keys()].filter((right) => !granted.includes(right))).to.deep.equal([]);
    const missing = granted.filter((right) => !found.has(right) && reasons[right] === undefined);
    expect(missing, again).to.deep.equal([]);
  });

  it('names tests that are there', async () => {
    const suites = Object.groupBy([...(await proven()).values()], ({ suite }) => suite);
    expect(Object.keys(suites)).not.to.deep.equal([]);
    for (const [suite, proofs = []] of Object.entries(suites)) {
      const text = await readFile(join(import.meta.dirname, `../cluster/${suite}.test.ts`), 'utf8');
      const titles = [...text.matchAll(/\bit\(\s*(['"`])(.*?)\1/gs)].map(([, , title = '']) =>
        patternOf(title),
      );
      const gone = proofs.filter(({ test }) => !titles.some((title) => title.test(test)));
      expect(gone, again).to.deep.equal([]);
    }
  });
});

function patternOf(title: string): RegExp {
  const parts = title.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
