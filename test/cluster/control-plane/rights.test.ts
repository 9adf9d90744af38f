import type { Server } from 'node:https';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { operatorUser, rightsFolder } from '../../../local-cluster/operator.ts';
import { selectorLabels } from '../../../src/resources/names.ts';
import { installCertManagerKinds } from '../cert-manager.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { answering } from './installed.ts';
import { onControlPlane } from './on-control-plane.ts';
import { end } from './stand-in.ts';

const here = ['-n', 'kube-system'];
const asking = 'certificates.cert-manager.io,issuers.cert-manager.io';

/** What takes real nodes or the real cert-manager elsewhere, as far as rights go: `npm run bench -- rights` runs this a hundred times. */
describe('the rights that are used seldom', function () {
  this.timeout(120_000);
  const running = onControlPlane('rights');
  const serving: { server?: Server } = {};
  after(() => end(serving.server));

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

  it('are enough to keep a CA, to have a certificate issued instead, and to ask once more when that was deleted', async () => {
    const { cluster } = running();
    await serves('Managed');
    await eventually(async () => expect(await secrets()).to.have.length(2), 30_000);
    await serves('CertManager');
    await eventually(async () => expect(await asked()).to.have.length(2), 30_000);
    await eventually(async () => expect(await secrets()).to.include('metrics-server-serving-issued'), 30_000);
    await cluster.kubectl(['delete', ...here, asking, '--all']);
    await eventually(async () => expect(await asked()).to.have.length(2), 30_000);
  });

  it('are enough to take all of it away', async () => {
    await serves('SelfSigned');
    await eventually(
      async () => expect([...(await asked()), ...(await secrets())]).to.deep.equal([]),
      30_000,
    );
  });

  it('were all that was asked for', async () => {
    const all = await requests(running().cluster.auditLog, { user: operatorUser });
    expect(all.filter(({ code }) => code === 403)).to.deep.equal([]);
  });

  describe('where a node is not scraped and a pod does not start', () => {
    const pod = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'kube-system', labels: selectorLabels('metrics-server') },
      spec: { serviceAccountName: 'metrics-server', containers: [{ name: 'metrics-server', image: 'x' }] },
    });
    const say = async (kind: string, name: string, status: object) =>
      running().cluster.kubectl([
        ...['patch', ...here, kind, name, '--subresource=status', '--type=merge'],
        ...['-p', JSON.stringify({ status })],
      ]);
    const longAgo = '2026-01-01T00:00:00Z';
    const inState = (state: object) => ({
      containerStatuses: [
        { name: 'metrics-server', ready: false, restartCount: 0, image: 'x', imageID: '', state },
      ],
    });
    /** What is asked there has no answer here, and yet it may be asked. */
    const mayAsk = (uri: RegExp) =>
      eventually(async () => {
        const all = await requests(running().cluster.auditLog, { user: operatorUser });
        const codes = all.filter((one) => uri.test(one.uri)).map(({ code }) => code);
        expect(codes, `${uri}`).to.satisfy((codes: number[]) => codes.some((code) => code !== 403));
      }, 30_000);

    before(async () => {
      const { cluster } = running();
      await serves('Managed');
      serving.server = await answering(cluster);
      await applyYaml(cluster, JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }));
      await say('node', 'n1', { conditions: [{ type: 'Ready', status: 'True' }] });
      await applyYaml(cluster, JSON.stringify(pod('serves')));
      await say('pod', 'serves', inState({ running: { startedAt: longAgo } }));
    });

    it("are enough to ask for the metrics of metrics-server's own pods", () =>
      mayAsk(/metrics.k8s.io.*\/pods\?/));
    it('are enough to read its log', () => mayAsk(/\/pods\/serves\/log\?/));
    it('are enough to look for requests of kubelets for a certificate', () =>
      mayAsk(/certificatesigningrequests\?/));

    it('are enough to tell what keeps a pod from starting', async () => {
      const { cluster } = running();
      await applyYaml(cluster, JSON.stringify(pod('starts')));
      const { metadata } = (await get<KubernetesObject>(cluster, ...here, 'pod', 'starts')) ?? {};
      const event = {
        ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'kube-system' } },
        ...{ involvedObject: { kind: 'Pod', namespace: 'kube-system', name: 'starts', uid: metadata?.uid } },
        ...{ type: 'Warning', reason: 'FailedMount', message: 'the disk is away' },
      };
      await applyYaml(cluster, JSON.stringify(event));
      await say('pod', 'starts', {
        startTime: longAgo,
        ...inState({ waiting: { reason: 'ContainerCreating' } }),
      });
      await eventually(async () => {
        const { message } = await expectCondition(cluster, 'Available', {});
        expect(message).to.include('the disk is away');
      }, 30_000);
    });
  });
});
