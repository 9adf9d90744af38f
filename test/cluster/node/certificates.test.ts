import type { V1APIService, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { operatorKubeconfig, startOperator } from '../../../local-cluster/operator.ts';
import { certificatesIn } from '../../../src/platform/x509.ts';
import { eventually } from '../eventually.ts';
import { expectCondition, get } from '../objects.ts';
import { underQuestions } from './zero-gap.ts';

const inNamespace = ['-n', 'kube-system'];

// Three rotations, and every switch; docs/decisions/0006 says why no request may fail.
describe('certificates that the operator keeps', function () {
  this.timeout(300_000);
  const { cluster, begin, complete, nothingFailed, replaceOperator } = underQuestions('certificates');
  const spec = { resolution: '10s', tls: { serving: { mode: 'Managed' } } };

  const secret = async (name: 'ca' | 'cert') =>
    await get<V1Secret>(cluster(), ...inNamespace, 'secret', `metrics-server-serving-${name}`);
  const text = async (name: 'ca' | 'cert', key: string) =>
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

  it('go without a trace where metrics-server makes its own, and come back, without one failed request', async () => {
    const own = { ...spec, tls: { serving: { mode: 'SelfSigned' } } };
    await begin(own);
    await eventually(async () => {
      expect(await secret('ca')).to.equal(undefined);
      expect(await secret('cert')).to.equal(undefined);
    }, 240_000);
    await complete(own);
    expect(await trusted()).to.deep.equal({ insecureSkipTLSVerify: true, authorities: [] });
    await expectCondition(cluster(), 'Secure', { status: 'False', reason: 'ServingNotVerified' });
    await nothingFailed('to SelfSigned');
    await begin(spec);
    await eventually(isPeaceful, 240_000);
    await complete(spec);
    await nothingFailed('to Managed');
  });
});
