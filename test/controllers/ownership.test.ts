import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { ownedBy, type Whose, whose } from '../../src/controllers/ownership.ts';
import { someConfig } from './some-seen.ts';

const claimant = { name: 'metrics-server', uid: 'mine', living: new Set(['mine', 'other']) };
const byUs = [{ manager: 'metrics-server-operator' }];
const controlledBy = (uid: string) => ownedBy(someConfig({}, uid), { metadata: { managedFields: byUs } });
const marked = (metadata: KubernetesObject['metadata']): KubernetesObject => ({ metadata });
const forUs = { 'metrics-server.io/owner': 'metrics-server' };
const controller = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x', uid: 'y', controller: true };

describe('whose an object is', () => {
  const cases: { when: string; object: KubernetesObject; is: Whose }[] = [
    { when: 'the config controls it', object: controlledBy('mine'), is: 'ours' },
    { when: 'a config controls it that is no more', object: controlledBy('dead'), is: 'leftover' },
    { when: 'another living config controls it', object: controlledBy('other'), is: 'sibling' },
    {
      when: 'it was orphaned, and is marked for this config',
      object: marked({ annotations: forUs, managedFields: byUs }),
      is: 'ours',
    },
    {
      when: 'it is marked, but another manager made it',
      object: marked({ annotations: forUs, managedFields: [{ manager: 'helm' }] }),
      is: 'foreign',
    },
    {
      when: 'it was orphaned by a config of another name',
      object: marked({ annotations: { 'metrics-server.io/owner': 'x' }, managedFields: byUs }),
      is: 'foreign',
    },
    {
      when: 'something else controls it, whatever it is marked with',
      object: marked({ annotations: forUs, managedFields: byUs, ownerReferences: [controller] }),
      is: 'foreign',
    },
    {
      when: 'a kind of our name in another group controls it',
      object: marked({
        ownerReferences: [
          { ...controller, apiVersion: 'example.com/v1', kind: 'MetricsServerConfig', uid: 'mine2' },
        ],
      }),
      is: 'foreign',
    },
    { when: 'nobody has marked it', object: marked({ managedFields: byUs }), is: 'foreign' },
    {
      when: "it is one of Kubernetes' own roles, whatever it is marked with",
      object: marked({
        ...controlledBy('mine').metadata,
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      }),
      is: 'foreign',
    },
  ];
  for (const { when, object, is } of cases) {
    it(`is ${is} when ${when}`, () => expect(whose(object, claimant)).to.equal(is));
  }
});
