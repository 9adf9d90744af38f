import type { Server } from 'node:https';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { onControlPlane, ownAddress, sayReady } from './on-control-plane.ts';
import { end, standIn } from './stand-in.ts';

describe('a metrics API that has served and is dead', function () {
  this.timeout(300_000);
  const running = onControlPlane('breaker');
  const here: { server?: Server; port: number; diedAtMs: number } = { port: 0, diedAtMs: 0 };
  const since = new Date();

  const apiService = () => get(running().cluster, 'apiservice', 'v1beta1.metrics.k8s.io');
  const serving = (expected: object, withinMs: number) =>
    eventually(() => expectCondition(running().cluster, 'Serving', expected), withinMs);
  const namespaces = async () =>
    (await running().cluster.kubectl(['get', 'namespaces', '-o', 'name'])).split('\n');
  const tell = (what: string) =>
    console.log(`      ${what} after ${((Date.now() - here.diedAtMs) / 1000).toFixed(1)} s`);

  before(async () => {
    const { cluster } = running();
    const address = ownAddress();
    Object.assign(here, await standIn(address));
    const tls = { serving: { mode: 'SelfSigned' } };
    const breaker = { enabled: true, after: '1m' };
    await applyYaml(cluster, configYaml({ servingPort: here.port, tls, breaker }));
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 60_000);
    await sayReady(cluster, 'metrics-server', 'kube-system', { address, port: here.port });
    await serving({ status: 'True' }, 60_000);
    await eventually(async () => {
      const { annotations } = (await apiService())?.metadata ?? {};
      expect(annotations).to.include({ 'metrics-server.io/served': 'true' });
    }, 30_000);
    await cluster.kubectl(['create', 'namespace', 'unrelated']);
  });
  after(() => end(here.server));

  it('blocks the deletion of a namespace until the breaker opens', async () => {
    const { cluster } = running();
    end(here.server);
    here.diedAtMs = Date.now();
    await serving({ status: 'False' }, 30_000);
    tell('Serving was False');
    // The API server has to find out by itself that its discovery is not complete.
    await eventually(async () => {
      const found = await apiService();
      expect(JSON.stringify(found)).to.include('"FailedDiscoveryCheck"');
    }, 50_000);
    tell('the API server took note');
    await cluster.kubectl(['delete', 'namespace', 'unrelated', '--wait=false']);
    await eventually(async () => {
      const namespace = await cluster.kubectl(['get', 'namespace', 'unrelated', '-o', 'json']);
      expect(namespace).to.include('"DiscoveryFailed"');
    }, 20_000);
    tell('it blocked the namespace');
    const { message } = await serving({ status: 'False', reason: 'BreakerOpen' }, 100_000);
    tell('the breaker was open');
    expect(Date.now() - here.diedAtMs, 'not too soon').to.be.greaterThan(60_000);
    console.log(`      ${message}`);
    expect(await apiService()).to.equal(undefined);
  });

  it('is told in an Event, and a new operator knows of it', async () => {
    const { cluster, stop, start } = running();
    await eventually(async () => {
      const events = await cluster.kubectl(['get', 'events', '-A', '--field-selector=reason=BreakerOpen']);
      expect(events).to.include('Warning');
    }, 10_000);
    expect(await stop()).to.equal(0);
    start();
  });

  it('comes back after the pause, when something answers again', async () => {
    const { cluster, writes } = running();
    Object.assign(here, await standIn(ownAddress(), here.port));
    await eventually(async () => expect(await namespaces()).not.to.include('namespace/unrelated'), 60_000);
    tell('the namespace was gone');
    await serving({ status: 'True' }, 90_000);
    tell('the metrics API answered again');
    const about = (await writes(since)).filter(({ uri }) => uri.includes('/apiservices/'));
    const verbs = about.map(({ verb }) => verb);
    expect(verbs.filter((verb) => verb === 'delete')).to.have.length(1);
    const [gone, back] = about.slice(verbs.indexOf('delete'));
    const pauseMs = Number(back?.time) - Number(gone?.time);
    console.log(`      it was registered again ${pauseMs} ms after it was taken away`);
    expect(pauseMs).to.be.greaterThan(55_000);
    const all = await requests(cluster.auditLog, { user: operatorUser });
    expect(all.filter(({ code }) => code === 403)).to.deep.equal([]);
  });
});
