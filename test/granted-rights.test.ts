import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { operatorUser } from '../local-cluster/operator-user.ts';
import { usedRights } from '../local-cluster/used-rights.ts';
import { complaintsAbout, grantedRights, heldUnused, textOf, usedAtTimes, usesOf } from './granted-rights.ts';

const binding = 'RBAC: allowed by RoleBinding "metrics-server-operator-for-b/x"';
const role = 'metrics-server-operator-for-b';
const reason = (name: string) => ({
  'authorization.k8s.io/reason': `${binding} of Role "${name}" to ServiceAccount "a/b"`,
});

/** An event as kube-apiserver writes it, as far as it is read. */
function event(change: object): object {
  return {
    verb: 'patch',
    requestURI: '/apis/apps/v1/namespaces/x/deployments/b-b?force=true',
    user: { username: operatorUser },
    objectRef: { apiGroup: 'apps', resource: 'deployments', name: 'b-b' },
    responseStatus: { code: 200 },
    annotations: reason(role),
    ...change,
  };
}

describe('what the operator uses of its rights', () => {
  const right = { role, verb: 'patch', group: 'apps', resource: 'deployments', name: 'b-b' };
  const cases: { when: string; change: object; used: object[] }[] = [
    { when: 'it has changed something', change: {}, used: [right] },
    {
      when: 'an apply has created',
      change: { responseStatus: { code: 201 } },
      used: [right, { ...right, verb: 'create' }],
    },
    {
      when: 'nothing was found',
      change: { verb: 'get', responseStatus: { code: 404 } },
      used: [{ ...right, verb: 'get' }],
    },
    { when: 'it was not allowed', change: { annotations: { 'authorization.k8s.io/reason': '' } }, used: [] },
    { when: 'it was tried only', change: { requestURI: '/apis/apps/v1?dryRun=All' }, used: [] },
    { when: 'it was somebody else', change: { user: { username: 'admin' } }, used: [] },
  ];
  for (const { when, change, used } of cases) {
    it(`is in the audit log when ${when}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'audit-'));
      const file = join(folder, 'audit.log');
      await writeFile(file, `${JSON.stringify(event(change))}\n{"user":{"username":"${operatorUser}"},"torn`);
      expect(await usedRights(file, operatorUser)).to.deep.equal(used);
      await rm(folder, { recursive: true });
    });
  }

  it('counts for config/rbac also under the names of another config', () => {
    const uses = usesOf([{ suite: 'some', rights: [right] }]);
    expect(uses.get('patch deployments.apps/metrics-server-b')).to.deep.equal(['some']);
    expect(uses.get('patch deployments.apps/metrics-server')).to.deep.equal([]);
  });

  it('is missed where nothing is used, and where a reason is out of date', () => {
    const none = complaintsAbout(usesOf([]));
    expect(none).to.include('granted, never used: list nodes');
    expect(none.filter((one) => one.includes('get nodes'))).to.deep.equal([]);
    const all = complaintsAbout(usesOf([{ suite: 'some', rights: grantedRights() }]));
    expect(all).to.have.length(Object.keys(heldUnused).length);
  });

  it('is not needed for reasons that nobody asks for', () => {
    expect(grantedRights().map(textOf)).to.include.members([
      ...Object.keys(heldUnused),
      ...Object.keys(usedAtTimes),
    ]);
  });
});
