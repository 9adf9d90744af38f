import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { certManagerReferences } from '../../src/resources/cert-manager.ts';
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
      const all = [...references(config.name, namespace), ...certManagerReferences(config.name, namespace)];
      const possible = all.map((one) => ({ namespace: undefined, ...one }));
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

  const fields = [
    { field: 'sleep', since: '1.30' },
    { field: 'unhealthyPodEvictionPolicy', since: '1.27' },
    {
      field:
        'podAffinityTerm":{"labelSelector":{"matchLabels":{"k8s-app":"metrics-server","metrics-server.io/config":"metrics-server"}},"topologyKey":"kubernetes.io/hostname","matchLabelKeys',
      since: '1.31',
    },
    {
      field:
        '"whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"k8s-app":"metrics-server","metrics-server.io/config":"metrics-server"}},"matchLabelKeys',
      since: '1.27',
    },
  ];
  for (const { field, since } of fields) {
    it(`have no field that Kubernetes drops before ${since}: ${field.slice(0, 30)}`, () => {
      const on = (kubernetes: string) =>
        JSON.stringify(
          objects('a', someSpec({ version: '0.6.4', availability: { replicas: 2 } }, { kubernetes })),
        ).replaceAll('"a"', '"metrics-server"');
      const before = `1.${Number(since.slice(2)) - 1}.9`;
      expect(on(since)).to.include(field);
      expect(on(before)).not.to.include(field);
    });
  }

  it('end with the APIService, so that it is never there before what it needs', () => {
    expect(manifests({ name: 'metrics-server', spec: {} }).at(-1)?.kind).to.equal('APIService');
  });
});
