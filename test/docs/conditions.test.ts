import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { conditionsPage } from '../../src/cli/conditions-page.ts';
import { problemWords, words } from '../../src/crds/findings.ts';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { pages, topics } from '../../src/crds/pages/index.ts';
import { harmless, type Page } from '../../src/crds/pages/page.ts';
import { laidOver, leafPaths } from './chart.ts';
import { classified } from './classified.ts';
import { isField, specSchema } from './spec-schema.ts';

const src = join(import.meta.dirname, '../../src');
const all: [string, Page][] = Object.entries(pages);
const isHarmless = (condition: string, reason: string) =>
  Object.entries(harmless).some(
    ([type, reasons]) => type === condition && reasons.some((one) => one === reason),
  );

/** The files of the operator, without the pages. */
async function sources(): Promise<string[]> {
  const files = await readdir(src, { recursive: true });
  const own = files.filter((file) => file.endsWith('.ts') && !file.startsWith('crds/pages'));
  return Promise.all(own.map((file) => readFile(join(src, file), 'utf8')));
}

/** What stands between angle brackets differs, and something may be left out at either end. */
function fixedParts(message: string): string[] {
  return message.replaceAll(/^… ?|…$/g, '').split(/<[^>]*>/);
}

function textsOf({ shows, causes, steps, mended }: Page): string[] {
  return [shows, ...causes, ...steps, mended];
}

interface Patch {
  reason: string;
  spec: object;
}

const patches: Patch[] = all.flatMap(([reason, page]) =>
  textsOf(page).flatMap((text) =>
    [...text.matchAll(/kubectl patch msc metrics-server --type=merge -p '([^']*)'/g)].map(([, json = '']) => {
      return { reason, spec: JSON.parse(json).spec };
    }),
  ),
);

/** A patch takes a field away where it says null; what is empty then says nothing. */
function withoutNulls(spec: object): object {
  const kept = Object.entries(spec).flatMap(([key, value]) => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    const left = isMap ? withoutNulls(value) : value;
    return left === null || (isMap && Object.keys(left).length === 0) ? [] : [[key, left]];
  });
  return Object.fromEntries(kept);
}

describe('docs/conditions.md', () => {
  it('has one section for every reason that is bad news, and a row for every reason', () => {
    const rows = conditionsPage().match(/^\| .* \|$/gm) ?? [];
    for (const [condition, reasons] of Object.entries({ ...words, problems: problemWords })) {
      for (const [reason, meaning] of Object.entries(reasons)) {
        const name = reason in pages ? `[${reason}](#${reason.toLowerCase()})` : reason;
        expect(rows).to.include(`| ${name} | ${meaning} |`);
        expect(reason in pages, `${condition} ${reason}`).to.equal(!isHarmless(condition, reason));
      }
    }
  });

  it('has each heading once, so that every link leads where it should', () => {
    const headings = [...conditionsPage().matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text.toLowerCase());
    expect(headings).to.deep.equal([...new Set(headings)]);
    expect(headings).to.include.members(Object.keys(pages).map((reason) => reason.toLowerCase()));
    const links = [...conditionsPage().matchAll(/\]\(#([^)]*)\)/g)].map(([, to = '']) => to);
    expect(links.filter((to) => !headings.includes(to))).to.deep.equal([]);
    expect(Object.values(topics).flatMap((topic) => Object.keys(topic))).to.deep.equal(Object.keys(pages));
  });

  it('calls no reason harmless that a condition has while it is False or Unknown', async () => {
    const found = (await sources()).flatMap((text) => [
      ...text.matchAll(/status: '(?:False|Unknown)',\s*reason: '(\w+)'/g),
    ]);
    const reasons = found
      .map(([, reason = '']) => reason)
      .filter((one) => !['Settled', 'NotStalled'].includes(one));
    expect(reasons).to.include.members(['NotMeasured', 'Withdrawn']);
    expect(reasons.filter((reason) => !(reason in pages))).to.deep.equal([]);
  });

  for (const [reason, { signs }] of all) {
    for (const sign of signs.filter((one) => one.in !== 'message')) {
      it(`has as ${reason} what the operator takes for it: ${sign.text.slice(-60)}`, () => {
        expect(classified(sign)).to.equal(reason);
      });
    }
  }

  it("has the operator's own messages as they are in the source", async () => {
    const files = await sources();
    const messages = all.flatMap(([, { signs }]) => signs.filter((one) => one.in === 'message'));
    const strange = messages.filter(
      ({ text }) => !files.some((file) => fixedParts(text).every((part) => file.includes(part))),
    );
    expect(strange).to.deep.equal([]);
  });

  for (const { reason, spec } of patches) {
    it(`has in ${reason} a patch that the schema takes and knows all of: ${JSON.stringify(spec)}`, async () => {
      const schema = await specSchema();
      expect(leafPaths(spec).filter((path) => !isField(schema, path))).to.deep.equal([]);
      const given = withoutNulls(spec);
      const parsed = MetricsServerConfigSpec.parse(given);
      expect(laidOver(parsed, { mode: parsed.mode, ...given })).to.deep.equal(parsed); // parsing drops what it does not know
    });
  }

  it('names only fields of the spec that there are', async () => {
    const schema = await specSchema();
    const named = all.flatMap(([, page]) =>
      textsOf(page).flatMap((text) => [...text.matchAll(/`spec\.([a-zA-Z.]+)`/g)]),
    );
    const paths = named.map(([, path = '']) => path);
    expect(paths).to.include('tls.kubelet.caBundleRef');
    expect(paths.filter((path) => !isField(schema, path))).to.deep.equal([]);
  });

  it('says in every section what to do, and to do without verification at last only', () => {
    for (const [reason, page] of all) {
      expect(page.steps, reason).to.not.be.empty;
      expect(page.causes, reason).to.not.be.empty;
      const before = page.steps.slice(0, -1).join(' ');
      expect(before, reason).to.not.include('"mode":"Insecure"');
      expect(page.steps[0], reason).to.not.include('"mode":"Insecure"');
    }
  });

  it('stays out of the running operator', async () => {
    const files = await readdir(src, { recursive: true });
    const others = files.filter((file) => file.endsWith('.ts') && !/^(cli|crds\/pages)\//.test(file));
    const texts = await Promise.all(others.map((file) => readFile(join(src, file), 'utf8')));
    expect(others.filter((_, index) => /from '[^']*\/pages\//.test(texts[index] ?? ''))).to.deep.equal([]);
  });
});
