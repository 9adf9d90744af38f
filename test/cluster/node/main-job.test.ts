import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { autoscaling, carryOut, handChecks, manifests, scaled, subjects } from '../../../demo/scenario.ts';
import { requests, requestsByVerb } from '../../../local-cluster/audit.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { onNodes } from './on-nodes.ts';

const mirror = '127.0.0.1:5000/metrics-server/metrics-server';
const writeVerbs = ['create', 'update', 'patch', 'delete'];

describe('the main job on two real nodes, with upstream out of reach', function () {
  this.timeout(240_000);
  const running = onNodes('main-job', { nodes: 2, kubeletCertificates: 'cluster-ca' });

  it("says that upstream's image cannot be pulled, and what to do", async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml());
    const expected = { status: 'False' as const, reason: 'ImagePullFailed' };
    const { message } = await eventually(() => expectCondition(cluster, 'Available', expected), 60_000);
    expect(message)
      .to.include('registry.k8s.io/metrics-server/metrics-server:v0.9.0')
      .and.include('spec.image.mirrors');
    await expectCondition(cluster, 'Ready', expected);
    await expectCondition(cluster, 'Stalled', { status: 'True' });
    expect(await get(cluster, 'apiservice', 'v1beta1.metrics.k8s.io')).to.equal(undefined);
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
    await eventually(
      async () =>
        expect(await get(cluster, '-n', 'kube-system', 'deployment', 'metrics-server')).to.equal(undefined),
      90_000,
    );
  });

  it('is Ready soon after a config with a mirror is applied', async () => {
    const { cluster } = running();
    const appliedAt = new Date();
    await cluster.kubectl(['apply', '-f', manifests.config]);
    await cluster.kubectl(['wait', '--for=condition=Ready', 'msc/metrics-server', '--timeout=180s'], {
      timeoutMs: 200_000,
    });
    console.log(`      Ready after ${(Date.now() - appliedAt.getTime()) / 1000} s`);
    const byVerb = await requestsByVerb(cluster.auditLog, { user: operatorUser, since: appliedAt });
    const all = await requests(cluster.auditLog, { user: operatorUser, since: appliedAt });
    const statusWrites = all.filter(({ verb, uri }) => verb === 'patch' && uri.includes('/status'));
    console.log(
      `      requests of the first converge: ${JSON.stringify(byVerb)}, of these status writes: ${statusWrites.length}`,
    );
    const asked = all.filter(
      ({ verb, uri }) => writeVerbs.includes(verb) && !/\/(status|events|subjectaccessreviews)/.test(uri),
    );
    // The API server writes into an APIService what it finds, perhaps between our look and our write: then we look again.
    const refused = asked.filter(({ code }) => code >= 300);
    const isOvertaken = ({ code, uri }: (typeof asked)[number]) =>
      code === 409 && uri.includes('/apiservices/v1beta1.metrics.k8s.io');
    expect(refused.filter((one) => !isOvertaken(one))).to.deep.equal([]);
    expect(refused.length).to.be.lessThan(3);
    const objectWrites = asked.filter(({ code }) => code < 300).map(({ uri }) => uri.replace(/\?.*/, ''));
    // A kubelet remembers for a while that the account before might not read; then the API server is asked about it, which writes nothing.
    // Each object once, and the APIService once more, to remember that it has answered.
    expect(new Set(objectWrites).size).to.equal(11);
    expect(objectWrites).to.have.length(12);
    expect(objectWrites.filter((uri) => uri.endsWith('v1beta1.metrics.k8s.io'))).to.have.length(2);
  });

  it('shows in the status what runs and who is measured', async () => {
    const { cluster } = running();
    const { version, image, nodes, effective, replicas } = await statusOf(cluster);
    expect(version).to.equal('0.9.0');
    expect(image).to.include({ reference: `${mirror}:v0.9.0`, mirror });
    expect(image?.imageID).to.match(/sha256:[0-9a-f]{64}/);
    expect(nodes).to.deep.equal({ expected: 2, fresh: 2, stale: 0, missing: 0, excluded: 0, scraped: '2/2' });
    expect(effective).to.include({ version: '0.9.0', kubeletTls: 'ClusterCA' });
    expect(replicas).to.deep.equal({ desired: 1, ready: 1 });
    for (const type of ['Accepted', 'Applied', 'Available', 'Serving', 'Scraping', 'Ready'] as const) {
      await expectCondition(cluster, type, { status: 'True' });
    }
    for (const type of ['Reconciling', 'Stalled'] as const)
      await expectCondition(cluster, type, { status: 'False' });
  });

  for (const { title } of handChecks({ nodes: [], pod: '' })) {
    it(`checked by hand: ${title}`, async () => {
      const { cluster } = running();
      const step = handChecks(await subjects(cluster)).find((one) => one.title === title);
      if (step === undefined) throw new Error(`no step "${title}"`);
      await carryOut(step, cluster);
    });
  }

  it(autoscaling.title, async () => {
    const { cluster } = running();
    const appliedAt = Date.now();
    await cluster.kubectl(['apply', '-f', manifests.busy]);
    await carryOut(autoscaling, cluster);
    await carryOut(scaled, cluster);
    console.log(`      scaled up after ${(Date.now() - appliedAt) / 1000} s`);
  });

  it('goes on showing what runs while a wrong repository keeps the new pod from starting, and says so in Ready', async () => {
    const { cluster } = running();
    const before = (await statusOf(cluster)).image;
    await applyYaml(
      cluster,
      configYaml({ version: '0.8.1', image: { repository: '127.0.0.1:5000/wrong/path' } }),
    );
    await eventually(async () => {
      const { message } = await expectCondition(cluster, 'Ready', {
        status: 'True',
        reason: 'RolloutBlocked',
        observedGeneration: 2,
      });
      expect(message).to.include('127.0.0.1:5000/wrong/path:v0.8.1 cannot be pulled');
      await expectCondition(cluster, 'Reconciling', { status: 'True' });
    }, 60_000);
    const status = await statusOf(cluster);
    expect(status.version).to.equal('0.9.0');
    expect(status.image?.reference).to.equal(before?.reference);
    expect(status.image?.imageID).to.equal(before?.imageID);
    await cluster.kubectl(['apply', '-f', manifests.config]);
    await eventually(
      () => expectCondition(cluster, 'Reconciling', { status: 'False', observedGeneration: 3 }),
      60_000,
    );
  });

  it('counts a node that nodes.selector leaves out as excluded', async () => {
    const { cluster } = running();
    await cluster.kubectl(['label', 'node', 'node-1', 'scrape=yes']);
    const nodes = { selector: { matchLabels: { scrape: 'yes' } } };
    await applyYaml(cluster, configYaml({ image: { mirrors: [mirror] }, nodes }));
    await eventually(async () => {
      expect((await statusOf(cluster)).nodes).to.include({
        expected: 1,
        fresh: 1,
        missing: 0,
        excluded: 1,
        scraped: '1/1',
      });
      await expectCondition(cluster, 'Reconciling', { status: 'False', observedGeneration: 4 });
    }, 90_000);
    await eventually(async () => {
      const list = JSON.parse(await cluster.kubectl(['get', '--raw', '/apis/metrics.k8s.io/v1beta1/nodes']));
      expect(list.items.map((item: { metadata: { name: string } }) => item.metadata.name)).to.deep.equal([
        'node-1',
      ]);
    }, 90_000);
  });

  it('writes nothing while all is well, and was refused nothing', async () => {
    const { cluster, operator } = running();
    await sleep(2000); // what the test before set off is over
    const since = new Date();
    await sleep(20_000);
    const quiet = await requests(cluster.auditLog, { user: operatorUser, since });
    console.log(
      `      requests in 20 s at rest: ${JSON.stringify(await requestsByVerb(cluster.auditLog, { user: operatorUser, since }))}`,
    );
    expect(quiet.filter(({ verb }) => writeVerbs.includes(verb))).to.deep.equal([]);
    const refused = (await requests(cluster.auditLog, { user: operatorUser })).filter(
      ({ code }) => code === 403,
    );
    expect(refused).to.deep.equal([]);
    const [, kibibytes = '0'] =
      /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${operator.pid}/status`, 'utf8')) ?? [];
    console.log(`      memory of the operator (not bundled): ${Math.round(Number(kibibytes) / 1024)} MiB`);
  });

  it('leaves nothing when the config is deleted, and blocks no namespace', async () => {
    const { cluster } = running();
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
    await eventually(
      async () => expect(await get(cluster, 'apiservice', 'v1beta1.metrics.k8s.io')).to.equal(undefined),
      30_000,
    );
    await cluster.kubectl(['delete', 'namespace', 'demo', '--timeout=60s']);
    const kinds =
      'serviceaccounts,services,deployments,pods,rolebindings,clusterroles,clusterrolebindings,apiservices';
    await eventually(async () => {
      const left = await cluster.kubectl([
        'get',
        '-A',
        kinds,
        '-l',
        'metrics-server.io/config',
        '-o',
        'name',
        '--ignore-not-found',
      ]);
      expect(left).to.equal('');
    }, 60_000);
    const top = await cluster.kubectl(['top', 'node']).catch((error: Error) => error.message);
    expect(top).to.include('Metrics API not available');
  });
});
