import { expect } from 'chai';
import { newestRelease } from '../../src/crds/catalogue/releases.ts';
import { MetricsServerConfigSchema } from '../../src/crds/metrics-server-config.ts';
import { deployment } from '../../src/resources/deployment.ts';
import { objects } from '../../src/resources/objects.ts';
import { someSpec } from '../crds/some-spec.ts';
import {
  appVersion,
  chartValues,
  chartVersion,
  entriesOf,
  flagsIn,
  fromChart,
  laidOver,
  leafPaths,
  originalChart,
} from './chart.ts';
import { codeIn, migrationPage } from './migration-page.ts';
import { isField, specSchema } from './spec-schema.ts';

describe('docs/migrating-from-helm.md', () => {
  it('knows the values of the chart as upstream publishes them', async function () {
    this.timeout(300_000); // the first run fetches the module
    const { header, text } = await chartValues();
    expect(header).to.include(`metrics-server ${chartVersion}, verbatim from `);
    const original = await originalChart();
    expect(text === original.values, 'test/docs/chart-values.yaml differs from the original').to.equal(true);
    expect(original.about)
      .to.include(`\nversion: ${chartVersion}\n`)
      .and.include(`\nappVersion: ${appVersion}\n`);
  });

  it('has exactly one row for every value of the chart, in its order', async () => {
    const { values } = await chartValues();
    const { rows } = await migrationPage();
    expect(rows.map(({ value }) => value)).to.deep.equal(leafPaths(values));
  });

  it('names only fields that the CRD has', async () => {
    const schema = await specSchema();
    const { rows } = await migrationPage();
    const unknown = rows.flatMap(({ fields }) => fields.filter((field) => !isField(schema, field)));
    expect(unknown).to.deep.equal([]);
  });

  it('names in its remarks only fields of the CRD, too', async () => {
    const schema = await specSchema();
    const { rows } = await migrationPage();
    const named = rows.flatMap(({ remark }) => codeIn(remark).map((code) => code.split(': ')[0] ?? ''));
    const paths = named.filter((code) => /^[a-z]+[A-Za-z]*(\.[a-z]+[A-Za-z]*)+$/.test(code));
    expect(paths).to.include('tls.kubelet.mode');
    expect(paths.filter((path) => !isField(schema, path))).to.deep.equal([]);
  });

  it('says which releases the chart and the operator begin with', async () => {
    const { text } = await migrationPage();
    const { version, kubernetes } = newestRelease;
    expect(text.replaceAll(/\s+/g, ' '))
      .to.include(`chart ${chartVersion} runs ${appVersion};`)
      .and.include(`${version} from Kubernetes ${kubernetes.from} on`);
  });

  it('has two examples', async () => {
    expect((await migrationPage()).examples).to.have.length(2);
  });

  for (const index of [0, 1]) {
    it(`has an example ${index + 1} that the schema takes and knows all of`, async () => {
      const config = await exampleConfig(index);
      const parsed = MetricsServerConfigSchema.parse(config);
      expect(laidOver(parsed, specOf(config))).to.deep.equal(parsed); // parsing drops what it does not know
    });

    it(`leads in example ${index + 1} to what the chart makes of the same values, but for what the page says`, async () => {
      const { values } = await chartValues();
      const { examples } = await migrationPage();
      const { flags, ...chart } = fromChart(laidOver(values, examples[index]?.values));
      const { flags: operatorFlags, ...operator } = fromConfig(await exampleConfig(index));
      expect(operator).to.deep.equal({
        ...chart,
        nodeSelector: { ...chart.nodeSelector, 'kubernetes.io/os': 'linux' },
      });
      expect(operatorFlags).to.deep.equal({ ...flags, ...deviations(flags) });
    });
  }
});

async function exampleConfig(index: number): Promise<unknown> {
  return (await migrationPage()).examples[index]?.config;
}

/** Without what says of which kind it is. */
function specOf(config: unknown): unknown {
  const { metadata, spec } = Object.fromEntries(entriesOf(config));
  return { metadata, spec };
}

/** What the operator makes of a config, seen as in fromChart. */
function fromConfig(config: unknown) {
  const { metadata, spec } = MetricsServerConfigSchema.parse(config);
  const effective = someSpec(spec, { kubernetes: '1.34' });
  const { replicas, template } = deployment(metadata.name, effective).spec ?? {};
  const [container] = template?.spec?.containers ?? [];
  return {
    image: container?.image,
    pullPolicy: container?.imagePullPolicy,
    pullSecrets: template?.spec?.imagePullSecrets ?? [],
    replicas,
    port: container?.ports?.[0]?.containerPort,
    hostNetwork: template?.spec?.hostNetwork ?? false,
    labels: withoutOurs(template?.metadata?.labels ?? {}),
    resources: container?.resources,
    nodeSelector: template?.spec?.nodeSelector,
    tolerations: template?.spec?.tolerations ?? [],
    hasBudget: objects(metadata.name, effective).some(({ kind }) => kind === 'PodDisruptionBudget'),
    flags: flagsIn(container?.args ?? []),
  };
}

/** Labels of the pods but for those that the operator sets itself. */
function withoutOurs(labels: Record<string, string>): Record<string, string> {
  const ours = /^(k8s-app|app\.kubernetes\.io\/|metrics-server\.io\/)/;
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !ours.test(key)));
}

/** What the page says in "What changes" of the flags. */
function deviations(flags: Record<string, string>): Record<string, string> {
  const addresses = flags['kubelet-preferred-address-types'];
  return {
    'kubelet-request-timeout': '10s',
    'tls-cert-file': '/etc/metrics-server/serving-cert/tls.crt',
    'tls-private-key-file': '/etc/metrics-server/serving-cert/tls.key',
    ...(addresses === 'InternalIP,ExternalIP,Hostname' && {
      'kubelet-preferred-address-types': `${addresses},InternalDNS,ExternalDNS`,
    }),
    ...(flags['authorization-always-allow-paths'] === '/metrics' && {
      'authorization-always-allow-paths': '/healthz,/livez,/readyz,/metrics',
    }),
  };
}
