import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { prebuildAll } from '../../../local-cluster/binaries.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import { downCluster } from '../../../local-cluster/down.ts';
import { binFolder, layout } from '../../../local-cluster/layout.ts';
import { addNode, removeNode, startNodeCluster } from '../../../local-cluster/node-cluster.ts';
import { eventually } from '../eventually.ts';
import { stateFolder } from '../state-folder.ts';

const cli = join(import.meta.dirname, '../../../local-cluster/cli.ts');
const silent = () => undefined;

/** Everything that a cluster in this folder has left on the machine. */
async function leftovers(state: string): Promise<string[]> {
  const paths = layout(state);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(paths.state));
  const hierarchies = await readdir('/sys/fs/cgroup');
  const cgroups = await Promise.all(
    hierarchies.map((name) => readdir(join('/sys/fs/cgroup', name)).catch(() => [])),
  );
  return [
    ...commands.filter((command) => command.includes(paths.state)),
    ...mounts,
    ...cgroups.flat().filter((name) => name.startsWith(paths.cgroupPrefix)),
    ...(await readdir('/sys/class/net')).filter((name) => /^(node0|cni0|plug-|veth)/.test(name)),
    ...(existsSync(paths.mark) ? [paths.mark] : []),
  ];
}

/** The network namespaces of the processes that fit. */
async function networkNamespaces(of: (command: string, link: string) => boolean): Promise<Set<string>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const link = await readlink(`/proc/${pid}/ns/net`).catch(() => '');
    return of(command, link) ? [link] : [];
  });
  return new Set((await Promise.all(found)).flat());
}

describe('the local cluster', function () {
  this.timeout(120_000);

  before(async function () {
    this.timeout(2_400_000); // the first run builds all of Kubernetes
    await prebuildAll((line) => console.log(`      ${line}`));
  });

  it('takes a second node in and out, works from outside, and leaves nothing behind', async () => {
    const state = stateFolder('local-cluster');
    const cluster = await startNodeCluster({
      state,
      nodes: 1,
      kubeletCertificates: 'cluster-ca',
      say: silent,
      diesWithParent: true,
    });
    const outside = await readlink('/proc/self/ns/net');
    const inside = await networkNamespaces((command, link) => command.includes(state) && link !== outside);
    expect(inside.size, 'the cluster has a network of its own').to.be.at.least(1);
    try {
      await addNode(cluster, 2);
      const nodes = () => cluster.kubectl(['get', 'nodes', '-o', 'name']);
      expect(await nodes()).to.equal('node/node-1\nnode/node-2\n');
      await removeNode(cluster, 2);
      expect(await nodes()).to.equal('node/node-1\n');
      expect(await readFile(cluster.kubeconfig, 'utf8')).to.include('https://127.0.0.1:');
    } finally {
      await cluster.down();
    }
    expect(await leftovers(state)).to.deep.equal([]);
    expect(await networkNamespaces((_, link) => inside.has(link))).to.deep.equal(new Set());
  });

  it('cleans up a start that was killed half-way', async () => {
    const state = stateFolder('killed');
    const up = spawn(process.execPath, [cli, 'up', '--state', state], { stdio: 'ignore' });
    const exited = once(up, 'exit');
    await eventually(
      async () => expect(existsSync(join(layout(state).logs, 'kube-apiserver-node-1.log'))).to.equal(true),
      60_000,
    );
    up.kill('SIGKILL');
    await exited;
    await downCluster(state, silent);
    expect(await leftovers(state)).to.deep.equal([]);
  });

  it('refuses a folder that holds other files, and names one', async () => {
    const state = stateFolder('foreign');
    await mkdir(state, { recursive: true });
    await writeFile(join(state, 'mine.txt'), 'precious');
    const refusal = await startControlPlane({ state }).catch((error: Error) => error.message);
    expect(refusal).to.include('mine.txt');
    expect(await readFile(join(state, 'mine.txt'), 'utf8')).to.equal('precious');
    await rm(state, { recursive: true });
  });

  it('runs control planes side by side, from the binaries that KUBEBUILDER_ASSETS names', async () => {
    process.env['KUBEBUILDER_ASSETS'] = binFolder;
    try {
      const both = await Promise.all(
        ['side-a', 'side-b'].map((suite) => startControlPlane({ state: stateFolder(suite) })),
      );
      try {
        const versions = await Promise.all(both.map((cluster) => cluster.kubectl(['version', '-o', 'json'])));
        for (const version of versions)
          expect(JSON.parse(version).serverVersion.gitVersion).to.equal('v1.36.3');
        expect(both[0]?.bin['kube-apiserver']).to.equal(join(binFolder, 'kube-apiserver'));
      } finally {
        await Promise.all(both.map((cluster) => cluster.down()));
      }
    } finally {
      delete process.env['KUBEBUILDER_ASSETS'];
    }
  });
});
