import { join } from 'node:path';
import type { V1APIService, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { operatorKubeconfig, startOperator } from '../../../local-cluster/operator.ts';
import type { Condition } from '../../../src/crds/status.ts';
import { certificatesIn } from '../../../src/platform/x509.ts';
import { someCertificate } from '../../some-pki.ts';
import { installCertManagerKinds, startCertManager } from '../cert-manager.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, expectCondition, get } from '../objects.ts';
import { underQuestions } from './zero-gap.ts';

const spec = { resolution: '10s', tls: { serving: { mode: 'Managed' } } };
const own = { ...spec, tls: { serving: { mode: 'SelfSigned' } } };
const inNamespace = ['-n', 'kube-system'];
const rights = join(import.meta.dirname, '../../../config/rbac');

// Three rotations, and a round through every mode; docs/decisions/0006 says why no request may fail.
describe('certificates that the operator keeps', function () {
  this.timeout(300_000);
  const { cluster, begin, complete, nothingFailed, replaceOperator } = underQuestions('certificates', own);

  const secret = async (name: string) =>
    await get<V1Secret>(cluster(), ...inNamespace, 'secret', `metrics-server-serving-${name}`);
  const text = async (name: string, key: string) =>
    Buffer.from((await secret(name))?.data?.[key] ?? '', 'base64').toString();
  const trusted = async () => {
    const apiService = await get<V1APIService>(cluster(), 'apiservice', 'v1beta1.metrics.k8s.io');
    const { caBundle = '', insecureSkipTLSVerify } = apiService?.spec ?? {};
    const bundle = certificatesIn(Buffer.from(caBundle, 'base64').toString()) ?? [];
    return { insecureSkipTLSVerify, authorities: bundle.map((one) => one.toString().trim()) };
  };
  const isPeaceful = async () => {
    const authority = (await text('ca', 'tls.crt')).trim();
    expect(authority).not.to.equal('');
    expect(await trusted()).to.deep.equal({ insecureSkipTLSVerify: undefined, authorities: [authority] });
    return authority;
  };

  const running: { certManager?: { end(): Promise<void> } } = {};
  after(() => running.certManager?.end());
  before(async () => {
    const { network } = cluster();
    if (network === undefined) throw new Error('a cluster without nodes has no pods');
    const kubeconfig = await operatorKubeconfig(cluster(), network.kubeconfig);
    await replaceOperator(() =>
      startOperator(kubeconfig, `${cluster().state}-inside.log`, { REACHES_PODS: 'true' }, network.within),
    );
  });

  it('take over from those that metrics-server makes itself, without one failed request', async () => {
    await begin(spec);
    await eventually(isPeaceful, 240_000);
    await complete(spec);
    await nothingFailed('from SelfSigned');
    const { reason, message } = await expectCondition(cluster(), 'Secure', { status: 'True' });
    console.log(`      Secure: ${reason}: ${message}`);
  });

  for (const round of [1, 2, 3]) {
    it(`are made anew when someone asks for it, without one failed request (${round} of 3)`, async () => {
      const before = await isPeaceful();
      const since = Date.now();
      await cluster().kubectl([
        'annotate',
        'msc',
        'metrics-server',
        `metrics-server.io/rotate=${round}`,
        '--overwrite',
      ]);
      await eventually(async () => expect(await isPeaceful()).not.to.equal(before), 240_000);
      console.log(`      old CA out after ${(Date.now() - since) / 1000} s`);
      await nothingFailed(`rotation ${round}`);
    });
  }

  it('are made anew when both Secrets are deleted', async () => {
    const before = await isPeaceful();
    const names = ['metrics-server-serving-ca', 'metrics-server-serving-cert'];
    await cluster().kubectl([...inNamespace, 'delete', 'secret', ...names]);
    await eventually(async () => expect(await isPeaceful()).not.to.equal(before), 240_000);
    await nothingFailed('deleted Secrets');
  });

  const grant = (file: string) => cluster().kubectl(['apply', '-f', join(rights, file)]);
  /** Puts a certificate of a new CA into the Secret that config/rbac/given.yaml speaks of. */
  const give = async () => {
    const now = new Date();
    const by = await someCertificate(now, { isAuthority: true });
    const pair = await someCertificate(now, { dnsNames: ['metrics-server.kube-system.svc'], by });
    const metadata = { name: 'metrics-server-tls', namespace: 'kube-system' };
    const stringData = { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': by.certificate };
    const made: V1Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata,
      stringData,
    };
    await applyYaml(cluster(), JSON.stringify(made));
    return by.certificate.trim();
  };
  const trustsOnly = (authority: string) =>
    eventually(
      async () =>
        expect(await trusted()).to.deep.equal({ insecureSkipTLSVerify: undefined, authorities: [authority] }),
      240_000,
    );
  const says = (type: Condition['type'], expected: Partial<Condition>) =>
    eventually(() => expectCondition(cluster(), type, expected), 120_000);
  const left = async () => {
    const all = await Promise.all(
      ['ca', 'cert', 'issued'].map(async (name) => [name, await secret(name)] as const),
    );
    return all.flatMap(([name, there]) => (there === undefined ? [] : [name]));
  };

  it('give way to one of the user, which is followed when it changes', async () => {
    const ofUser = {
      ...spec,
      tls: { serving: { mode: 'Secret', secretRef: { name: 'metrics-server-tls' } } },
    };
    await begin(ofUser);
    const { message } = await says('Applied', { status: 'False', reason: 'Forbidden' });
    expect(message).to.include('Grant it as in config/rbac/given.yaml');
    await grant('given.yaml');
    await says('Applied', { status: 'False', reason: 'CertificateMissing' });
    await trustsOnly(await give());
    await complete(ofUser);
    expect(await left()).to.deep.equal(['cert']);
    await nothingFailed('from Managed to Secret');
    await trustsOnly(await give());
    await complete(ofUser);
    await nothingFailed('a new certificate of a new CA in the Secret');
  });

  it('of the user that are spoilt or deleted are not shown: the last good one is', async () => {
    const before = await text('cert', 'tls.crt');
    await cluster().kubectl([
      ...inNamespace,
      'patch',
      'secret',
      'metrics-server-tls',
      '-p',
      '{"stringData":{"tls.key":"garbage"}}',
    ]);
    const { message } = await says('Applied', {
      status: 'False',
      reason: 'CertificateInvalid',
    });
    console.log(`      ${message}`);
    await cluster().kubectl([...inNamespace, 'delete', 'secret', 'metrics-server-tls']);
    await says('Applied', { status: 'False', reason: 'CertificateMissing' });
    await says('Serving', { status: 'True' });
    expect(await text('cert', 'tls.crt')).to.equal(before);
    await nothingFailed('a spoilt and a deleted Secret');
  });

  it('come from cert-manager, which renews them', async () => {
    const ofCertManager = { ...spec, tls: { serving: { mode: 'CertManager' } } };
    await begin(ofCertManager);
    await says('Applied', { status: 'False', reason: 'Forbidden' });
    await grant('cert-manager.yaml');
    await says('Applied', { status: 'False', reason: 'CertManagerMissing' });
    await installCertManagerKinds(cluster());
    await says('Applied', { status: 'False', reason: 'CertificatePending' });
    running.certManager = await startCertManager(cluster());
    const issued = async () => (await text('issued', 'ca.crt')).trim();
    await eventually(async () => expect(await issued()).not.to.equal(''), 120_000);
    const first = await issued();
    await trustsOnly(first);
    await complete(ofCertManager);
    expect(await left()).to.deep.equal(['cert', 'issued']);
    await nothingFailed('to CertManager');
    await cluster().kubectl([...inNamespace, 'delete', 'secret', 'metrics-server-serving-issued']);
    await eventually(async () => expect(await issued()).not.to.be.oneOf(['', first]), 120_000);
    await trustsOnly(await issued());
    await complete(ofCertManager);
    await nothingFailed('a new certificate of cert-manager');
  });

  it('go without a trace where metrics-server makes its own', async () => {
    await begin(own);
    await eventually(async () => expect(await left()).to.deep.equal([]), 240_000);
    await complete(own);
    expect(await trusted()).to.deep.equal({ insecureSkipTLSVerify: true, authorities: [] });
    expect(await cluster().kubectl([...inNamespace, 'get', 'issuers,certificates', '-o', 'name'])).to.equal(
      '',
    );
    await expectCondition(cluster(), 'Secure', { status: 'False', reason: 'ServingNotVerified' });
    await nothingFailed('to SelfSigned');
  });

  it('go with the config, also those of cert-manager', async () => {
    await begin({ ...spec, tls: { serving: { mode: 'CertManager' } } });
    await eventually(async () => {
      const owners = (await secret('issued'))?.metadata?.ownerReferences ?? [];
      expect(owners.map(({ kind }) => kind)).to.deep.equal(['Certificate']);
    }, 120_000);
    await cluster().kubectl(['delete', 'msc', 'metrics-server']);
    await eventually(async () => {
      expect(await left()).to.deep.equal([]);
      expect(await cluster().kubectl([...inNamespace, 'get', 'issuers,certificates', '-o', 'name'])).to.equal(
        '',
      );
    }, 60_000);
  });
});
