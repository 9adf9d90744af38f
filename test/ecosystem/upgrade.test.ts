import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { requests } from '../../local-cluster/audit.ts';
import { startControlPlane } from '../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import {
  installOperator,
  type OperatorProcess,
  operatorKubeconfig,
  operatorUser,
  startOperator,
} from '../../local-cluster/operator.ts';
import { run } from '../../local-cluster/run.ts';
import { eventually } from '../cluster/eventually.ts';
import { applyYaml, configYaml, expectCondition } from '../cluster/objects.ts';
import { stateFolder } from '../cluster/state-folder.ts';

const root = join(import.meta.dirname, '../..');
// Nothing has been released yet: the last commit before the operator was packaged stands for the version before. With the first release it is its tag.
const earlier = process.env['UPGRADE_FROM'] ?? '99b5e78897b1fcb3ab48a638924c98238f247610';
const settledMs = 20_000;

describe(`an upgrade from ${earlier.slice(0, 12)}, and back`, function () {
  this.timeout(600_000);
  let cluster: LocalCluster;
  let checkout: string;
  let kubeconfig: string;
  let operator: OperatorProcess | undefined;

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    checkout = join(await mkdtemp(join(tmpdir(), 'earlier-operator-')), 'checkout');
    await run(['git', '-C', root, 'worktree', 'add', '--detach', checkout, earlier]).catch((cause) => {
      throw new Error(`${earlier} is not in this checkout; get its history: git fetch --unshallow`, {
        cause,
      });
    });
    await symlink(join(root, 'node_modules'), join(checkout, 'node_modules')); // the packages of now
    cluster = await startControlPlane({
      state: stateFolder('upgrade'),
      say: console.log,
      controllerManager: true,
    });
    await installOperator(cluster);
    kubeconfig = await operatorKubeconfig(cluster);
  });
  after(async () => {
    await operator?.end();
    await cluster?.down();
    await run(['git', '-C', root, 'worktree', 'remove', '--force', checkout]);
    await rm(join(checkout, '..'), { recursive: true });
  });

  /** One version takes over from the one before; returns what it has asked the API server to change. */
  const takesOver = async (from: string) => {
    await operator?.end();
    const since = new Date();
    const [ours, theirs] = [root, from].map((folder) => join(folder, 'src/main.ts'));
    operator = startOperator(kubeconfig, join(cluster.state, 'operator.log'), {}, (command) => {
      expect(command, 'or this very operator would run').to.include(ours);
      return command.map((word) => (word === ours ? (theirs ?? '') : word));
    });
    await eventually(async () => {
      const asked = await requests(cluster.auditLog, { user: operatorUser, since });
      expect(asked.some(({ verb, uri }) => verb === 'watch' && uri.includes('/apiservices'))).to.equal(true);
    }, 60_000);
    await sleep(settledMs);
    const asked = await requests(cluster.auditLog, { user: operatorUser, since });
    return asked
      .filter(
        ({ verb, uri }) => ['create', 'update', 'patch', 'delete'].includes(verb) && !uri.includes('/events'),
      )
      .map(({ verb, uri }) => `${verb} ${uri.split('?')[0]}`)
      .filter((write) => !write.endsWith('/metricsserverconfigs/metrics-server/status')); // its words may differ
  };

  it('writes no managed object', async () => {
    await applyYaml(cluster, configYaml({ availability: { replicas: 2 }, networkPolicy: { enabled: true } }));
    const made = await takesOver(checkout);
    expect(made, 'the earlier one converges').not.to.deep.equal([]);
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 60_000);
    expect(await takesOver(root)).to.deep.equal([]);
    await expectCondition(cluster, 'Applied', { status: 'True' });
    expect(await takesOver(checkout)).to.deep.equal([]);
    await expectCondition(cluster, 'Applied', { status: 'True' });
  });
});
