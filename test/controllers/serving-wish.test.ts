import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import { CertificateWorld } from './some-certificates.ts';

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
