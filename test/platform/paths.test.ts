import { expect } from 'chai';
import { objectPath, pluralOf } from '../../src/platform/paths.ts';

describe('paths of objects', () => {
  const cases = [
    {
      reference: { apiVersion: 'v1', kind: 'Service', name: 'a', namespace: 'b' },
      path: '/api/v1/namespaces/b/services/a',
    },
    {
      reference: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a', namespace: 'b' },
      path: '/apis/apps/v1/namespaces/b/deployments/a',
    },
    {
      reference: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'system:a' },
      path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aa',
    },
  ];
  for (const { reference, path } of cases) {
    it(`of a ${reference.kind} is ${path}`, () => expect(objectPath(reference)).to.equal(path));
  }
  it('have plurals as Kubernetes guesses them', () => {
    expect(['NetworkPolicy', 'Ingress', 'APIService'].map(pluralOf)).to.deep.equal([
      'networkpolicies',
      'ingresses',
      'apiservices',
    ]);
  });
});
