import type { KubernetesObject, V1ConfigMap } from '@kubernetes/client-node';
import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import { someCertificate } from '../some-pki.ts';
import { CertificateWorld, secretOf } from './some-certificates.ts';

const command =
  'kubectl create secret generic mine -n kube-system --type=kubernetes.io/tls --from-file=tls.crt=FILE --from-file=tls.key=FILE --from-file=ca.crt=FILE';

describe('the Secret of the user', () => {
  it('is asked for with all that it needs: kubectl create secret tls leaves out the CA', () => {
    const world = new CertificateWorld();
    world.spec = { tls: { serving: { mode: 'Secret', secretRef: { name: 'mine' } } } };
    expect(planFor(world.seen()).limited).to.deep.equal({
      status: 'False',
      reason: 'CertificateMissing',
      message: `Secret kube-system/mine (spec.tls.serving.secretRef) does not exist. Make it, for the name metrics-server.kube-system.svc: ${command}. No pods are started until then.`,
    });
  });
});

describe('the CA of the user, in an object of its own', function () {
  this.timeout(20_000);
  const metadata = { name: 'bundle', namespace: 'kube-system' };
  const configMap = (data: Record<string, string>): V1ConfigMap => ({ kind: 'ConfigMap', metadata, data });
  const what = 'ConfigMap kube-system/bundle (spec.tls.serving.caBundleRef)';
  const cases: Record<string, { bundle: KubernetesObject[]; says: string }> = {
    'does not exist': {
      bundle: [],
      says: `${what} does not exist. Make it: kubectl create configmap bundle -n kube-system --from-file=ca.crt=FILE.`,
    },
    'has no such key': {
      bundle: [configMap({ 'ca.pem': 'x' })],
      says: `${what} has no key ca.crt but ca.pem. Add it, or name another in caBundleRef.key.`,
    },
    'is empty': { bundle: [configMap({ 'ca.crt': ' ' })], says: `ca.crt in ${what} is empty.` },
    'is garbage': {
      bundle: [configMap({ 'ca.crt': 'garbage' })],
      says: `ca.crt in ${what} holds something that is no certificate in PEM.`,
    },
  };
  for (const [state, { bundle, says }] of Object.entries(cases)) {
    it(`is blamed itself, and not the Secret, where it ${state}`, async () => {
      const world = new CertificateWorld();
      const pair = await someCertificate(world.at, { dnsNames: ['metrics-server.kube-system.svc'] });
      const secret = { kind: 'Secret', metadata: { ...metadata, name: 'mine' }, ...secretOf(pair) };
      world.given = [secret, ...bundle];
      const serving = { mode: 'Secret', secretRef: { name: 'mine' }, caBundleRef: { name: 'bundle' } };
      world.spec = { tls: { serving } };
      expect(planFor(world.seen()).limited).to.deep.equal({
        status: 'False',
        reason: 'CertificateInvalid',
        message: `${says} No pods are started until then.`,
      });
    });
  }
});
