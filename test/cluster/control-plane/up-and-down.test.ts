import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { installCrd, operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { grantClusterRightsFor, grantRightsFor } from '../rights.ts';
import { onControlPlane, sayReady } from './on-control-plane.ts';

// The garbage collector learns of a new kind, such as ours, only every 30 s.
const collectedMs = 120_000;
const api = ['apiservice', 'v1beta1.metrics.k8s.io'];

describe('up and down', function () {
  this.timeout(300_000);
  const running = onControlPlane('up-and-down');

  const apiService = () => get(running().cluster, ...api);
  const registered = async (spec: object = {}, namespace = 'kube-system') => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml(spec));
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), collectedMs);
    await sayReady(cluster, 'metrics-server', namespace);
    await eventually(async () => expect(await apiService()).not.to.equal(undefined), 30_000);
    // The certificate waits for its CA to be trusted, and the Deployment for the certificate.
    const made = () => running().objects('metrics-server', namespace);
    await eventually(async () => expect(await made()).to.have.length(10), 60_000);
  };
  /** A dead APIService blocks the deletion of every namespace. */
  const namespacesCanGo = async () => {
    const { cluster } = running();
    await cluster.kubectl(['create', 'namespace', 'unrelated']);
    await cluster.kubectl(['delete', 'namespace', 'unrelated', '--timeout=30s']);
  };
  const nothingIsLeft = async () => {
    const { objects } = running();
    await eventually(async () => {
      expect(await apiService()).to.equal(undefined);
      expect(await objects()).to.deep.equal([]);
    }, collectedMs);
  };
  for (const cascade of ['background', 'foreground']) {
    it(`a deletion (${cascade}) takes the APIService first, and leaves nothing`, async () => {
      const { cluster } = running();
      await registered();
      const since = new Date();
      await cluster.kubectl(['delete', 'msc', 'metrics-server', `--cascade=${cascade}`, '--wait=false']);
      await eventually(async () => expect(await apiService()).to.equal(undefined), 10_000);
      console.log(
        `      the APIService was gone ${Date.now() - since.getTime()} ms after the deletion began`,
      );
      await namespacesCanGo();
      await nothingIsLeft();
      expect(await get(cluster, 'msc', 'metrics-server')).to.equal(undefined);
    });

    it(`a deletion (${cascade}) without the operator hangs nowhere, and leaves nothing`, async () => {
      const { cluster, stop, start } = running();
      await registered();
      await stop();
      await cluster.kubectl(['delete', 'msc', 'metrics-server', `--cascade=${cascade}`, '--timeout=100s']);
      await nothingIsLeft();
      await namespacesCanGo();
      start();
    });
  }

  it('a deletion that orphans keeps everything, the APIService too, with and without the operator', async () => {
    const { cluster, objects, stop, start } = running();
    await registered();
    const uids = async () => (await objects()).map(({ metadata }) => metadata?.uid);
    const before = [...(await uids()), (await apiService())?.metadata?.uid];
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--cascade=orphan']);
    await applyYaml(cluster, configYaml());
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 30_000);
    await stop();
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--cascade=orphan']);
    const since = new Date();
    start();
    await eventually(async () => {
      const all = await requests(cluster.auditLog, { user: operatorUser, since });
      const watched = all.filter(({ verb, uri }) => verb === 'watch' && uri.includes('/apiservices'));
      expect(watched, 'the operator has seen what was left').not.to.deep.equal([]);
    }, 60_000); // a process takes its time to start where the machine is busy
    console.log(`      the operator has started and seen it after ${Date.now() - since.getTime()} ms`);
    await sleep(1000); // time enough to take it away, if it did
    await applyYaml(cluster, configYaml());
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 30_000);
    expect([...(await uids()), (await apiService())?.metadata?.uid]).to.deep.equal(before);
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await nothingIsLeft();
  });

  it('a config with deletionPolicy Orphan leaves everything, and one of the same name takes it back', async () => {
    const { cluster, objects } = running();
    await registered();
    const all = async () => [...(await objects()), await apiService()];
    const uids = async () => (await all()).map((object) => object?.metadata?.uid);
    const owners = async () => (await all()).flatMap((object) => object?.metadata?.ownerReferences ?? []);
    const before = await uids();
    await applyYaml(cluster, configYaml({ deletionPolicy: 'Orphan' }));
    await eventually(async () => expect(await owners()).to.deep.equal([]), 30_000);
    await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'True', reason: 'Applied' }),
      30_000,
    );
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--timeout=20s']);
    await sleep(2000); // time enough to take something away, if it did
    expect(await uids()).to.deep.equal(before);
    await applyYaml(cluster, configYaml());
    await eventually(async () => expect(await owners()).to.have.length(before.length), 30_000);
    expect(await uids()).to.deep.equal(before);
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await nothingIsLeft();
  });

  it('a config that went while the operator was down has its APIService removed at the start', async () => {
    const { cluster, stop, start } = running();
    await registered();
    await stop();
    // Without garbage collection, as where the controller manager is slow: only the operator can do it.
    const apiServiceNow = await apiService();
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await nothingIsLeft();
    const { resourceVersion: _, uid: _u, creationTimestamp: _c, ...metadata } = apiServiceNow?.metadata ?? {};
    await cluster.kubectl(['create', '-f', '-'], {
      input: JSON.stringify({
        ...apiServiceNow,
        metadata: { ...metadata, finalizers: [] },
        status: undefined,
      }),
    });
    start();
    await eventually(async () => expect(await apiService()).to.equal(undefined), 10_000);
    await namespacesCanGo();
  });

  it('a namespace that does not exist is named, and used the moment it is there', async () => {
    const { cluster, writes } = running();
    await grantClusterRightsFor(cluster, 'metrics-server', 'metrics');
    const since = new Date();
    await applyYaml(cluster, configYaml({ namespace: 'metrics' }));
    const { message } = await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'NamespaceMissing' }),
      30_000,
    );
    expect(message).to.include('kubectl create namespace metrics');
    expect((await writes(since)).filter(({ uri }) => !uri.includes('/status'))).to.deep.equal([]);
    await cluster.kubectl(['create', 'namespace', 'metrics']);
    await grantRightsFor(cluster, 'metrics-server', 'metrics');
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 60_000);
  });

  it('a namespace that is deleted first takes the APIService along, hangs nowhere, and may come back', async () => {
    const { cluster } = running();
    await registered({ namespace: 'metrics' }, 'metrics');
    const since = Date.now();
    await cluster.kubectl(['delete', 'namespace', 'metrics', '--timeout=60s']);
    console.log(`      the namespace was gone after ${Date.now() - since} ms`);
    expect(await apiService()).to.equal(undefined);
    await namespacesCanGo();
    await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'NamespaceMissing' }),
      30_000,
    );
    await cluster.kubectl(['create', 'namespace', 'metrics']);
    await grantRightsFor(cluster, 'metrics-server', 'metrics'); // the namespace took its Role along
    await registered({ namespace: 'metrics' }, 'metrics');
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await nothingIsLeft();
  });

  it('a CRD that is deleted first takes everything along, and works again when it comes back', async () => {
    const { cluster } = running();
    await registered();
    const since = new Date();
    await cluster.kubectl(['delete', 'crd', 'metricsserverconfigs.metrics-server.io', '--timeout=60s']);
    await eventually(async () => expect(await apiService()).to.equal(undefined), 10_000);
    console.log(
      `      the APIService was gone ${Date.now() - since.getTime()} ms after the CRD's deletion began`,
    );
    await namespacesCanGo();
    await nothingIsLeft();
    await installCrd(cluster);
    await registered();
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await nothingIsLeft();
  });

  it('a CRD that is deleted first, without the operator, leaves nothing, and hangs nowhere', async () => {
    const { cluster, stop, start } = running();
    await registered();
    await stop();
    await cluster.kubectl(['delete', 'crd', 'metricsserverconfigs.metrics-server.io', '--timeout=60s']);
    await nothingIsLeft();
    await namespacesCanGo();
    await installCrd(cluster);
    start();
  });

  it('a first registration that never answers is withdrawn after a minute, told, and tried again', async () => {
    const { cluster, writes } = running();
    await registered();
    const since = new Date();
    const { message } = await eventually(
      () => expectCondition(cluster, 'Serving', { status: 'False', reason: 'Withdrawn' }),
      90_000,
    );
    console.log(`      withdrawn after ${Date.now() - since.getTime()} ms: ${message}`);
    expect(await apiService()).to.equal(undefined);
    await namespacesCanGo();
    await eventually(async () => expect(await apiService()).not.to.equal(undefined), 90_000);
    const about = (await writes(since)).filter(({ uri }) => uri.includes('/apiservices/'));
    expect(about.map(({ verb }) => verb)).to.deep.equal(['delete', 'patch']);
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await nothingIsLeft();
  });

  it('was refused nothing but what the Role in a namespace grants that did not exist', async () => {
    const all = await requests(running().cluster.auditLog, { user: operatorUser });
    const refusals = all.filter(({ code, uri }) => code === 403 && !uri.includes('/namespaces/metrics/'));
    expect(refusals.map(({ verb, uri }) => `${verb} ${uri}`)).to.deep.equal([]);
  });
});
