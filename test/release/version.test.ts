import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { run } from '../../local-cluster/run.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { sectionOf } from '../../src/cli/changelog.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFile(join(root, file), 'utf8');

describe('the version', () => {
  it('is the same in package.json, the Dockerfile and the chart', async () => {
    const chart = parse(await read('charts/metrics-server-operator/Chart.yaml'));
    const label = /image\.version="(.*?)"/.exec(await read('image/Dockerfile'))?.[1];
    const { version } = packageJson;
    expect({ chart: chart.version, app: chart.appVersion, label }).to.deep.equal({
      chart: version,
      app: version,
      label: version,
    });
  });
});

describe('release notes', () => {
  const changelog =
    '# Changelog\n\n## Unreleased\n\n- later\n\n## 1.1.0 - 2027-01-01\n\n### Added\n- a\n\n## [1.0.0]\n\n- b\n\n## 0.9.0\n';

  it('are the section of the version, and nothing of the others', () => {
    expect(sectionOf(changelog, '1.1.0')).to.equal('### Added\n- a');
    expect(sectionOf(changelog, '1.0.0')).to.equal('- b');
  });

  for (const [when, version, says] of [
    ['without a section', '1.0', 'CHANGELOG.md has no section "## 1.0"'],
    ['with an empty section', '0.9.0', 'the section "## 0.9.0" of CHANGELOG.md is empty'],
  ] as const) {
    it(`refuse a version ${when}`, () => {
      expect(() => sectionOf(changelog, version)).to.throw(says);
    });
  }
});

describe('the bill of materials of a release', () => {
  it('names Node, which the image has, and every package that the operator is made of, but no tool', async () => {
    const text = await run(['npm', 'run', '--silent', 'sbom'], { cwd: root });
    const { components }: { components: { name: string; version: string }[] } = JSON.parse(text);
    const listed = components.map(({ name, version }) => `${name}@${version}`);
    const of = (packages: Record<string, string>) => Object.entries(packages).map((one) => one.join('@'));
    expect(listed).to.include.members(of(packageJson.dependencies));
    expect(listed).to.include(`node@${packageJson.dependencies.node}`);
    expect(listed.filter((one) => of(packageJson.devDependencies).includes(one))).to.deep.equal([]);
  }).timeout(60_000);
});

describe('what the operator writes', () => {
  it('says nothing of its own version, so that another version has nothing to write', async () => {
    const folder = join(root, 'test/golden');
    const texts = await Promise.all(
      (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')),
    );
    expect(texts).not.to.deep.equal([]);
    const version = packageJson.version.replaceAll('.', '\\.');
    for (const text of texts) expect(text).not.to.match(new RegExp(`(?<![\\d.])${version}(?![\\d.])`));
  });
});
