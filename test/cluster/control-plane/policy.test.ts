import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  KubernetesObject,
  V1Deployment,
  V1ValidatingAdmissionPolicy,
  V1Validation,
} from '@kubernetes/client-node';
import * as x509 from '@peculiar/x509';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { connectAsAdmin, connectBy } from '../../../local-cluster/admin.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import {
  installOperator,
  type OperatorProcess,
  operatorKubeconfig,
  rightsFolder,
  startOperator,
} from '../../../local-cluster/operator.ts';
import type { ApiRequest, Connection } from '../../../src/platform/connection.ts';
import { objectPath, referenceOf } from '../../../src/platform/paths.ts';
import { Refusal } from '../../../src/platform/refusal.ts';
import { names } from '../../../src/resources/names.ts';
import { objects } from '../../../src/resources/objects.ts';
import { someSpec } from '../../crds/some-spec.ts';
import { goldenConfigs } from '../../resources/golden-configs.ts';
import { installCertManagerKinds } from '../cert-manager.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition } from '../objects.ts';
import { allowSecrets, grantRightsFor } from '../rights.ts';
import { stateFolder } from '../state-folder.ts';
import { type Attempt, absent, applying, present, withContainer, withPod } from './attempts.ts';
import { attemptsAtContent } from './attempts-at-content.ts';
import { attemptsAtRights, targets } from './attempts-at-rights.ts';

const config = join(import.meta.dirname, '../../../config');
const attempts = [...attemptsAtContent, ...attemptsAtRights];

/** Nothing happens, but all is judged. */
function dry(request: ApiRequest): ApiRequest {
  if (request.method === undefined) return request;
  const isApply = request.contentType?.includes('patch');
  const query = {
    ...request.query,
    dryRun: 'All',
    ...(isApply && { fieldManager: 'metrics-server-operator' }),
  };
  return { ...request, query };
}

const saysBy: Record<Attempt['by'], RegExp> = {
  content:
    /^ValidatingAdmissionPolicy 'metrics-server-operator-|: ValidatingAdmissionPolicy 'metrics-server-operator-/,
  rights:
    /is forbidden: User "system:serviceaccount:metrics-server-operator:metrics-server-operator" cannot /,
  escalation: /attempting to grant RBAC permissions not currently held|ValidatingAdmissionPolicy/,
};

describe("the operator's account", function () {
  this.timeout(120_000);
  let cluster: LocalCluster;
  let admin: Connection;
  let operator: Connection;

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    cluster = await startControlPlane({ state: stateFolder('policy'), say: console.log });
    await installOperator(cluster);
    await installCertManagerKinds(cluster);
    for (const file of ['legacy.yaml', 'cert-manager.yaml'])
      await cluster.kubectl(['apply', '-f', join(rightsFolder, file)]);
    await cluster.kubectl(['create', 'namespace', 'monitoring']);
    await grantRightsFor(cluster, 'metrics', 'monitoring');
    const certManager = await readFile(join(rightsFolder, 'cert-manager.yaml'), 'utf8');
    await applyYaml(
      cluster,
      certManager
        .replaceAll('metrics-server-serving', 'metrics-serving')
        .replaceAll('namespace: kube-system', 'namespace: monitoring'),
    );
    admin = connectAsAdmin(cluster);
    operator = connectBy(await operatorKubeconfig(cluster));
    const each = new Map(
      attemptsAtContent.map(({ request, ...rest }) => [request.path.split('/').at(-2), { request, ...rest }]),
    );
    for (const attempt of each.values()) await eventually(() => refusalOf(attempt.request), 30_000); // by when the API server has its policies
  });
  after(() => cluster?.down());

  /** What the operator's account is told. Throws where nobody refuses. */
  async function refusalOf(request: ApiRequest): Promise<Refusal> {
    const answer = await operator.send(dry(request)).catch((error: unknown) => error);
    if (answer instanceof Refusal) return answer;
    throw new Error(`it was not refused: ${JSON.stringify(answer)?.slice(0, 300)}`);
  }

  const remove = (object: KubernetesObject) =>
    admin.send({ method: 'DELETE', path: objectPath(referenceOf(object)) });

  describe('writes', () => {
    for (const { file, name, spec } of goldenConfigs) {
      const all = objects(name, someSpec(spec));
      const secrets = all.flatMap((object) => secretsNamed(name, object));
      const once = secrets.length === 0 ? '' : `, once ${secrets.join(', ')} are in secretNames`;
      it(`everything that a config leads to: ${file}${once}`, async () => {
        if (secrets.length > 0) await allowSecrets(cluster, secrets);
        for (const object of all) await operator.send(applying(object));
        for (const object of all) await operator.send(applying(object)); // over what is there
        for (const object of all.toReversed()) await remove(object);
        if (secrets.length > 0) await allowSecrets(cluster, []);
      });
    }

    it('what has finalizers of others, and leaves them', async () => {
      for (const object of [present('Service'), present('ClusterRole', 'system:metrics-server')]) {
        const { metadata, ...rest } = object;
        await admin.send({
          ...applying({ ...rest, metadata: { ...metadata, finalizers: ['example.com/a'] } }),
          query: { fieldManager: 'somebody', force: true },
        });
        const labels = { ...metadata?.labels, more: 'a' };
        const written = await operator.send<KubernetesObject>(
          applying({ ...rest, metadata: { ...metadata, labels } }),
        );
        expect(written.metadata).to.deep.include({ labels, finalizers: ['example.com/a'] });
        const free = { metadata: { finalizers: null } };
        const path = objectPath(referenceOf(object));
        await admin.send({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: free });
        await remove(object);
      }
    });

    it('one config over the other', async () => {
      const all = goldenConfigs.filter(({ name }) => name === 'metrics-server');
      for (const { name, spec } of all)
        for (const object of objects(name, someSpec(spec))) await operator.send(applying(object));
    });

    it('the second Deployment, from another registry, with NET_BIND_SERVICE', async () => {
      const { metadata, ...rest } = present('Deployment');
      const beside = { ...rest, metadata: { ...metadata, name: 'metrics-server-b' } };
      const changed = withContainer(({ securityContext }) => ({
        image: 'registry.example.com/metrics-server:v1',
        securityContext: {
          ...securityContext,
          capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
        },
      }));
      await operator.send(dry(applying(withPod({ ...beside }, changed))));
    });

    it('what it repairs beside what others have added, which stays', async () => {
      const theirs = {
        containers: [
          { name: 'sidecar', image: 'a', securityContext: { privileged: true } },
          {
            name: 'metrics-server',
            env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          },
        ],
        initContainers: [{ name: 'init', image: 'a' }],
        volumes: [{ name: 'host', hostPath: { path: '/' } }],
        ...{ hostPID: true, shareProcessNamespace: false, nodeName: 'node-1' },
        securityContext: {
          supplementalGroups: [1],
          sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }],
        },
      };
      const patch = JSON.stringify({ spec: { replicas: 3, template: { spec: theirs } } });
      await cluster.kubectl(['-n', 'kube-system', 'patch', 'deployment', 'metrics-server', '-p', patch]);
      const written = await operator.send<V1Deployment>(applying(present('Deployment')));
      expect(written.spec?.replicas).to.equal(1);
      expect(written.spec?.template.spec?.containers).to.have.length(2);
      await remove(present('Deployment'));
      await operator.send(applying(present('Deployment')));
    });
  });

  describe('cannot get', () => {
    const messages = new Set<string>();
    const refused = { count: 0 };

    before(async () => {
      await cluster.kubectl(['delete', '-f', join(rightsFolder, 'legacy.yaml')]); // it is for old releases, and reads every ConfigMap
      await applyYaml(cluster, configYaml());
      for (const target of targets) await applyYaml(cluster, JSON.stringify(target));
      await applyYaml(cluster, JSON.stringify(await signingRequest()));
      await cluster.kubectl([
        '-n',
        'kube-system',
        'delete',
        'secret',
        'metrics-server-serving-ca',
        '--ignore-not-found',
      ]);
      await admin.send({ ...applying(present('NetworkPolicy')) });
      for (const one of [absent('ServiceAccount'), absent('ClusterRole', 'system:metrics')])
        await operator.send(applying(one));
    });
    after(() => console.log(`      ${refused.count} attempts, all refused`));

    for (const attempt of attempts) {
      it(`${attempt.what} (${attempt.by})`, async () => {
        const { code, message } = await refusalOf(attempt.request);
        expect(message).to.match(saysBy[attempt.by]);
        expect(code).to.be.oneOf([403, 422]);
        expect(message).not.to.include('resulted in error');
        messages.add(message);
        // Not because it makes no sense: an administrator may.
        const request = attempt.adminHears === undefined ? dry(attempt.request) : attempt.request;
        const answer = await admin.send(request).catch((error: unknown) => error);
        const hears = answer instanceof Error ? answer.message : undefined;
        if (attempt.adminHears === undefined) expect(hears).to.equal(undefined);
        else expect(hears).to.include(attempt.adminHears);
        refused.count += 1;
      });
    }

    it('the rights of somebody else', async () => {
      const as = [
        '--kubeconfig',
        await operatorKubeconfig(cluster),
        '--as=admin',
        '--as-group=system:masters',
      ];
      const said = await cluster.kubectl([...as, 'get', 'nodes']).catch((error: Error) => error.message);
      expect(said).to.include('cannot impersonate');
      refused.count += 1;
    });

    it('past any rule of config/policy: each has refused something', async () => {
      const rules = (await policies()).flatMap(({ spec }) => spec?.validations ?? []);
      expect(rules).to.have.length.greaterThan(20);
      const said = [...messages].join('\n');
      expect(rules.map(wordsOf).filter((one) => !said.includes(one))).to.deep.equal([]);
    });
  });

  describe('is refused a Secret that a config names', () => {
    let running: OperatorProcess;

    before(async () => {
      await cluster.kubectl(['delete', 'msc', '--all']);
      const theirs = [absent('ServiceAccount'), absent('ClusterRole', 'system:metrics')];
      for (const object of [...objects('metrics-server', someSpec({})), ...theirs])
        await remove(object).catch(() => undefined); // it may not be there
      running = startOperator(await operatorKubeconfig(cluster), `${cluster.state}/operator.log`);
    });
    after(() => running?.end());

    it('and says in the status which one, and what to do', async () => {
      const spec = { namespace: 'monitoring', image: { pullSecrets: [{ name: 'registry' }] } };
      await applyYaml(cluster, configYaml(spec, 'metrics'));
      await eventually(async () => {
        const { message } = await expectCondition(
          cluster,
          'Applied',
          { status: 'False', reason: 'ApplyFailed' },
          'metrics',
        );
        expect(message).to.include('Secret registry is not among those that the pods may use: add it to');
      }, 30_000);
    });
  });
});

/** The Secrets of others that pods use. */
function secretsNamed(config: string, object: KubernetesObject): string[] {
  const { kind, spec }: V1Deployment = object;
  if (kind !== 'Deployment') return [];
  const { volumes = [], imagePullSecrets = [] } = spec?.template.spec ?? {};
  const all = [
    ...volumes.map(({ secret }) => secret?.secretName),
    ...imagePullSecrets.map(({ name }) => name),
  ];
  return all.filter((name) => name !== undefined).filter((name) => name !== names(config).servingCertificate);
}

/** What a rule says, whatever it names. */
function wordsOf({ message = '', messageExpression }: V1Validation): string {
  return messageExpression?.match(/' ([^']+)'$/)?.[1] ?? message;
}

async function policies(): Promise<V1ValidatingAdmissionPolicy[]> {
  const folder = join(config, 'policy');
  const [list] = parseAllDocuments(await readFile(join(folder, 'kustomization.yaml'), 'utf8'));
  const { resources }: { resources: string[] } = { resources: [], ...list?.toJS() };
  const texts = await Promise.all(resources.map((file) => readFile(join(folder, file), 'utf8')));
  const all = texts.flatMap((text) => parseAllDocuments(text).map((one): KubernetesObject => one.toJS()));
  return all.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
}

/** Somebody asks for a certificate by which they would be an administrator of nodes. */
async function signingRequest(): Promise<KubernetesObject> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=eve',
    keys,
    signingAlgorithm: algorithm,
  });
  const spec = {
    request: Buffer.from(made.toString('pem')).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth'],
  };
  return {
    ...{ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'eve' } },
    ...{ spec },
  };
}
