import { cp, glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1CustomResourceDefinition, V1Deployment, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { installManifest } from '../../../image/manifests.ts';
import { requests } from '../../../local-cluster/audit.ts';
import { pathOf } from '../../../local-cluster/binaries.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import {
  type OperatorProcess,
  operatorKubeconfig,
  operatorUser,
  startOperator,
} from '../../../local-cluster/operator.ts';
import { readingOf } from '../../../src/crds/effective.ts';
import { MetricsServerConfigSchema } from '../../../src/crds/metrics-server-config.ts';
import { objects as renderedObjects } from '../../../src/resources/objects.ts';
import { findings } from '../../chart/findings.ts';
import { chart, comparable, type Manifest, manifestsIn, root, titleOf } from '../../chart/manifests.ts';
import { reasons, reasonsOfMore } from '../../chart/reasons.ts';
import { everyField, everyRight, monitoring } from '../../chart/values.ts';
import { eventually } from '../eventually.ts';
import { helm } from '../installs.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';

const release = 'metrics-server-operator';
const home = 'metrics-server-operator';
const crd = 'metricsserverconfigs.metrics-server.io';
const set = (values: string[]) => values.flatMap((value) => ['--set', value]);

interface Mistake {
  values: string[];
  says: string;
}

const mistakes: Mistake[] = [
  { values: ['configName=metrics-server'], says: "additional properties 'configName' not allowed" },
  { values: ['image.tga=1'], says: "at '/image': additional properties 'tga' not allowed" },
  { values: ['replicaCount=two'], says: "at '/replicaCount': got string, want integer" },
  { values: ['configNames=null'], says: "missing property 'configNames'" },
  { values: ['namespaces={kube_system}'], says: "at '/namespaces/0': 'kube_system' does not match" },
  { values: ['logLevel=trace'], says: "at '/logLevel': value must be one of" },
  { values: ['image.tag=latest'], says: 'image.tag latest is not a version' },
  { values: ['metrics.port=8081'], says: 'metrics.port 8081 is that of the probes' },
  {
    values: ['image.repository=example.com:5000/x:1'],
    says: "at '/image/repository': 'example.com:5000/x:1' does",
  },
  { values: ['image.repository=x@sha256'], says: "at '/image/repository': 'x@sha256' does not match" },
  { values: ['podDisruptionBudget.maxUnavailable=0'], says: 'minimum: got 0, want 1' },
  { values: ['podDisruptionBudget.maxUnavailable=0%'], says: "'0%' does not match" },
  {
    values: ['leaderElection.enabled=false'],
    says: 'replicaCount is 2 and leaderElection.enabled is false: two operators would work against each other',
  },
  {
    values: ['config.create=true', 'config.name=other'],
    says: 'config.name other is not among configNames (metrics-server)',
  },
  {
    values: ['config.create=true', 'config.spec.namespace=monitoring'],
    says: 'config.spec.namespace monitoring is not among namespaces (kube-system)',
  },
];

async function samples(): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob('config/samples/**/*.yaml', { cwd: root })) files.push(file);
  return files.sort();
}

describe('the Helm chart', function () {
  this.timeout(600_000); // alone on a new machine it builds Helm
  let cluster: LocalCluster;
  let earlier: string;
  const [word, earlierWord] = ['Whether metrics are served.', 'As it was called before.'];

  before(async () => {
    earlier = await mkdtemp(join(tmpdir(), 'chart-'));
    await cp(chart, earlier, { recursive: true });
    const file = join(earlier, 'templates/crd.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace(word, earlierWord));
    cluster = await startControlPlane({
      state: stateFolder('control-plane-chart'),
      say: console.log,
      controllerManager: true,
    });
    await cluster.kubectl(['create', 'namespace', home]);
    const enforced = ['enforce', 'warn'].map((what) => `pod-security.kubernetes.io/${what}=restricted`);
    await cluster.kubectl(['label', 'namespace', home, ...enforced]);
  });
  after(async () => {
    await cluster?.down();
    await rm(earlier, { recursive: true, force: true });
  });

  const render = async (values: string[] = [], more: string[] = []): Promise<Manifest[]> =>
    manifestsIn(await helm(cluster, ['template', release, chart, ...set(values), ...more], home));
  const isOfTests = ({ metadata }: Manifest) => metadata?.annotations?.['helm.sh/hook'] === 'test';
  const install = (values: string[] = [], from = chart) =>
    helm(cluster, ['install', release, from, ...set(values)], home);
  const upgrade = (values: string[] = []) => helm(cluster, ['upgrade', release, chart, ...set(values)], home);
  const kustomize = (folder: string) => cluster.kubectl(['kustomize', join(root, 'config', folder)]);
  const says = (command: Promise<unknown>) => command.then(String, (error: Error) => error.message);

  it('has nothing that Helm would say against, not even as a remark', async () => {
    const said = await helm(cluster, ['lint', '--strict', chart]);
    expect(said)
      .to.include('1 chart(s) linted, 0 chart(s) failed')
      .and.not.match(/\[(INFO|WARNING|ERROR)\]/);
  });

  it('makes the same objects as config/default', async () => {
    const fromChart = (await render()).filter((one) => !isOfTests(one));
    // Helm leaves the namespace of a release to --create-namespace.
    const plain = manifestsIn(await kustomize('default')).filter(({ kind }) => kind !== 'Namespace');
    expect([...comparable(fromChart)]).to.deep.equal([...comparable(plain)]);
    expect(plain.map(({ kind }) => kind)).to.include.members(['CustomResourceDefinition', 'Deployment']);
  });

  it('is the same as the one file that a release has, but for the image that is named there', async () => {
    const kubectl = pathOf(cluster.bin, 'kubectl');
    const image = `registry.example.com:5000/ops/metrics-server-operator:1.2.3@sha256:${'a'.repeat(64)}`;
    const own: V1Deployment | undefined = (await render()).find(({ kind }) => kind === 'Deployment');
    const usual = `${own?.spec?.template.spec?.containers[0]?.image}`;
    const text = await installManifest(kubectl, image);
    expect(text.match(/^ +image: .*$/gm)).to.deep.equal([`        image: ${image}`]);
    expect(text.replace(image, usual)).to.equal(await kustomize('default'));
    expect(await installManifest(kubectl)).to.equal(await kustomize('default'));
    for (const none of ['example.com/x', 'example.com/x:latest', 'example.com/x:1@sha256:1', 'a b:1'])
      expect(await says(installManifest(kubectl, none))).to.include(`${none} is not an image with a version`);
  });

  it('makes with all rights the same as the other files of config/rbac, and the roles of config/self-service', async () => {
    const usual = new Set((await render()).map(titleOf));
    const further = (await render(everyRight)).filter((one) => !usual.has(titleOf(one)));
    const files = ['adopt', 'cert-manager', 'given', 'legacy', 'observe'];
    const texts = files.map((file) => readFile(join(root, `config/rbac/${file}.yaml`), 'utf8'));
    const plain = (await Promise.all([...texts, kustomize('self-service')])).flatMap(manifestsIn);
    expect([...comparable(further)]).to.deep.equal([...comparable(plain)]);
  });

  it('makes with monitoring the same as config/monitoring', async () => {
    const usual = new Set((await render()).map(titleOf));
    const further = (await render(monitoring)).filter((one) => !usual.has(titleOf(one)));
    expect([...comparable(further)]).to.deep.equal([
      ...comparable(manifestsIn(await kustomize('monitoring'))),
    ]);
  });

  it('gives linters nothing to say that has no written reason', async () => {
    const said = [...new Set(findings(await render(everyRight)))];
    expect(said.sort()).to.deep.equal(Object.keys({ ...reasons, ...reasonsOfMore }).sort());
  });

  it('tells the operator the same names', async () => {
    const deployment: V1Deployment | undefined = (await render(everyRight)).find(
      ({ kind }) => kind === 'Deployment',
    );
    expect(deployment?.spec?.template.spec?.containers[0]?.env).to.deep.include.members([
      { name: 'ADOPT_NAMES', value: 'ms-metrics-server' },
      { name: 'LEGACY_RELEASES', value: 'true' },
    ]);
  });

  it('can be in any namespace, with an account of any name', async () => {
    const values = [...everyRight, 'monitoring.serviceMonitor=true', 'serviceAccount.name=ops-account'];
    const text = await helm(cluster, ['template', release, chart, ...set(values)], 'ops');
    const manifests = manifestsIn(text);
    expect(new Set(manifests.map(({ metadata }) => metadata?.namespace))).to.deep.equal(
      new Set([undefined, 'ops', 'kube-system', 'default']),
    );
    const subjects = [...text.matchAll(/- kind: ServiceAccount\n +name: (.*)\n +namespace: (.*)/g)];
    expect(new Set(subjects.map(([, name, namespace]) => `${namespace}/${name}`))).to.deep.equal(
      new Set(['ops/ops-account']),
    );
    const accounts = [...text.matchAll(/system:serviceaccount:[^']+/g)].map(([account]) => account);
    expect(new Set(accounts)).to.deep.equal(new Set(['system:serviceaccount:ops:ops-account']));
    expect(text).to.include('value: ops/metrics-server-operator\n');
  });

  it('binds the rights to the configs and namespaces that are named, and to no others', async () => {
    const manifests = await render(['configNames={alpha,beta}', 'namespaces={one,two}']);
    const rules = manifests.flatMap(({ kind, metadata, rules = [] }) =>
      rules.map((rule) => ({ ...rule, in: metadata?.namespace ?? kind })),
    );
    const namesOf = (resource: string, place: string) =>
      rules
        .filter((rule) => rule.in === place && rule.resources?.includes(resource))
        .map(({ resourceNames }) => resourceNames);
    for (const place of ['one', 'two']) {
      expect(namesOf('services', place)).to.deep.equal([['alpha', 'beta']]);
      expect(namesOf('deployments', place)).to.deep.equal([
        ['alpha', 'beta', 'alpha-b', 'beta-b'],
        ['alpha', 'beta'],
      ]);
      expect(namesOf('rolebindings', place)).to.deep.equal([]);
    }
    expect(namesOf('namespaces', 'ClusterRole')).to.deep.equal([['one', 'two']]);
    expect(namesOf('rolebindings', 'kube-system')).to.deep.equal([['alpha-auth-reader', 'beta-auth-reader']]);
    expect(namesOf('deployments', 'kube-system')).to.deep.equal([]);
    expect(JSON.stringify(rules)).not.to.match(/"(system:)?metrics-server(?!-operator)["-]/);
  });

  for (const { values, says: sentence } of mistakes) {
    it(`refuses ${values.join(', ')}`, async () => expect(await says(render(values))).to.include(sentence));
  }

  it('refuses in extraEnv whatever it sets itself, with the value that it is set by', async () => {
    const all = [...everyRight, ...monitoring];
    const own: V1Deployment | undefined = (await render(all)).find(({ kind }) => kind === 'Deployment');
    const variables = own?.spec?.template.spec?.containers[0]?.env ?? [];
    expect(variables).to.have.length(8);
    const said = await Promise.all(variables.map(({ name }) => says(render([`extraEnv[0].name=${name}`]))));
    for (const [index, { name }] of variables.entries())
      expect(said[index]).to.include(`extraEnv names ${name}, which the chart sets itself: by `);
  });

  it('takes a repository of a registry with a port, and a share of the replicas', async () => {
    const values = ['image.repository=example.com:5000/ops/x', 'podDisruptionBudget.maxUnavailable=50%'];
    const text = JSON.stringify(await render(values));
    expect(text).to.include('"image":"example.com:5000/ops/x:').and.include('"maxUnavailable":"50%"');
  });

  it('leaves a config to Argo CD and to helm template, but says what to do where Helm could not install it', async () => {
    const own = (await render(['config.create=true', 'config.spec.mode=Paused'])).find(
      ({ kind }) => kind === 'MetricsServerConfig',
    );
    expect(own).to.deep.include({ spec: { mode: 'Paused' } });
    expect(await says(install(['config.create=true']))).to.include(
      'this command with config.create=false, then helm upgrade with config.create=true',
    );
    expect(await helm(cluster, ['list', '--short'], home)).to.equal('');
  });

  describe('installed', () => {
    let operator: OperatorProcess | undefined;
    const rights = ['configNames={metrics-server,edge}', 'namespaces={kube-system,monitoring}'];
    before(async () => {
      await cluster.kubectl(['create', 'namespace', 'monitoring']);
      const said = await install(rights, earlier);
      expect(said).to.include('kubectl apply -f - <<EOF').and.include('kubectl get msc');
      console.log(said.replace(/^/gm, '      '));
    });
    after(() => operator?.end());

    it('is admitted by the API server with every value that adds an object or a field', async () => {
      const file = join(cluster.state, 'values.json');
      await writeFile(file, JSON.stringify(everyField));
      const manifests = await render([...rights, ...everyRight], ['--values', file]);
      const deployment: V1Deployment | undefined = manifests.find(({ kind }) => kind === 'Deployment');
      // A Deployment is admitted whatever its pods are: Pod Security judges pods.
      const pods: V1Pod[] = [deployment?.spec?.template ?? {}].map((template) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        ...template,
        metadata: { ...template.metadata, name: 'like-the-operator', namespace: home },
      }));
      const input = [...manifests, ...pods].map((one) => JSON.stringify(one)).join('\n---\n');
      const dryRun = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'];
      const admitted = (await cluster.kubectl(dryRun, { input })).trim().split('\n');
      expect(admitted).to.have.length(manifests.length + pods.length);
      expect(admitted).to.include('pod/like-the-operator serverside-applied (server dry run)');
      expect(admitted).to.include('pod/metrics-server-operator-test serverside-applied (server dry run)');
    });

    it('lets no pod into its namespace that the operator would not be', async () => {
      const pod = JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'careless', namespace: home },
        spec: { serviceAccountName: release, containers: [{ name: 'c', image: 'example.com/x:1' }] },
      });
      const tried = cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], { input: pod });
      expect(await says(tried)).to.include('violates PodSecurity "restricted');
    });

    it('gives the operator what it needs for a config of another name, in another namespace', async function () {
      this.timeout(120_000);
      operator = startOperator(await operatorKubeconfig(cluster), join(cluster.state, 'operator.log'));
      await applyYaml(cluster, configYaml({ namespace: 'monitoring' }, 'edge'));
      await eventually(async () => {
        expect(await get(cluster, '-n', 'monitoring', 'deployment', 'edge')).not.to.equal(undefined);
        await expectCondition(cluster, 'Applied', { status: 'True' }, 'edge');
      }, 60_000);
      const asked = await requests(cluster.auditLog, { user: operatorUser });
      expect(asked.filter(({ code }) => code === 403)).to.deep.equal([]);
      expect(asked).not.to.have.length(0);
      await cluster.kubectl(['delete', 'msc', 'edge', '--wait=false']);
      await operator.end();
    });

    it('has samples that the API server admits, and so does it admit what they lead to', async () => {
      const texts = await Promise.all((await samples()).map((file) => readFile(join(root, file), 'utf8')));
      const objects = texts.flatMap(manifestsIn);
      const configs = objects.filter(({ kind }) => kind === 'MetricsServerConfig');
      const parsed = configs.map((config) => MetricsServerConfigSchema.parse(config));
      const rendered = parsed.flatMap(({ metadata, spec }) =>
        renderedObjects(metadata.name, readingOf(spec, { kubernetes: undefined, allowsLegacy: false }).spec),
      );
      for (const all of [objects, rendered]) {
        const input = all.map((one) => JSON.stringify(one)).join('\n---\n');
        // The operator has made some of it before.
        const dryRun = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'];
        const admitted = await cluster.kubectl(dryRun, { input });
        expect(admitted.match(/server dry run/g)).to.have.length(all.length);
      }
      console.log(`      ${configs.length} configs, which lead to ${rendered.length} objects`);
    });
  });

  describe('in its life', () => {
    const versions = async () => {
      const found: V1CustomResourceDefinition = JSON.parse(
        await cluster.kubectl(['get', 'crd', crd, '-o', 'json', '--ignore-not-found']),
      );
      return JSON.stringify(found.spec.versions);
    };
    const uid = async (config: string) => (await get(cluster, 'msc', config))?.metadata?.uid;

    it('upgrades the CRD with the operator, and goes back', async () => {
      expect(await versions()).to.include(earlierWord);
      await upgrade();
      expect(await versions())
        .to.include(word)
        .and.not.include(earlierWord);
      await helm(cluster, ['rollback', release], home);
      expect(await versions()).to.include(earlierWord);
    });

    it('installs a config with the second step, which an upgrade does not make anew', async () => {
      const own = ['config.create=true', 'config.spec.mode=Paused'];
      await upgrade(own);
      const made = await uid('metrics-server');
      expect(made).to.be.a('string');
      await upgrade([...own, 'config.spec.resolution=30s']);
      expect(await get(cluster, 'msc', 'metrics-server')).to.have.nested.property('spec.resolution', '30s');
      expect(await uid('metrics-server')).to.equal(made);
    });

    it('leaves the CRD and the configs of others when it goes, and takes the CRD back', async () => {
      await applyYaml(cluster, configYaml({ mode: 'Paused' }, 'kept'));
      const made = await uid('kept');
      await helm(cluster, ['uninstall', release], home);
      expect(await get(cluster, '-n', home, 'deployment', release)).to.equal(undefined);
      expect(await get(cluster, 'clusterrole', release)).to.equal(undefined);
      expect(await uid('metrics-server')).to.equal(undefined);
      await install(['crds.keep=false']);
      expect(await get(cluster, '-n', home, 'deployment', release)).not.to.equal(undefined);
      expect(await uid('kept')).to.equal(made);
    });

    it('takes everything along where it is told so', async () => {
      await helm(cluster, ['uninstall', release], home);
      await eventually(
        async () => expect(await cluster.kubectl(['get', 'crd', '-o', 'name'])).not.to.include(crd),
        60_000,
      );
    });

    it('takes over a CRD that kubectl has made', async () => {
      await cluster.kubectl(['apply', '--server-side', '-k', join(root, 'config/crd')]);
      expect(await says(install())).to.include('invalid ownership metadata');
      await helm(cluster, ['install', release, chart, '--take-ownership'], home);
      expect(await versions()).to.include(word);
    });

    it('can be removed by the command of docs/uninstall.md where its namespace went first', async () => {
      await cluster.kubectl(['delete', 'namespace', home, '--wait=false']);
      await eventually(async () => expect(await get(cluster, 'namespace', home)).to.equal(undefined), 60_000);
      expect(await says(helm(cluster, ['uninstall', release], home))).to.include('not found');
      const page = await readFile(join(root, 'docs/uninstall.md'), 'utf8');
      const [, words = ''] = /^kubectl (delete clusterrole,.+)$/m.exec(page) ?? [];
      await cluster.kubectl(words.split(' '));
      const kinds = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'];
      const policies = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'];
      const question = ['get', [...kinds, ...policies].join(), '--all-namespaces', '-o', 'name'];
      expect(await cluster.kubectl(question)).not.to.include(release);
    });
  });
});
