import type { V1APIService } from '@kubernetes/client-node';
import { expect } from 'chai';
import { withoutMarks } from '../../src/controllers/marks.ts';
import { covers, trustIn, turned, withTrust } from '../../src/controllers/trust.ts';
import { certificatesIn, makeAuthority } from '../../src/platform/x509.ts';
import { now } from '../health/some-facts.ts';

const service = { name: 'metrics-server', namespace: 'kube-system', port: 443 };

function apiService(changes: object): V1APIService {
  const spec = {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    groupPriorityMinimum: 100,
    versionPriority: 100,
  };
  return {
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: { ...spec, service, ...changes },
  };
}

const anyone = apiService({ insecureSkipTLSVerify: true });
const these = apiService({ caBundle: 'bmV3' });

describe('whom the API server trusts', () => {
  it('is turned in one write, in both directions, and is left to the apply where it only changes', () => {
    expect(turned(anyone, these)).to.deep.equal({ caBundle: 'bmV3', insecureSkipTLSVerify: null });
    expect(turned(these, anyone)).to.deep.equal({ caBundle: null, insecureSkipTLSVerify: true });
    expect(turned(anyone, anyone)).to.equal(undefined);
    expect(turned(apiService({ caBundle: 'b2xk' }), these)).to.equal(undefined);
  });

  it("is turned along with where it leads to, where the APIService was someone else's", () => {
    const theirs = apiService({ insecureSkipTLSVerify: true, service: { ...service, name: 'theirs' } });
    expect(withoutMarks(theirs, these)).to.deep.equal({
      metadata: {},
      spec: { caBundle: 'bmV3', insecureSkipTLSVerify: null, service },
    });
  });

  it('is wide enough where every CA of the other is among its own', async () => {
    const pems = await Promise.all(['a', 'b'].map((name) => makeAuthority(name, 10, now)));
    const [a = [], b = []] = pems.map(({ certificate }) => certificatesIn(certificate));
    const [one, two, both] = [a, b, [...a, ...b]].map((authorities) => ({
      is: 'these' as const,
      authorities,
    }));
    if (one === undefined || two === undefined || both === undefined) throw new Error('no certificates');
    expect([covers(both, one), covers(both, two), covers(one, two), covers(one, both)]).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
    expect([
      covers({ is: 'anyone' }, both),
      covers(both, { is: 'anyone' }),
      covers(undefined, one),
    ]).to.deep.equal([true, false, false]);
    const written = trustIn(withTrust(apiService({}), both, undefined), now);
    expect(written?.is === 'these' && covers(both, written)).to.equal(true);
    expect(covers(written, both)).to.equal(true);
  });
});
