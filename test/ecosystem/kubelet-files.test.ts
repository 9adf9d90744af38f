import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { startControlPlane } from '../../local-cluster/control-plane.ts';
import { layout } from '../../local-cluster/layout.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { freePort } from '../../local-cluster/ports.ts';
import { startComponent } from '../../local-cluster/processes.ts';
import { releaseOf } from '../../src/crds/catalogue/releases.ts';
import { type KeyPair, makeAuthority, makeServing } from '../../src/platform/x509.ts';
import { eventually } from '../cluster/eventually.ts';
import { stateFolder } from '../cluster/state-folder.ts';
import { realReleases, withBinary } from './real-releases.ts';

/** Stands for a kubelet: remembers when each common name has asked last, and with which certificate. */
class FakeKubelet {
  asked = new Map<string, { certificate: string; atMs: number }>();
  #server: Server;
  port = 0;

  constructor({ certificate, key }: KeyPair) {
    const options = { cert: certificate, key, requestCert: true, rejectUnauthorized: false };
    this.#server = createServer(options, ({ socket }, response) => {
      if (socket instanceof TLSSocket) {
        const { subject, fingerprint256 } = socket.getPeerCertificate();
        this.asked.set(`${subject?.CN}`, { certificate: fingerprint256, atMs: Date.now() });
      }
      response.setHeader('connection', 'close'); // each scrape is to be a handshake
      response.end('node_cpu_usage_seconds_total 1\nnode_memory_working_set_bytes 1\n');
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const bound = this.#server.address();
    this.port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  show({ certificate, key }: KeyPair): void {
    this.#server.setSecureContext({ cert: certificate, key });
    this.#server.closeAllConnections();
  }

  end(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function nodeAt(name: string, port: number) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: {
      addresses: [{ type: 'Hostname', address: 'localhost' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

// client-go looks at its files every five minutes (transport/ca_rotation.go, cert_rotation.go).
const surelyLoadedMs = 420_000;

describe('files for the kubelets, when they change under a real metrics-server', function () {
  this.timeout(surelyLoadedMs + 60_000);
  const started: { cluster?: LocalCluster; steady?: FakeKubelet; changing?: FakeKubelet } = {};
  const releases = realReleases.map((release) => ({ ...release, program: withBinary(release) }));
  const kubelets = () => {
    const { steady, changing } = started;
    if (steady === undefined || changing === undefined) throw new Error('there are no kubelets');
    return { steady, changing };
  };
  const made: { one?: KeyPair; other?: KeyPair } = {};
  const pair = (which: 'one' | 'other') => made[which] ?? { certificate: '', key: '' };
  const folder = (version: string) => join(started.cluster?.state ?? '', `files-${version}`);

  /** As the kubelet brings a mounted file up to date. */
  const provide = async (version: string, name: string, text: string) => {
    const file = join(folder(version), name);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const provideClient = async (version: string) => {
    const { certificate, key } = await makeAuthority(version, 10, new Date());
    await provide(version, 'tls.key', key);
    await provide(version, 'tls.crt', certificate);
  };

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    const now = new Date();
    Object.assign(made, {
      one: await makeAuthority('one', 10, now),
      other: await makeAuthority('other', 10, now),
    });
    const serving = await makeServing(pair('one'), ['localhost'], 10, now);
    const cluster = await startControlPlane({ state: stateFolder('kubelet-files'), say: console.log });
    started.cluster = cluster;
    const [steady, changing] = [new FakeKubelet(serving), new FakeKubelet(serving)];
    Object.assign(started, { steady, changing });
    await Promise.all([steady.listen(), changing.listen()]);
    const nodes = [nodeAt('steady', steady.port), nodeAt('changing', changing.port)];
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: nodes });
    await cluster.kubectl(['create', '-f', '-'], { input });
    for (const { version, program } of releases) {
      await mkdir(folder(version), { recursive: true });
      await provide(version, 'ca.crt', pair('one').certificate);
      await provideClient(version);
      const { kubeconfig } = cluster;
      const command = [
        program(),
        `--kubelet-certificate-authority=${folder(version)}/ca.crt`,
        `--kubelet-client-certificate=${folder(version)}/tls.crt`,
        `--kubelet-client-key=${folder(version)}/tls.key`,
        '--kubelet-preferred-address-types=Hostname',
        '--kubelet-use-node-status-port',
        '--metric-resolution=15s',
        `--cert-dir=${folder(version)}`,
        `--secure-port=${await freePort()}`,
        '--bind-address=127.0.0.1',
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
      ];
      await startComponent(
        layout(cluster.state),
        { name: `metrics-server-${version}`, command },
        { diesWithParent: true },
      );
    }
  });
  after(async () => {
    started.steady?.end();
    started.changing?.end();
    await started.cluster?.down();
  });

  const asked = (kubelet: FakeKubelet, version: string) => {
    const found = kubelet.asked.get(version);
    if (found === undefined) throw new Error(`${version} has not asked`);
    return found;
  };

  it('the client certificate is read again by all, the CA by those of which the catalogue says so', async () => {
    const { steady, changing } = kubelets();
    const before = await eventually(async () => {
      for (const { version } of releases) asked(changing, version);
      return new Map(releases.map(({ version }) => [version, asked(steady, version).certificate]));
    }, 60_000);

    for (const { version } of releases) {
      await provide(version, 'ca.crt', `${pair('one').certificate}${pair('other').certificate}`);
      await provideClient(version);
    }
    changing.show(await makeServing(pair('other'), ['localhost'], 10, new Date()));
    changing.asked.clear();
    const since = Date.now();
    const seconds = ({ atMs }: { atMs: number }) => Math.round((atMs - since) / 1000);

    const reloading = releases.filter(({ version }) => releaseOf(version)?.reloadsKubeletCa);
    expect(reloading.map(({ version }) => version)).to.deep.equal(['0.9.0']);
    await eventually(async () => {
      for (const { version } of releases) {
        expect(asked(steady, version).certificate, version).not.to.equal(before.get(version));
      }
      for (const { version } of reloading) asked(changing, version);
    }, surelyLoadedMs);
    for (const { version } of releases) {
      const ca = changing.asked.get(version);
      console.log(
        `      ${version}: client certificate after at most ${seconds(asked(steady, version))} s, CA ${ca ? `after at most ${seconds(ca)} s` : 'not read again'}`,
      );
      expect(ca !== undefined, version).to.equal(reloading.some((one) => one.version === version));
    }
  });
});
