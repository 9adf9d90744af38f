import type { KubernetesObject, V1ConfigMap, V1Deployment, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { Live } from '../../src/controllers/cluster.ts';
import type { Given } from '../../src/controllers/given.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { makeAuthority, makeServing } from '../../src/platform/x509.ts';
import { names, title } from '../../src/resources/names.ts';
import { now } from '../health/some-facts.ts';
import { emptyLive, someSeen } from './some-seen.ts';

const dayMs = 24 * 3_600_000;
const [one, other, expired] = await Promise.all([
  makeAuthority('one', 10, now),
  makeAuthority('other', 10, now),
  makeAuthority('expired', 1, new Date(now.getTime() - 3 * dayMs)),
]);
const forServers = await makeServing(one, ['a.example.com'], 10, now);

const custom = { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'node-ca' } } } };
const mine = names('metrics-server').kubeletCa;

function given(
  kind: 'ConfigMap' | 'Secret',
  name: string,
  data?: Record<string, string>,
  type?: string,
): Given {
  const metadata = { name, namespace: 'kube-system' };
  const reference = { apiVersion: 'v1', kind, ...metadata };
  const stored = Object.entries(data ?? {}).map(([key, text]) => [
    key,
    kind === 'Secret' ? Buffer.from(text).toString('base64') : text,
  ]);
  const object = { apiVersion: 'v1', kind, metadata, ...{ data: Object.fromEntries(stored), type } };
  return { reference, object: data && object };
}

const bundle = (text: string, key = 'ca.crt') => given('ConfigMap', 'node-ca', { [key]: text });

function planWith(spec: object, givens: Given[], live: Partial<Live> = {}) {
  const plan = planFor(someSeen({ spec, live: { ...emptyLive, ...live, given: givens } }));
  const steps = plan.steps.map(({ action, object }) => `${action} ${title(object)}`);
  const objectOf = (kind: string) => plan.steps.find(({ object }) => object.kind === kind)?.object;
  const deployment: V1Deployment | undefined = objectOf('Deployment');
  const copy: V1ConfigMap | undefined = objectOf('ConfigMap');
  return { plan, steps, deployment, copy };
}

/** The cluster after everything of a plan has been written; with a pod that runs what the Deployment says. */
function written(spec: object, givens: Given[]): Partial<Live> {
  const objects = planWith(spec, givens).plan.steps.map(
    ({ object }): KubernetesObject => ({
      ...object,
      metadata: {
        ...object.metadata,
        resourceVersion: '7',
        managedFields: [{ manager: 'metrics-server-operator' }],
      },
    }),
  );
  const deployment: V1Deployment | undefined = objects.find(({ kind }) => kind === 'Deployment');
  const pod: V1Pod = {
    metadata: { name: 'pod' },
    spec: { containers: [], ...deployment?.spec?.template.spec },
  };
  return { objects, deployment, pods: [pod] };
}

describe('the CA of the kubelets', () => {
  it('is copied as it was checked, and mounted by the pods', () => {
    const { plan, steps, deployment, copy } = planWith(custom, [
      bundle(`# ours\n${one.certificate}\n${other.certificate}${one.certificate}`),
    ]);
    expect(plan.limited).to.equal(undefined);
    expect(copy?.data).to.deep.equal({ 'ca.crt': `${one.certificate}${other.certificate}` });
    const at = (step: string) => steps.indexOf(step);
    expect(at(`apply ConfigMap kube-system/${mine}`)).to.be.greaterThan(-1);
    expect(at('apply Deployment kube-system/metrics-server')).to.be.greaterThan(
      at(`apply ConfigMap kube-system/${mine}`),
    );
    const [container] = deployment?.spec?.template.spec?.containers ?? [];
    expect(container?.args).to.include(
      '--kubelet-certificate-authority=/etc/metrics-server/kubelet-ca/ca.crt',
    );
    expect(container?.args).not.to.include('--kubelet-insecure-tls');
    expect(container?.volumeMounts).to.deep.include({
      name: 'kubelet-ca',
      mountPath: '/etc/metrics-server/kubelet-ca',
      readOnly: true,
    });
    expect(deployment?.spec?.template.spec?.volumes).to.deep.include({
      name: 'kubelet-ca',
      configMap: { name: mine },
    });
  });

  it('may be in a Secret, under another key', () => {
    const caBundleRef = { kind: 'Secret', name: 'node-ca', key: 'tls.crt' };
    const spec = { tls: { kubelet: { mode: 'CustomCA', caBundleRef } } };
    const { copy } = planWith(spec, [given('Secret', 'node-ca', { 'tls.crt': one.certificate })]);
    expect(copy?.data).to.deep.equal({ 'ca.crt': one.certificate });
  });

  it('may have an expired certificate beside a good one: no pod is replaced only because it expires', () => {
    const { plan, copy } = planWith(custom, [bundle(`${one.certificate}${expired.certificate}`)]);
    expect(plan.limited).to.equal(undefined);
    expect(copy?.data).to.deep.equal({ 'ca.crt': `${one.certificate}${expired.certificate}` });
  });

  it('replaces the pods of releases that read it only at start, and no others', () => {
    for (const [version, isReplacing] of [
      ['0.8.1', true],
      ['0.7.2', true],
      ['0.6.4', true],
      ['0.9.0', false],
    ] as const) {
      const spec = { ...custom, version };
      const { steps, plan } = planWith(
        spec,
        [bundle(other.certificate)],
        written(spec, [bundle(one.certificate)]),
      );
      const rest = isReplacing ? ['apply Deployment kube-system/metrics-server'] : [];
      expect(steps, version).to.deep.equal([`apply ConfigMap kube-system/${mine}`, ...rest]);
      expect(plan.limited, version).to.equal(undefined);
    }
  });

  const what = 'ConfigMap kube-system/node-ca (spec.tls.kubelet.caBundleRef)';
  const where = `ca.crt in ${what}`;
  const badBundles: Record<string, { object: Given; reason: string; says: string }> = {
    'is not there': {
      object: given('ConfigMap', 'node-ca'),
      reason: 'KubeletCAMissing',
      says: `${what} does not exist. Make it: kubectl create configmap node-ca -n kube-system --from-file=ca.crt=FILE.`,
    },
    'has no such key': {
      object: bundle(one.certificate, 'ca.pem'),
      reason: 'KubeletCAMissing',
      says: `${what} has no key ca.crt but ca.pem. Add it, or name another in caBundleRef.key.`,
    },
    'has no key at all': {
      object: given('ConfigMap', 'node-ca', {}),
      reason: 'KubeletCAMissing',
      says: `${what} has no key ca.crt, it has none. Add it.`,
    },
    'is empty': { object: bundle(' \n'), reason: 'KubeletCAInvalid', says: `${where} is empty.` },
    'is garbage': {
      object: bundle('garbage'),
      reason: 'KubeletCAInvalid',
      says: `${where} holds something that is no certificate in PEM.`,
    },
    'has one bad certificate': {
      object: bundle(
        `${one.certificate}-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n${other.certificate}`,
      ),
      reason: 'KubeletCAInvalid',
      says: `${where} holds something that is no certificate in PEM.`,
    },
    'is cut off': {
      object: bundle(one.certificate.slice(0, -40)),
      reason: 'KubeletCAInvalid',
      says: `${where} holds something that is no certificate in PEM.`,
    },
    'has a key in it': {
      object: bundle(`${one.certificate}${one.key}`),
      reason: 'KubeletCAInvalid',
      says: `${where} holds something that is no certificate in PEM.`,
    },
    'has expired': {
      object: bundle(expired.certificate),
      reason: 'KubeletCAInvalid',
      says: `${where} holds only certificates that have expired.`,
    },
    'may not be seen': {
      object: { ...given('ConfigMap', 'node-ca'), refused: 'no right' },
      reason: 'Forbidden',
      says: 'The operator may not watch ConfigMap kube-system/node-ca: no right. Grant it as in config/rbac/given.yaml: kubectl create role read-configmaps-node-ca -n kube-system --verb=list,watch --resource=configmaps --resource-name=node-ca && kubectl create rolebinding read-configmaps-node-ca -n kube-system --role=read-configmaps-node-ca --serviceaccount=metrics-server-operator:metrics-server-operator (any name will do for the Role; with the chart: node-ca in configMapNames).',
    },
  };
  for (const [state, { object, reason, says }] of Object.entries(badBundles)) {
    it(`starts no pods as long as it ${state}, and all else is there`, () => {
      const { plan, steps } = planWith(custom, [object]);
      expect(plan.limited).to.deep.equal({
        status: 'False',
        reason,
        message: `${says} No pods are started until then.`,
      });
      expect(steps).to.include('apply Service kube-system/metrics-server');
      expect(steps.join()).not.to.include('Deployment').and.not.to.include('ConfigMap');
    });

    it(`is what it was when it ${state} later, also for pods of another change`, () => {
      const live = written(custom, [bundle(one.certificate)]);
      const { plan, steps } = planWith(custom, [object], live);
      expect(steps).to.deep.equal([]);
      expect(plan.limited).to.deep.equal({
        status: 'False',
        reason,
        message: `${says} Until then the kubelets are verified with what it was before.`,
      });
      const changed = planWith({ ...custom, resolution: '30s' }, [object], live);
      expect(changed.steps).to.deep.equal(['apply Deployment kube-system/metrics-server']);
    });
  }

  it('is not taken into use where the pods that run do without, and nothing can be used', () => {
    const live = written({}, []);
    const { plan, steps } = planWith(custom, [bundle('garbage')], live);
    expect(steps).to.deep.equal([]);
    expect(plan.limited?.message).to.include('The pods stay as they are until then.');
    const bad = { ...custom, version: '0.8.1' };
    expect(planWith(bad, [bundle('garbage')], live).steps, 'nor with another change').to.deep.equal([]);
  });

  it('is copied again when someone has changed or removed the copy', () => {
    const live = written(custom, [bundle(one.certificate)]);
    const without = { ...live, objects: live.objects?.filter(({ kind }) => kind !== 'ConfigMap') };
    expect(planWith(custom, [bundle(one.certificate)], without).steps).to.deep.equal([
      `apply ConfigMap kube-system/${mine}`,
    ]);
    const changed = live.objects?.map((object) =>
      object.kind === 'ConfigMap' ? { ...object, ...{ data: { 'ca.crt': other.certificate } } } : object,
    );
    expect(planWith(custom, [bundle(one.certificate)], { ...live, objects: changed }).steps).to.deep.equal([
      `apply ConfigMap kube-system/${mine}`,
    ]);
  });

  it('goes when no pod needs it any more', () => {
    const live = written(custom, [bundle(one.certificate)]);
    const switched = planWith({}, [], live);
    expect(switched.steps).to.deep.equal(['apply Deployment kube-system/metrics-server']);
    const deployment = switched.deployment;
    const others = live.objects?.filter(({ kind }) => kind !== 'Deployment') ?? [];
    const objects = [...others, ...(deployment ? [deployment] : [])];
    expect(planWith({}, [], { ...live, objects, deployment }).steps, 'an old pod runs').to.deep.equal([]);
    expect(planWith({}, [], { ...live, objects, deployment, pods: [] }).steps).to.deep.equal([
      `remove ConfigMap kube-system/${mine}`,
    ]);
  });

  it('never takes the place of what somebody else has made under its name', () => {
    const metadata = { name: mine, namespace: 'kube-system', uid: 'theirs' };
    const theirs = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      ...{ data: { 'ca.crt': other.certificate } },
    };
    const { plan, steps } = planWith(custom, [bundle(one.certificate)], { objects: [theirs] });
    expect(plan.accepted).to.include({ status: 'False', reason: 'ForeignObject' });
    expect(steps).to.deep.equal([]);
  });
});

describe('the certificate that kubelets are shown', () => {
  const spec = { tls: { kubelet: { clientCertificateSecretRef: { name: 'scraper' } } } };
  const tls = 'kubernetes.io/tls';
  const secret = (data: Record<string, string>, type = tls) => given('Secret', 'scraper', data, type);
  const good = secret({ 'tls.crt': one.certificate, 'tls.key': one.key });

  it('is mounted as it is, beside any mode', () => {
    for (const mode of [undefined, 'Insecure']) {
      const { deployment, plan } = planWith({ tls: { kubelet: { ...spec.tls.kubelet, mode } } }, [good]);
      expect(plan.limited).to.equal(undefined);
      const pod = deployment?.spec?.template.spec;
      expect(pod?.containers[0]?.args).to.include.members([
        '--kubelet-client-certificate=/etc/metrics-server/kubelet-client/tls.crt',
        '--kubelet-client-key=/etc/metrics-server/kubelet-client/tls.key',
      ]);
      expect(pod?.volumes?.filter(({ name }) => name === 'kubelet-client')).to.deep.equal([
        { name: 'kubelet-client', secret: { secretName: 'scraper' } },
      ]);
    }
  });

  const badSecrets: Record<string, { object: Given; reason: string; says: string }> = {
    'is not there': {
      object: given('Secret', 'scraper'),
      reason: 'KubeletClientCertMissing',
      says: 'does not exist. Make it: kubectl create secret tls scraper -n kube-system --cert=FILE --key=FILE.',
    },
    'is of another type': {
      object: secret({ 'tls.crt': one.certificate, 'tls.key': one.key }, 'Opaque'),
      reason: 'KubeletClientCertInvalid',
      says: 'its type is Opaque, not kubernetes.io/tls: delete it and make it again with kubectl create secret tls.',
    },
    'has no key': {
      object: secret({ 'tls.crt': one.certificate }),
      reason: 'KubeletClientCertInvalid',
      says: 'it has no tls.key.',
    },
    'has the key of another': {
      object: secret({ 'tls.crt': one.certificate, 'tls.key': other.key }),
      reason: 'KubeletClientCertInvalid',
      says: 'its key is not that of its certificate.',
    },
    'is garbage': {
      object: secret({ 'tls.crt': 'garbage', 'tls.key': one.key }),
      reason: 'KubeletClientCertInvalid',
      says: 'its certificate cannot be read (tls.crt).',
    },
    'has expired': {
      object: secret({ 'tls.crt': expired.certificate, 'tls.key': expired.key }),
      reason: 'KubeletClientCertInvalid',
      says: 'its certificate has expired on Dec 30 12:00:00 2025 GMT.',
    },
    'is for servers': {
      object: secret({ 'tls.crt': forServers.certificate, 'tls.key': forServers.key }),
      reason: 'KubeletClientCertInvalid',
      says: 'its certificate is not for clients (extended key usage clientAuth).',
    },
    'may not be seen': {
      object: { ...given('Secret', 'scraper'), refused: 'no right' },
      reason: 'Forbidden',
      says: 'The operator may not watch Secret kube-system/scraper: no right. Grant it as in config/rbac/given.yaml: kubectl create role read-secrets-scraper -n kube-system --verb=list,watch --resource=secrets --resource-name=scraper && ',
    },
  };
  for (const [state, { object, reason, says }] of Object.entries(badSecrets)) {
    it(`lets no pods start as long as it ${state}, and those that run stay`, () => {
      const { plan, steps } = planWith(spec, [object]);
      expect(plan.limited).to.include({ status: 'False', reason });
      expect(plan.limited?.message).to.include(says).and.include('No pod is started or replaced until then.');
      expect(steps.join()).not.to.include('Deployment');
      const live = written(spec, [good]);
      expect(planWith(spec, [object], live).steps).to.deep.equal([]);
      expect(planWith({ ...spec, resolution: '30s' }, [object], live).steps).to.deep.equal([]);
      const without = { ...live, objects: live.objects?.filter(({ kind }) => kind !== 'Service') };
      expect(planWith(spec, [object], without).steps).to.deep.equal([
        'apply Service kube-system/metrics-server',
      ]);
    });
  }
});
