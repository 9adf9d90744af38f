import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import {
  installCrd,
  installRights,
  type OperatorProcess,
  operatorKubeconfig,
  startOperator,
} from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';

async function messages(operator: OperatorProcess): Promise<string> {
  return (await operator.log()).map((line) => JSON.stringify(line)).join('\n');
}

function withServer(server: string): string {
  const user = { name: 'u', user: { token: 'none' } };
  const context = { name: 'x', context: { cluster: 'c', user: 'u' } };
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server } }],
    users: [user],
    contexts: [context],
    'current-context': 'x',
  });
}

describe('the start of the operator', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;
  const file = (name: string) => `${cluster.state}/${name}`;

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    cluster = await startControlPlane({ state: stateFolder('start'), say: console.log });
    await installRights(cluster);
  });
  after(() => cluster?.down());

  const broken = [
    { what: 'a kubeconfig that is no YAML', content: '{{{', says: 'the kubeconfig cannot be read' },
    { what: 'a server that is no address', content: withServer('not a url'), says: 'is no https address' },
    {
      what: 'a kubeconfig without a context',
      content: 'apiVersion: v1\nkind: Config\n',
      says: 'no current context',
    },
  ];
  for (const { what, content, says } of broken) {
    it(`ends with one clear line on ${what}`, async () => {
      await writeFile(file('broken.kubeconfig'), content);
      const operator = startOperator(file('broken.kubeconfig'), file(`${what}.log`));
      expect(await operator.exited).to.equal(1);
      const log = await operator.log();
      expect(log).to.have.length(1);
      expect(log[0]?.['message']).to.include(says);
    });
  }

  it('says that the API server cannot be reached, goes on trying, and ends cleanly on SIGTERM', async () => {
    await writeFile(file('nowhere.kubeconfig'), withServer('https://127.0.0.1:59999'));
    const settings = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }; // of which Node itself warns
    const operator = startOperator(file('nowhere.kubeconfig'), file('nowhere.log'), settings);
    await eventually(
      async () =>
        expect(await messages(operator))
          .to.include('trying again')
          .and.include('ECONNREFUSED'),
      30_000,
    );
    expect(await operator.end()).to.equal(0);
    const levels = (await operator.log()).map(({ level }) => level);
    expect(
      levels.filter((level) => level === undefined),
      'all of it is JSON',
    ).to.deep.equal([]);
    expect(await messages(operator))
      .to.include('node warns')
      .and.include('NODE_TLS_REJECT_UNAUTHORIZED');
  });

  it('says that the CRD is missing, and begins to work when it comes', async () => {
    const operator = startOperator(await operatorKubeconfig(cluster), file('operator.log'));
    try {
      await eventually(
        async () => expect(await messages(operator)).to.include('is missing; apply config/crd'),
        30_000,
      );
      await installCrd(cluster);
      await applyYaml(cluster, configYaml());
      await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 40_000);
    } finally {
      expect(await operator.end()).to.equal(0);
    }
  });

  it('does not take nodes that it may not see for none at all', async () => {
    const role = ['clusterrole', 'metrics-server-operator'];
    const rules = JSON.parse(await cluster.kubectl(['get', ...role, '-o', 'json'])).rules;
    const without = rules.filter(({ resources }: { resources: string[] }) => !resources.includes('nodes'));
    const grant = (granted: object[]) =>
      cluster.kubectl(['patch', ...role, '--type=merge', '-p', JSON.stringify({ rules: granted })]);
    await grant(without);
    const operator = startOperator(await operatorKubeconfig(cluster), file('blind.log'));
    try {
      const expected = { status: 'False' as const, reason: 'Forbidden' };
      const { message } = await eventually(() => expectCondition(cluster, 'Applied', expected), 30_000);
      expect(message).to.include('may not watch Nodes').and.include('config/rbac');
      await grant(rules);
      await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 90_000);
    } finally {
      expect(await operator.end()).to.equal(0);
    }
  });
});
