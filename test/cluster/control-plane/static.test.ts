import { glob, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { V1CustomResourceDefinitionList } from '@kubernetes/client-node';
import { expect } from 'chai';
import { installManifest } from '../../../image/manifests.ts';
import { type Binaries, ensureBinaries, pathOf } from '../../../local-cluster/binaries.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { run } from '../../../local-cluster/run.ts';
import { yamlOf } from '../../../src/cli/yaml.ts';
import { readingOf } from '../../../src/crds/effective.ts';
import { apiVersion, kind, MetricsServerConfigSchema } from '../../../src/crds/metrics-server-config.ts';
import { objects } from '../../../src/resources/objects.ts';
import { chart, type Manifest, manifestsIn, root } from '../../chart/manifests.ts';
import { misspelt } from '../../chart/misspelt.ts';
import { installPrometheusKinds } from '../../chart/prometheus-kinds.ts';
import { schemaFile, schemaPattern, writeSchemas } from '../../chart/schemas.ts';
import { score } from '../../chart/score.ts';
import { reasonsOfMetricsServer, reasonsOfOperator } from '../../chart/score-reasons.ts';
import { everyField, everyRight, monitoring } from '../../chart/values.ts';
import { ending } from '../../ecosystem/real-releases.ts';
import { goldenConfigs } from '../../resources/golden-configs.ts';
import { installCertManagerKinds } from '../cert-manager.ts';
import { eventually } from '../eventually.ts';
import { helm } from '../installs.ts';
import { stateFolder } from '../state-folder.ts';

const home = 'metrics-server-operator';
const noManifests = /kustomization\.yaml$|^config\/argocd\/upstream\//;

async function filesOf(pattern: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(pattern, { cwd: root })) found.push(file);
  return found.sort();
}

const kustomizations = (await filesOf('config/**/kustomization.yaml')).map(dirname);
const files = (await filesOf('config/**/*.yaml')).filter((file) => !noManifests.test(file));

const valuesOf: Record<string, string[]> = {
  'no values': [],
  'every right': everyRight,
  'all of monitoring': monitoring,
  'two configs in two namespaces': ['configNames={alpha,beta}', 'namespaces={one,two}'],
  'one replica without election, policy, CRD and logs': [
    'replicaCount=1',
    'leaderElection.enabled=false',
    'admissionPolicy.enabled=false',
    'crds.install=false',
    'readLogs=false',
  ],
};

/** Maps whose keys are anybody's, and the status of a CRD's subresources, of which nothing is known. */
const freeMaps = [
  'annotations',
  'data',
  'extraFlags',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'requests',
  'selector',
  'status',
];

const mistakes = [
  {
    title: 'a value of another type',
    yaml: 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nspec: { selector: { matchLabels: [] } }\n',
    says: 'got array, want object',
  },
  {
    title: 'a field that is there twice',
    yaml: 'apiVersion: v1\nkind: ConfigMap\ndata: { a: b }\ndata: { a: b }\n',
    says: 'key \\"data\\" already set in map',
  },
  {
    title: 'a value that the CRD does not list',
    yaml: `apiVersion: ${apiVersion}\nkind: ${kind}\nspec: { mode: Manages }\n`,
    says: 'value must be one of',
  },
  {
    title: 'a version of a kind that is not served',
    yaml: 'apiVersion: apps/v1beta1\nkind: Deployment\n',
    says: 'could not find schema for Deployment',
  },
];

type Golden = (typeof goldenConfigs)[number];
const configOf = ({ name, spec }: Golden) => ({ apiVersion, kind, metadata: { name }, spec });

/** What the operator makes of a config. */
function made(golden: Golden): string {
  const { metadata, spec } = MetricsServerConfigSchema.parse(configOf(golden));
  const reading = readingOf(spec, { kubernetes: undefined, allowsLegacy: true });
  return yamlOf(objects(metadata.name, reading.spec));
}

/** The schema in a CRD has thousands of places, and its own names in them. */
function withoutSchema(one: Manifest): Manifest {
  return one.kind !== 'CustomResourceDefinition'
    ? one
    : JSON.parse(JSON.stringify(one), (key, value) =>
        key === 'openAPIV3Schema' ? { type: 'object' } : value,
      );
}

describe('static proof', function () {
  this.timeout(300_000);
  let cluster: LocalCluster;
  let built: Binaries;
  const path = (name: string) => join(cluster.state, name);
  const render = (values: string[], more: string[] = [], namespace = home) =>
    helm(cluster, ['template', home, chart, ...values.flatMap((one) => ['--set', one]), ...more], namespace);
  const kustomize = (folder: string) => cluster.kubectl(['kustomize', join(root, folder)]);

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    built = await ensureBinaries(['kube-score', 'kubeconform'], console.log);
    cluster = await startControlPlane({ state: stateFolder('static'), say: console.log });
  });
  after(() => cluster?.down());

  it('begins with the one file that a release has: it can be applied', async () => {
    const image = 'registry.example.com/metrics-server-operator:1.2.3';
    await writeFile(path('install.yaml'), await installManifest(pathOf(cluster.bin, 'kubectl'), image));
    const said = await cluster.kubectl(['apply', '--server-side', '-f', path('install.yaml')]);
    const count = manifestsIn(await kustomize('config/default')).length;
    expect(said.match(/ serverside-applied$/gm)).to.have.length(count);
  });

  describe("kubeconform, with the API server's own schemas", () => {
    before(async () => {
      await installCertManagerKinds(cluster);
      await installPrometheusKinds(cluster);
      const crds: V1CustomResourceDefinitionList = JSON.parse(
        await cluster.kubectl(['get', 'crd', '-o', 'json']),
      );
      const expected = crds.items.flatMap(({ spec: { group, names, versions } }) =>
        versions.map((version) => schemaFile({ group, version: version.name, kind: names.kind })),
      );
      // The schema of a new kind comes a moment after the kind is served.
      await eventually(async () => {
        const written = await writeSchemas(cluster, path('schemas'));
        expect([...written]).to.include.members(expected);
      }, 60_000);
    });

    const command = (files: string[]) => [
      pathOf(built, 'kubeconform'),
      ...['-strict', '-summary', '-output', 'json', '-schema-location', join(path('schemas'), schemaPattern)],
      ...files,
    ];
    const expectValid = async (yaml: string) => {
      const { summary } = JSON.parse(await run(command(['-']), { input: yaml }));
      const count = manifestsIn(yaml).length;
      expect(count).not.to.equal(0);
      expect(summary).to.deep.equal({ valid: count, invalid: 0, errors: 0, skipped: 0 });
    };

    for (const [title, values] of Object.entries(valuesOf))
      it(`finds the chart valid: ${title}`, async () => await expectValid(await render(values)));

    it('finds the chart valid: every value, in another namespace', async () => {
      await writeFile(path('values.json'), JSON.stringify(everyField));
      await expectValid(
        await render([...everyRight, ...monitoring], ['--values', path('values.json')], 'ops'),
      );
    });

    for (const folder of kustomizations)
      it(`finds ${folder} valid`, async () => await expectValid(await kustomize(folder)));

    it('finds each file of config valid, the samples and what people apply by themselves among them', async () => {
      const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));
      const said = await run(command(files.map((file) => join(root, file))));
      const { summary } = JSON.parse(said);
      const count = texts.flatMap(manifestsIn).length;
      expect(summary).to.deep.equal({ valid: count, invalid: 0, errors: 0, skipped: 0 });
      console.log(`      ${files.length} files with ${count} objects`);
    });

    it('finds configs with every field valid, and what the operator makes of them', async () =>
      await expectValid([yamlOf(goldenConfigs.map(configOf)), ...goldenConfigs.map(made)].join('---\n')));

    it('refuses a field that does not exist, wherever it stands in an object of whatever kind', async () => {
      const texts = [
        await render([...everyRight, ...monitoring]),
        yamlOf(goldenConfigs.map(configOf)),
        ...goldenConfigs.map(made),
      ];
      for (const file of files) texts.push(await readFile(join(root, file), 'utf8'));
      const spoilt = new Map(
        texts
          .flatMap(manifestsIn)
          .flatMap((one) =>
            misspelt(withoutSchema(one)).map(({ path, object }) => [`${one.kind}${path}`, object] as const),
          ),
      );
      await writeFile(path('misspelt.yaml'), yamlOf([...spoilt.values()]));
      const oneByOne = ['-verbose', '-n', '1', path('misspelt.yaml')];
      const { output } = await ending(pathOf(built, 'kubeconform'), command(oneByOne).slice(1));
      const { resources }: { resources: { msg: string }[] } = JSON.parse(output);
      expect(resources).to.have.length(spoilt.size);
      const places = [...spoilt.keys()];
      const refusal = "additional properties 'misspelt' not allowed";
      const taken = places.filter((_, number) => !resources[number]?.msg.includes(refusal));
      const free = new Set(taken.map((place) => place.split('.').at(-1)));
      expect([...free].sort(), taken.join(', ')).to.deep.equal(freeMaps);
      console.log(`      ${places.length - taken.length} of ${places.length} places`);
    });

    for (const { title, yaml, says } of mistakes) {
      it(`refuses ${title}`, async () => {
        const refused = run(command(['-']), { input: yaml }).then(String, (error: Error) => error.message);
        expect(await refused).to.include(says);
      });
    }
  });

  describe('kube-score', () => {
    const said = async (yaml: string) => {
      const { serverVersion } = JSON.parse(await cluster.kubectl(['version', '-o', 'json']));
      const { major, minor } = serverVersion;
      return await score(pathOf(built, 'kube-score'), `v${major}.${minor}`, yaml);
    };

    it('says nothing of the operator that has no written reason, each of which is needed', async () => {
      expect(await said(await render([...everyRight, ...monitoring]))).to.deep.equal(
        Object.keys(reasonsOfOperator).sort(),
      );
    });

    it('says nothing of config/default that it does not say of the chart', async () => {
      expect(Object.keys(reasonsOfOperator)).to.include.members(
        await said(await kustomize('config/default')),
      );
    });

    it('says nothing of what the operator makes that has no written reason, each of which is needed', async () => {
      const all = new Set<string>();
      for (const config of goldenConfigs)
        for (const line of await said(made(config))) all.add(line.replace(/^\S+ /, ''));
      expect([...all].sort()).to.deep.equal(Object.keys(reasonsOfMetricsServer).sort());
    });
  });
});
