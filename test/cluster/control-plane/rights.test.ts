import type { Server } from 'node:https';
import { join } from 'node:path';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { operatorUser, rightsFolder } from '../../../local-cluster/operator.ts';
import { selectorLabels } from '../../../src/resources/names.ts';
import { installCertManagerKinds } from '../cert-manager.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { answering } from './installed.ts';
import { onControlPlane, ownAddress } from './on-control-plane.ts';
import { expectMayAsk, sayKeptFromStarting, sayUnready } from './pods-in-trouble.ts';
import { end, standIn } from './stand-in.ts';

const here = ['-n', 'kube-system'];
const asking = 'certificates.cert-manager.io,issuers.cert-manager.io';

/** As far as its rights go, so that `npm run bench -- rights` finds them missed in seconds. Elsewhere it is done with real nodes and the real cert-manager. */
describe('what the operator does seldom', function () {
  this.timeout(120_000);
  const running = onControlPlane('rights', { LEASE: 'metrics-server-operator/metrics-server-operator' });
  const serving: { server?: Server; kubelet?: Server } = {};
  after(() => {
    end(serving.server);
    end(serving.kubelet);
  });

  const asked = async () =>
    (await running().cluster.kubectl(['get', ...here, asking, '-o', 'name'])).split('\n').filter(Boolean);
  const secrets = async () => {
    const names = ['ca', 'cert', 'issued'].map((one) => `metrics-server-serving-${one}`);
    const found = await Promise.all(names.map((name) => get(running().cluster, ...here, 'secret', name)));
    return found.flatMap((one) => one?.metadata?.name ?? []);
  };
  const serves = (mode: string) => applyYaml(running().cluster, configYaml({ tls: { serving: { mode } } }));

  before(async () => {
    const { cluster } = running();
    await installCertManagerKinds(cluster);
    await cluster.kubectl(['apply', '-f', join(rightsFolder, 'cert-manager.yaml')]);
  });

  it('takes the Lease', async () => {
    await eventually(async () => {
      const said = await running().operator().log();
      expect(said.map(({ message }) => message)).to.include('leads');
    }, 30_000);
  });

  it('keeps a CA, has a certificate issued instead, and asks once more when that was deleted', async () => {
    const { cluster } = running();
    await serves('Managed');
    await eventually(async () => expect(await secrets()).to.have.length(2), 30_000);
    await serves('CertManager');
    await eventually(async () => expect(await asked()).to.have.length(2), 30_000);
    await eventually(async () => expect(await secrets()).to.include('metrics-server-serving-issued'), 30_000);
    await cluster.kubectl(['delete', ...here, asking, '--all']);
    await eventually(async () => expect(await asked()).to.have.length(2), 30_000);
  });

  it('takes CA, certificates and what it asked cert-manager for away', async () => {
    await serves('SelfSigned');
    await eventually(
      async () => expect([...(await asked()), ...(await secrets())]).to.deep.equal([]),
      30_000,
    );
  });

  it('was refused nothing meanwhile', async () => {
    const all = await requests(running().cluster.auditLog, { user: operatorUser });
    expect(all.filter(({ code }) => code === 403)).to.deep.equal([]);
  });

  describe('where a node is not scraped and a pod does not start', () => {
    const pod = (name: string, nodeName?: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'kube-system', labels: selectorLabels('metrics-server') },
      spec: {
        nodeName,
        serviceAccountName: 'metrics-server',
        containers: [{ name: 'metrics-server', image: 'x' }],
      },
    });
    const mayAsk = (uri: RegExp) => expectMayAsk(running().cluster, uri);

    before(async () => {
      const { cluster } = running();
      await serves('Managed');
      await eventually(
        async () =>
          expect(await get(cluster, ...here, 'serviceaccount', 'metrics-server')).to.be.an('object'),
        30_000,
      );
      const { server, port } = await kubelet();
      serving.kubelet = server;
      const status = {
        addresses: [{ type: 'InternalIP', address: ownAddress() }],
        conditions: [{ type: 'Ready', status: 'True' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      };
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
      const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
      await applyYaml(cluster, JSON.stringify(node));
      await cluster.kubectl(['patch', 'node', 'n1', ...patch]);
      await applyYaml(cluster, JSON.stringify(pod('runs', 'n1')));
      await sayUnready(cluster, 'kube-system', 'runs');
    });

    it('reads in the log of a pod that a kubelet refuses it, and finds that the API server would not', async () => {
      await eventually(async () => {
        const { conditions = [] } = await statusOf(running().cluster);
        expect(conditions.map(({ message }) => message).join('\n')).to.include('the API server grants it');
      }, 60_000);
    });

    it("asks for the metrics of metrics-server's own pods", async () => {
      serving.server = await answering(running().cluster);
      await mayAsk(/metrics.k8s.io.*\/pods\?/);
    });

    it('looks for requests of kubelets for a certificate', () => mayAsk(/certificatesigningrequests\?/));

    it('tells what keeps a pod from starting', async () => {
      const { cluster } = running();
      await applyYaml(cluster, JSON.stringify(pod('starts')));
      await sayKeptFromStarting(cluster, 'kube-system', 'starts', 'the disk is away');
      await eventually(async () => {
        const { message } = await expectCondition(cluster, 'Available', {});
        expect(message).to.include('the disk is away');
      }, 30_000);
    });
  });
});

/** Stands for the kubelet of a node where a pod tells that it may not scrape it. */
async function kubelet() {
  const error = 'request failed, status: \\"403 Forbidden\\"';
  const line = `E0511 21:57:06.607078 1 scraper.go:149] "Failed to scrape node" err="${error}" node="n1"\n`;
  return await standIn(ownAddress(), 0, undefined, (_, response) => response.end(line));
}
