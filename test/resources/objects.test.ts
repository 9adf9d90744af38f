import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { effectiveSpec } from '../../src/crds/effective.ts';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { objects } from '../../src/resources/objects.ts';
import { references } from '../../src/resources/references.ts';

/** `npm run test:update` rewrites the golden files; read the diff before you commit it. */
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

const configs: { file: string; name: string; spec: object }[] = [
  { file: 'defaults', name: 'metrics-server', spec: {} },
  {
    file: 'everything',
    name: 'metrics',
    spec: {
      version: 'v0.8.1',
      namespace: 'monitoring',
      resolution: '1m30s',
      addressPriority: ['Hostname', 'InternalIP'],
      nodes: {
        selector: {
          matchLabels: { tier: 'a' },
          matchExpressions: [
            { key: 'zone', operator: 'NotIn', values: ['x', 'y'] },
            { key: 'virtual', operator: 'DoesNotExist' },
          ],
        },
      },
      kubelet: { useNodeStatusPort: false, port: 10255, requestTimeout: '20s' },
      tls: { kubelet: { mode: 'Insecure' }, serving: { mode: 'SelfSigned' } },
      image: {
        mirrors: ['mirror.example.com/metrics-server'],
        tag: 'v0.8.1-hardened',
        digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
        pullPolicy: 'Always',
        pullSecrets: [{ name: 'registry' }],
      },
      availability: { replicas: 2 },
      resources: { mode: 'Fixed', requests: { cpu: '0.2', memory: '300Mi' }, limits: { memory: '1Gi' } },
      servingPort: 4443,
    },
  },
];

function manifests({ name, spec }: { name: string; spec: object }) {
  const effective = effectiveSpec(MetricsServerConfigSpec.parse(spec));
  return effective === undefined ? [] : objects(name, effective);
}

describe('the objects of a config', () => {
  for (const config of configs) {
    it(`are as in test/golden/${config.file}.yaml`, async () => {
      const file = join(import.meta.dirname, '../golden', `${config.file}.yaml`);
      const text = manifests(config)
        .map((object) => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }))
        .join('---\n');
      if (isUpdate) await writeFile(file, text);
      expect(text).to.equal(await readFile(file, 'utf8'));
    });

    it(`are all on the closed list of names (${config.file})`, () => {
      const made = manifests(config).filter(({ kind }) => kind !== 'APIService');
      const namespace = MetricsServerConfigSpec.parse(config.spec).namespace;
      expect(
        made.map(({ apiVersion, kind, metadata }) => ({
          apiVersion,
          kind,
          name: metadata?.name,
          namespace: metadata?.namespace,
        })),
      ).to.deep.equal(
        references(config.name, namespace).map((reference) => ({ namespace: undefined, ...reference })),
      );
    });
  }

  it('end with the APIService, so that it is never there before what it needs', () => {
    expect(manifests({ name: 'metrics-server', spec: {} }).at(-1)?.kind).to.equal('APIService');
  });
});
