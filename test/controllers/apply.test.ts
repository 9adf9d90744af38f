import { expect } from 'chai';
import { sideBySide } from '../../src/controllers/apply.ts';
import { planFor, type Step } from '../../src/controllers/plan.ts';
import { someSeen } from './some-seen.ts';

const kinds = (groups: Step[][]) => groups.map((group) => group.map(({ object }) => object.kind));

describe('what is written side by side', () => {
  it('is what bindings refer to, then the rest; but first, alone, the role by which two configs know who came first', () => {
    expect(kinds(sideBySide(planFor(someSeen({})).steps))).to.deep.equal([
      ['ClusterRole'],
      ['ServiceAccount', 'ClusterRole'],
      ['ClusterRoleBinding', 'ClusterRoleBinding', 'RoleBinding', 'Service', 'Deployment'],
    ]);
  });

  it('is never an APIService, nor a deletion', () => {
    const step = (action: 'apply' | 'remove', kind: string): Step => ({
      action,
      object: { apiVersion: 'v1', kind, metadata: { name: 'metrics-server' } },
      over: undefined,
      because: 'absent',
    });
    const steps = [
      step('apply', 'Service'),
      step('apply', 'Deployment'),
      step('apply', 'APIService'),
      step('remove', 'Service'),
      step('remove', 'ClusterRole'),
      step('apply', 'ClusterRole'),
    ];
    expect(kinds(sideBySide(steps))).to.deep.equal([
      ['Service', 'Deployment'],
      ['APIService'],
      ['Service'],
      ['ClusterRole'],
      ['ClusterRole'],
    ]);
  });
});
