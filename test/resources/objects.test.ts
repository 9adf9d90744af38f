import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { objects } from '../../src/resources/objects.ts';
import { references, sharedReferences } from '../../src/resources/references.ts';
import { someSpec } from '../crds/some-spec.ts';
import { goldenConfigs } from './golden-configs.ts';

/** `npm run test:update` rewrites the golden files; read the diff before you commit it. */
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

function manifests({ name, spec }: { name: string; spec: object }) {
  return objects(name, someSpec(spec));
}

describe('the objects of a config', () => {
  for (const config of goldenConfigs) {
    it(`are as in test/golden/${config.file}.yaml`, async () => {
      const file = join(import.meta.dirname, '../golden', `${config.file}.yaml`);
      const text = manifests(config)
        .map((object) => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }))
        .join('---\n');
      if (isUpdate) await writeFile(file, text);
      expect(text).to.equal(await readFile(file, 'utf8'));
    });

    it(`are all on the closed list of names (${config.file})`, () => {
      const shared = Object.values(sharedReferences).map(({ name }): string => name);
      const made = manifests(config).filter(({ metadata }) => !shared.includes(metadata?.name ?? ''));
      const namespace = MetricsServerConfigSpec.parse(config.spec).namespace;
      const possible = references(config.name, namespace).map((one) => ({ namespace: undefined, ...one }));
      expect(possible).to.include.deep.members(
        made.map(({ apiVersion, kind, metadata }) => ({
          apiVersion,
          kind,
          name: metadata?.name,
          namespace: metadata?.namespace,
        })),
      );
    });
  }

  it('end with the APIService, so that it is never there before what it needs', () => {
    expect(manifests({ name: 'metrics-server', spec: {} }).at(-1)?.kind).to.equal('APIService');
  });
});
