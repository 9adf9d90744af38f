import type { V1RoleBinding } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { restartKubelet, stopKubelet } from '../../../local-cluster/faults.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { onFirstNode, upstreamManifests } from '../installs.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { onNodes } from './on-nodes.ts';
import { repository } from './zero-gap.ts';

const resolution = '12s'; // nobody's default
const changed = onFirstNode([`--metric-resolution=${resolution}`, '--kubelet-request-timeout=5s']);

describe('the metrics-server of others, which the operator only observes', function () {
  this.timeout(150_000);
  const running = onNodes('observe', { nodes: 2, kubeletCertificates: 'cluster-ca', isInside: true });
  const status = () => statusOf(running().cluster);
  const isReady = () => expectCondition(running().cluster, 'Ready', { status: 'True', reason: 'Ready' });
  const theirs = { deployment: 'kube-system/metrics-server', resolution, kubeletTls: 'ClusterCA' };

  it('says that nothing is registered where nothing is', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ mode: 'Observe' }));
    await eventually(async () => {
      await expectCondition(cluster, 'Applied', { status: 'True', reason: 'Observing' });
      await expectCondition(cluster, 'Serving', { status: 'False', reason: 'NotRegistered' });
    }, 30_000);
  });

  it('measures it as soon as it serves, with what it was started with', async () => {
    const { cluster } = running();
    await applyYaml(cluster, await upstreamManifests('0.9.0', changed, repository));
    await eventually(isReady, 90_000);
    const { nodes, observed, version, replicas, effective, problems } = await status();
    expect(nodes?.scraped).to.equal('2/2');
    expect({ observed, version, replicas, effective, problems }).to.deep.equal({
      observed: theirs,
      version: '0.9.0',
      replicas: { desired: 1, ready: 1 },
      effective: undefined,
      problems: undefined,
    });
  });

  it('names the node whose kubelet has stopped, with a remedy that needs no MetricsServerConfig', async () => {
    const { cluster } = running();
    await stopKubelet(cluster, 2);
    const since = Date.now();
    const [problem] = await eventually(async () => {
      const { problems = [] } = await status();
      expect(problems.map(({ reason, nodes }) => [reason, nodes])).to.deep.equal([
        ['KubeletRefused', ['node-2']],
      ]);
      return problems;
    }, 60_000);
    console.log(`      said after ${Math.round((Date.now() - since) / 1000)} s`);
    expect(problem?.remedy).to.include('systemctl status kubelet').and.not.include('msc');
    await restartKubelet(cluster, 2);
    await eventually(isReady, 60_000);
  });

  it('sees a pod that goes at once, and the one that comes', async () => {
    const { cluster } = running();
    const since = Date.now();
    await cluster.kubectl([
      'delete',
      'pod',
      '-n',
      'kube-system',
      '-l',
      'k8s-app=metrics-server',
      '--wait=false',
    ]);
    await eventually(() => expectCondition(cluster, 'Available', { status: 'False' }), 30_000);
    console.log(`      said after ${((Date.now() - since) / 1000).toFixed(1)} s`);
    await eventually(isReady, 90_000);
  });

  it('judges by the answers alone where it may not see who gives them, and says which right is missing', async () => {
    const { cluster } = running();
    const binding = ['rolebinding', 'metrics-server-operator'];
    const before = await get<V1RoleBinding>(cluster, '-n', 'kube-system', ...binding);
    await cluster.kubectl(['delete', '-n', 'kube-system', ...binding]);
    try {
      await eventually(async () => {
        await expectCondition(cluster, 'Available', { status: 'Unknown', reason: 'OutOfSight' });
        await isReady();
      }, 100_000);
      const { nodes, observed, conditions } = await status();
      expect(nodes?.scraped).to.equal('2/2');
      expect(observed?.resolution).to.match(/^(1[0-9]|20)s$/); // the kubelets measure every ten seconds
      expect(conditions?.find(({ type }) => type === 'Available')?.message).to.match(
        /the operator may not list services in kube-system.*config\/rbac\/observe\.yaml/,
      );
    } finally {
      const { apiVersion, kind, roleRef, subjects } = before ?? {};
      const metadata = { name: binding[1], namespace: 'kube-system' };
      await applyYaml(cluster, JSON.stringify({ apiVersion, kind, metadata, roleRef, subjects }));
    }
  });

  it('reports the same of what is in the way of a MetricsServerConfig that would manage', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({}));
    await eventually(async () => {
      await expectCondition(cluster, 'Accepted', { status: 'False', reason: 'ForeignObject' });
      await expectCondition(cluster, 'Scraping', { status: 'True', reason: 'AllNodesFresh' });
      await expectCondition(cluster, 'Available', { status: 'True', reason: 'PodsReady' });
    }, 90_000); // what may not be seen is asked for once a minute
    const { nodes, observed } = await status();
    expect({ scraped: nodes?.scraped, observed }).to.deep.equal({ scraped: '2/2', observed: theirs });
    await applyYaml(cluster, configYaml({ mode: 'Observe' }));
    await eventually(isReady, 30_000);
  });

  it('leaves it when its MetricsServerConfig is deleted, and has written nothing but status and Events', async () => {
    const { cluster } = running();
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
    expect(await get(cluster, 'apiservice', 'v1beta1.metrics.k8s.io')).to.not.equal(undefined);
    expect(await get(cluster, '-n', 'kube-system', 'deployment', 'metrics-server')).to.not.equal(undefined);
    const all = await requests(cluster.auditLog, { user: operatorUser });
    const written = all.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb));
    const what = written.map(({ verb, uri }) => `${verb} ${uri.split('?')[0]}`);
    expect(
      [...new Set(what)].filter(
        (one) =>
          !/\/metricsserverconfigs\/metrics-server\/status|\/events$|selfsubject|subjectaccessreviews$/.test(
            one,
          ),
      ),
    ).to.deep.equal([]);
  });
});
