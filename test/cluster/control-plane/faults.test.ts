import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import { startApiServer, stopApiServer } from '../../../local-cluster/faults.ts';
import { layout } from '../../../local-cluster/layout.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { isWhole } from '../../../local-cluster/processes.ts';
import { type SilentRelay, startSilentRelay } from '../../../local-cluster/silent-relay.ts';
import { readMark } from '../../../local-cluster/state.ts';
import { type KeptConnection, keepConnection } from '../kept-connection.ts';
import { get } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';

describe('faults of a control plane', function () {
  this.timeout(60_000);
  let cluster: LocalCluster;

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    cluster = await startControlPlane({ state: stateFolder('control-plane-faults'), say: console.log });
  });
  after(() => cluster?.down());

  it('kube-apiserver ends, comes back with its objects, and goes on with its audit log', async () => {
    await cluster.kubectl(['create', 'configmap', 'before', '--from-literal=is=kept']);
    const earlier = await requests(cluster.auditLog);
    await stopApiServer(cluster);
    expect(await isWhole(layout(cluster.state))).to.equal(false);
    const refusal = await cluster
      .kubectl(['get', 'configmap', 'before'])
      .catch((error: Error) => error.message);
    expect(refusal).to.include('refused');
    await stopApiServer(cluster); // a second time changes nothing

    await startApiServer(cluster);
    expect(await isWhole(layout(cluster.state))).to.equal(true);
    expect(await get(cluster, 'configmap', 'before')).to.deep.include({ data: { is: 'kept' } });
    const later = await requests(cluster.auditLog);
    expect(later.slice(0, earlier.length)).to.deep.equal(earlier);
    const since = later.slice(earlier.length).map(({ uri }) => uri); // of others too, who ask whether it is ready
    expect(since).to.include('/api/v1/namespaces/default/configmaps/before');
  });

  it('refuses to start a kube-apiserver that runs', async () => {
    const refusal = await startApiServer(cluster).catch((error: Error) => error.message);
    expect(refusal).to.equal('kube-apiserver has not been stopped');
  });

  describe('behind a silent relay', () => {
    let relay: SilentRelay;
    let kept: KeptConnection;
    const connect = () => keepConnection(layout(cluster.state).pki, '127.0.0.1', relay.port);

    beforeEach(async () => {
      const { apiPort = 0 } = (await readMark(layout(cluster.state))) ?? {};
      relay = await startSilentRelay(apiPort);
      kept = await connect();
    });
    afterEach(async () => {
      kept.end();
      await relay.close();
    });

    it('a kept connection goes silent, and a new one answers', async () => {
      expect(await kept.ask()).to.deep.equal({ said: '200', connection: 1 });
      expect(await kept.ask()).to.deep.equal({ said: '200', connection: 1 });
      relay.freeze();
      expect(await kept.ask()).to.deep.equal({ said: 'silence', connection: 1 });
      expect(await kept.ask()).to.deep.equal({ said: '200', connection: 2 });
    });

    it('the end of the server gets through an open connection, but not through a frozen one', async () => {
      await kept.ask();
      relay.freeze();
      const open = await connect();
      await open.ask();
      await stopApiServer(cluster);
      try {
        expect(await kept.ask()).to.deep.equal({ said: 'silence', connection: 1 });
        expect((await open.ask()).said).to.not.be.oneOf(['200', 'silence']);
      } finally {
        open.end();
        await startApiServer(cluster);
      }
    });
  });
});
