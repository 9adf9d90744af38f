import { expect } from 'chai';
import { installCertManagerKinds } from '../cert-manager.ts';
import { eventually } from '../eventually.ts';
import { expectCondition } from '../objects.ts';
import { certificatesUnderQuestions } from './certificates.ts';

const spec = { resolution: '10s', tls: { serving: { mode: 'Managed' } } };
const own = { ...spec, tls: { serving: { mode: 'SelfSigned' } } };
const inNamespace = ['-n', 'kube-system'];

// Three rotations, and a round through every mode; docs/decisions/0006 says why no request may fail.
describe('certificates that the operator keeps', function () {
  this.timeout(300_000);
  const { cluster, begin, complete, nothingFailed, ...certificates } = certificatesUnderQuestions(
    'certificates',
    own,
  );
  const { secret, text, trusted, isPeaceful, trustsOnly, says, left, grant, give } = certificates;

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
    await says('Applied', { status: 'False', reason: 'CertManagerMissing' });
    await installCertManagerKinds(cluster());
    await says('Applied', { status: 'False', reason: 'Forbidden' });
    await grant('cert-manager.yaml');
    await says('Applied', { status: 'False', reason: 'CertificatePending' });
    await certificates.startCertManager();
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
