import type { V1ConfigMap, V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { type KeyPair, makeAuthority, makeServing } from '../../../src/platform/x509.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { allowSecrets, grantReading } from '../rights.ts';
import { onControlPlane } from './on-control-plane.ts';

const inNamespace = ['-n', 'kube-system'];
const patience = 30_000;

describe('the CA of the kubelets on a real API server', function () {
  this.timeout(180_000);
  const running = onControlPlane('kubelet-ca');
  const made: { one?: KeyPair; other?: KeyPair; expired?: KeyPair; forServers?: KeyPair } = {};
  const pem = (which: keyof typeof made) => made[which]?.certificate ?? '';

  before(async () => {
    const now = new Date();
    const past = new Date(now.getTime() - 3 * 24 * 3_600_000);
    made.one = await makeAuthority('one', 10, now);
    made.other = await makeAuthority('other', 10, now);
    made.expired = await makeAuthority('expired', 1, past);
    made.forServers = await makeServing(made.one, ['a.example.com'], 10, now);
  });

  const kubectl = (...args: string[]) => running().cluster.kubectl(args);
  const deployment = () =>
    get<V1Deployment>(running().cluster, ...inNamespace, 'deployment', 'metrics-server');
  const copy = async () =>
    (await get<V1ConfigMap>(running().cluster, ...inNamespace, 'configmap', 'metrics-server-kubelet-ca'))
      ?.data?.['ca.crt'];
  const configure = (kubelet: object, others: object = {}) =>
    applyYaml(running().cluster, configYaml({ ...others, tls: { kubelet } }));
  const provide = (
    kind: 'ConfigMap' | 'Secret',
    name: string,
    data: Record<string, string>,
    type?: string,
  ) => {
    const object = { apiVersion: 'v1', kind, metadata: { name, namespace: 'kube-system' }, type };
    const field = kind === 'Secret' ? 'stringData' : 'data';
    return applyYaml(running().cluster, JSON.stringify({ ...object, [field]: data }));
  };
  const grant = (resource: 'configmaps' | 'secrets', name: string) =>
    grantReading(running().cluster, resource, name);
  const applied = (expected: object) =>
    eventually(() => expectCondition(running().cluster, 'Applied', expected), patience);
  const custom = { mode: 'CustomCA', caBundleRef: { name: 'node-ca' } };
  const source = 'ConfigMap kube-system/node-ca';

  it('needs a right, which is named; all else is made meanwhile, and the right is enough', async () => {
    await configure(custom);
    const { message } = await applied({ status: 'False', reason: 'Forbidden' });
    console.log(`      ${message}`);
    expect(message)
      .to.include(`The operator may not watch ${source}: `)
      .and.include('No pods are started until then.');
    await eventually(
      async () =>
        expect(await get(running().cluster, ...inNamespace, 'service', 'metrics-server')).not.to.equal(
          undefined,
        ),
      patience,
    );
    expect(await deployment()).to.equal(undefined);
    await grant('configmaps', 'node-ca');
    await applied({ status: 'False', reason: 'KubeletCAMissing' });
  });

  it('is waited for, and used the moment it is there', async () => {
    const { message } = await applied({ status: 'False', reason: 'KubeletCAMissing' });
    expect(message).to.include('kubectl create configmap node-ca -n kube-system --from-file=ca.crt=FILE');
    expect(await deployment()).to.equal(undefined);
    await provide('ConfigMap', 'node-ca', { 'ca.crt': pem('one') });
    await applied({ status: 'True', reason: 'Applied' });
    expect(await copy()).to.equal(pem('one'));
    expect((await deployment())?.spec?.template.spec?.containers[0]?.args).to.include(
      '--kubelet-certificate-authority=/etc/metrics-server/kubelet-ca/ca.crt',
    );
  });

  const spoilt: Record<string, { data: () => Record<string, string>; reason: string; says: string }> = {
    'is empty': { data: () => ({ 'ca.crt': '' }), reason: 'KubeletCAInvalid', says: 'is empty.' },
    'is garbage': {
      data: () => ({ 'ca.crt': 'garbage' }),
      reason: 'KubeletCAInvalid',
      says: 'holds something that is no certificate in PEM.',
    },
    'has one bad certificate': {
      data: () => ({
        'ca.crt': `${pem('one')}-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n`,
      }),
      reason: 'KubeletCAInvalid',
      says: 'holds something that is no certificate in PEM.',
    },
    'has expired': {
      data: () => ({ 'ca.crt': pem('expired') }),
      reason: 'KubeletCAInvalid',
      says: 'holds only certificates that have expired.',
    },
    'has no such key': {
      data: () => ({ 'ca.pem': pem('one') }),
      reason: 'KubeletCAMissing',
      says: 'has no key ca.crt but ca.pem.',
    },
  };
  for (const [state, { data, reason, says }] of Object.entries(spoilt)) {
    it(`stays what it was when it ${state}, and heals by itself`, async () => {
      const { uid, generation } = (await deployment())?.metadata ?? {};
      await provide('ConfigMap', 'node-ca', data());
      const { message } = await applied({ status: 'False', reason });
      console.log(`      ${message}`);
      expect(message)
        .to.include(source)
        .and.include(says)
        .and.include('Until then the kubelets are verified with what it was before.');
      expect(await copy()).to.equal(pem('one'));
      expect((await deployment())?.metadata).to.include({ uid, generation });
      await provide('ConfigMap', 'node-ca', { 'ca.crt': pem('one') });
      await applied({ status: 'True', reason: 'Applied' });
    });
  }

  it('stays what it was when it is deleted while in use, also for pods of another change', async () => {
    await kubectl(...inNamespace, 'delete', 'configmap', 'node-ca');
    await applied({ status: 'False', reason: 'KubeletCAMissing' });
    await configure(custom, { resolution: '30s' });
    await eventually(
      async () =>
        expect((await deployment())?.spec?.template.spec?.containers[0]?.args).to.include(
          '--metric-resolution=30s',
        ),
      patience,
    );
    expect(await copy()).to.equal(pem('one'));
    await kubectl(...inNamespace, 'delete', 'configmap', 'metrics-server-kubelet-ca');
    await applied({ status: 'False', reason: 'KubeletCAMissing' });
    await provide('ConfigMap', 'node-ca', { 'ca.crt': pem('one') });
    await eventually(async () => expect(await copy()).to.equal(pem('one')), patience);
    await applied({ status: 'True', reason: 'Applied' });
  });

  it('replaces pods when it changes, before metrics-server 0.9 only', async () => {
    const generation = async () => (await deployment())?.metadata?.generation;
    const change = async (which: 'one' | 'other') => {
      await provide('ConfigMap', 'node-ca', { 'ca.crt': pem(which) });
      await eventually(async () => expect(await copy()).to.equal(pem(which)), patience);
    };
    const before = await generation();
    await change('other');
    await applied({ status: 'True', reason: 'Applied' });
    expect(await generation()).to.equal(before);

    await configure(custom, { version: '0.8.1' });
    const hash = async () =>
      (await deployment())?.spec?.template.metadata?.annotations?.['metrics-server.io/kubelet-ca'];
    const first = await eventually(async () => {
      const found = await hash();
      expect(found).to.be.a('string');
      return found;
    }, patience);
    await change('one');
    await eventually(
      async () =>
        expect(await hash())
          .to.be.a('string')
          .and.not.equal(first),
      patience,
    );
  });

  it('may come from a Secret, and its copy goes with the mode', async () => {
    await grant('secrets', 'node-ca');
    await provide('Secret', 'node-ca', { bundle: pem('other') });
    await configure({ mode: 'CustomCA', caBundleRef: { kind: 'Secret', name: 'node-ca', key: 'bundle' } });
    await eventually(async () => expect(await copy()).to.equal(pem('other')), patience);
    await applied({ status: 'True', reason: 'Applied' });
    await configure({ mode: 'ClusterCA' });
    await eventually(async () => expect(await copy()).to.equal(undefined), patience);
    expect(JSON.stringify((await deployment())?.spec?.template.spec)).not.to.include('kubelet-ca');
    expect(await get(running().cluster, ...inNamespace, 'secret', 'node-ca'), 'theirs').not.to.equal(
      undefined,
    );
  });

  const client = { clientCertificateSecretRef: { name: 'scraper' } };
  const volume = async () =>
    (await deployment())?.spec?.template.spec?.volumes?.find(({ name }) => name === 'kubelet-client');

  it('beside it, a client certificate is waited for, checked, and mounted', async () => {
    await configure(client);
    await applied({ status: 'False', reason: 'Forbidden' });
    await grant('secrets', 'scraper');
    const { message } = await applied({ status: 'False', reason: 'KubeletClientCertMissing' });
    expect(message).to.include('kubectl create secret tls scraper -n kube-system --cert=FILE --key=FILE');
    expect(await volume()).to.equal(undefined);
    const { certificate = '', key = '' } = made.forServers ?? {};
    await provide('Secret', 'scraper', { 'tls.crt': certificate, 'tls.key': key }, 'kubernetes.io/tls');
    await applied({ status: 'False', reason: 'KubeletClientCertInvalid' });
    expect(await volume()).to.equal(undefined);
    const good = { 'tls.crt': pem('one'), 'tls.key': made.one?.key ?? '' };
    await provide('Secret', 'scraper', good, 'kubernetes.io/tls');
    const refused = await applied({ status: 'False', reason: 'ApplyFailed' });
    expect(refused.message).to.include('Secret scraper is not among those that the pods may use: add it to');
    await allowSecrets(running().cluster, ['scraper']);
    await applied({ status: 'True', reason: 'Applied' });
    expect(await volume()).to.have.nested.property('secret.secretName', 'scraper');
  });
});
