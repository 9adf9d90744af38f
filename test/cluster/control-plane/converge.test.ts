import type { KubernetesObject, V1APIService, V1Deployment, V1Service } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { names } from '../../../src/resources/names.ts';
import { references, sharedReferences } from '../../../src/resources/references.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { onControlPlane, sayReady } from './on-control-plane.ts';

const namespace = ['-n', 'kube-system'];
const optional = ['PodDisruptionBudget', 'NetworkPolicy', 'ConfigMap'];
const { secondDeployment, servingIssued } = names('metrics-server');
const ours = [
  sharedReferences.readerRole,
  ...references('metrics-server', 'kube-system').filter(
    ({ kind, name }) => !optional.includes(kind) && ![secondDeployment, servingIssued].includes(name),
  ),
];

describe('the operator on a control plane', function () {
  this.timeout(120_000);
  const running = onControlPlane('converge');
  const startedAt = new Date();
  const live = <T = KubernetesObject>(kind: string, name = 'metrics-server') =>
    get<T>(running().cluster, ...namespace, kind, name);
  const refused = async () => {
    const all = await requests(running().cluster.auditLog, { user: operatorUser });
    return all.filter(({ code }) => code === 403);
  };

  it('makes everything but the APIService, owned by the config, with few requests', async () => {
    const { cluster, objects, writes } = running();
    await applyYaml(cluster, configYaml());
    const made = await eventually(async () => {
      const found = await objects();
      expect(found).to.have.length(ours.length);
      return found;
    }, 30_000);
    for (const { kind, metadata } of made) {
      expect(metadata?.ownerReferences, kind).to.have.length(1);
      expect(metadata?.ownerReferences?.[0], kind)
        .to.include({ kind: 'MetricsServerConfig', name: 'metrics-server', controller: true })
        .and.not.to.have.property('blockOwnerDeletion');
    }
    expect(await live('apiservice', 'v1beta1.metrics.k8s.io')).to.equal(undefined);
    const everything = { status: 'True' as const, reason: 'Applied' };
    const condition = await eventually(() => expectCondition(cluster, 'Applied', everything), 30_000);
    expect(condition.observedGeneration).to.equal(1);
    const written = await writes(startedAt);
    const statusWrites = written.filter(({ uri }) => uri.includes('/status'));
    console.log(
      `      first converge: ${written.length - statusWrites.length} object writes, ${statusWrites.length} status writes`,
    );
    expect(written.length - statusWrites.length).to.equal(ours.length);
    expect(statusWrites.length).to.be.at.most(4);
  });

  it('was refused nothing: config/rbac has what that takes', async () => {
    expect(await refused()).to.deep.equal([]);
  });

  it('says that metrics-server is not ready, and why, in every condition', async () => {
    const { cluster } = running();
    await eventually(
      () => expectCondition(cluster, 'Ready', { status: 'False', reason: 'Starting' }),
      10_000,
    );
    await expectCondition(cluster, 'Accepted', { status: 'True', reason: 'Valid' });
    await expectCondition(cluster, 'Serving', { status: 'False', reason: 'NotRegistered' });
    await expectCondition(cluster, 'Scraping', { status: 'Unknown', reason: 'NotMeasured' });
    await expectCondition(cluster, 'Reconciling', { status: 'True' });
    await expectCondition(cluster, 'Stalled', { status: 'False' });
  });

  it('repairs what someone else changed, and leaves alone what is not its own', async () => {
    const { cluster } = running();
    const flagAt = '/spec/template/spec/containers/0/args/1';
    const drift = JSON.stringify([
      { op: 'replace', path: flagAt, value: '--secure-port=1' },
      { op: 'add', path: '/metadata/annotations/example.com~1mine', value: 'kept' },
    ]);
    await cluster.kubectl([
      'patch',
      ...namespace,
      'deployment',
      'metrics-server',
      '--type=json',
      '-p',
      drift,
    ]);
    await eventually(async () => {
      const deployment = await live<V1Deployment>('deployment');
      expect(deployment?.spec?.template.spec?.containers[0]?.args).to.include('--secure-port=10250');
      expect(deployment?.metadata?.annotations).to.include({ 'example.com/mine': 'kept' });
    }, 30_000);
  });

  it('repairs a selector that someone extended: it would select nothing', async () => {
    const { cluster } = running();
    const drift = JSON.stringify({ spec: { selector: { x: 'y' } } });
    await cluster.kubectl(['patch', ...namespace, 'service', 'metrics-server', '--type=merge', '-p', drift]);
    await eventually(async () => {
      expect((await live<V1Service>('service'))?.spec?.selector).not.to.have.property('x');
    }, 30_000);
  });

  it('makes again what someone deleted', async () => {
    const { cluster } = running();
    const before = await live<V1Service>('service');
    await cluster.kubectl(['delete', ...namespace, 'service', 'metrics-server']);
    await eventually(async () => {
      const uid = (await live<V1Service>('service'))?.metadata?.uid;
      expect(uid).to.be.a('string').and.not.to.equal(before?.metadata?.uid);
    }, 30_000);
  });

  it('follows a change of the spec', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ resolution: '30s' }));
    await eventually(async () => {
      const deployment = await live<V1Deployment>('deployment');
      expect(deployment?.spec?.template.spec?.containers[0]?.args).to.include('--metric-resolution=30s');
      await expectCondition(cluster, 'Ready', { observedGeneration: 2 });
    }, 30_000);
  });

  it('changes nothing while paused, and reports on', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ mode: 'Paused', resolution: '45s' }));
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True', reason: 'Paused' }), 30_000);
    expect((await live<V1Deployment>('deployment'))?.spec?.template.spec?.containers[0]?.args).to.include(
      '--metric-resolution=30s',
    );
    await applyYaml(cluster, configYaml());
    await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'True', reason: 'Applied' }),
      30_000,
    );
  });

  for (const [kind, spec] of [
    ['poddisruptionbudget', { availability: { replicas: 2 } }],
    ['networkpolicy', { networkPolicy: { enabled: true } }],
  ] as const) {
    it(`makes a ${kind} where the spec leads to one, repairs it, and removes it where it does not`, async () => {
      const { cluster } = running();
      await applyYaml(cluster, configYaml(spec));
      await eventually(async () => expect(await live(kind)).not.to.equal(undefined), 30_000);
      await cluster.kubectl(['delete', ...namespace, kind, 'metrics-server']);
      await eventually(async () => expect(await live(kind)).not.to.equal(undefined), 30_000);
      await applyYaml(cluster, configYaml());
      await eventually(async () => expect(await live(kind)).to.equal(undefined), 30_000);
      await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 30_000);
    });
  }

  it('registers the APIService once an endpoint is ready, and proves by a request that nothing answers there', async () => {
    const { cluster } = running();
    await sayReady(cluster);
    const apiService = await eventually(async () => {
      const found = await live<V1APIService>('apiservice', 'v1beta1.metrics.k8s.io');
      expect(found?.spec?.service).to.include({ name: 'metrics-server', namespace: 'kube-system' });
      return found;
    }, 30_000);
    expect(apiService?.metadata?.ownerReferences?.[0]).to.include({ kind: 'MetricsServerConfig' });
    await eventually(
      () => expectCondition(cluster, 'Serving', { status: 'False', reason: 'AggregatorNoRoute' }),
      30_000,
    );
  });

  it('writes nothing after a restart where nothing has changed', async () => {
    const { cluster, writes, stop, start } = running();
    expect(await stop()).to.equal(0);
    const restartedAt = new Date();
    start();
    await eventually(async () => {
      // It has looked at the cluster once it asks the metrics API.
      const asked = await requests(cluster.auditLog, { user: operatorUser, since: restartedAt });
      expect(asked.filter(({ uri }) => uri.startsWith('/apis/metrics.k8s.io')).length).to.be.at.least(2);
    }, 30_000);
    expect((await writes(restartedAt)).map(({ verb, uri }) => `${verb} ${uri}`)).to.deep.equal([]);
  });

  it('leaves the metrics API to the older of two configs', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({}, 'second'));
    const expected = { status: 'False' as const, reason: 'Superseded' };
    await eventually(() => expectCondition(cluster, 'Accepted', expected, 'second'), 30_000);
    await expectCondition(cluster, 'Stalled', { status: 'True' }, 'second');
    expect(await live('deployment', 'second')).to.equal(undefined);
    await cluster.kubectl(['delete', 'msc', 'second']);
  });

  it('takes the APIService away at once when the config is deleted, and leaves nothing', async function () {
    const { cluster, objects } = running();
    this.timeout(120_000);
    await cluster.kubectl(['delete', 'msc', 'metrics-server', '--wait=false']);
    await eventually(
      async () => expect(await live('apiservice', 'v1beta1.metrics.k8s.io')).to.equal(undefined),
      30_000,
    );
    await eventually(async () => expect(await objects()).to.deep.equal([]), 90_000);
    await cluster.kubectl(['create', 'namespace', 'unrelated']);
    await cluster.kubectl(['delete', 'namespace', 'unrelated', '--timeout=20s']);
  });

  it('was refused nothing up to here, but for a config of another name', async () => {
    expect((await refused()).filter(({ uri }) => !uri.includes('second'))).to.deep.equal([]);
  });

  it('does not touch a Deployment that someone else made', async () => {
    const { cluster } = running();
    const container = { name: 'c', image: 'example.com/x:1' };
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
    const foreign = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'metrics-server', namespace: 'kube-system' },
      spec: { selector: { matchLabels: { a: 'b' } }, template },
    };
    await cluster.kubectl(['create', '--field-manager=by-hand', '-f', '-'], {
      input: JSON.stringify(foreign),
    });
    const before = await live('deployment');
    await applyYaml(cluster, configYaml());
    const condition = await eventually(
      () => expectCondition(cluster, 'Accepted', { status: 'False', reason: 'ForeignObject' }),
      30_000,
    );
    expect(condition.message).to.include('Deployment kube-system/metrics-server').and.include('by-hand');
    expect((await live('deployment'))?.metadata?.resourceVersion).to.equal(before?.metadata?.resourceVersion);
    expect(await live('service')).to.equal(undefined);

    await cluster.kubectl(['delete', ...namespace, 'deployment', 'metrics-server']);
    await eventually(() => expectCondition(cluster, 'Accepted', { status: 'True' }), 30_000);
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
  });

  it('names the right that it lacks for a config of another name', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({}, 'other'));
    const condition = await eventually(
      () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'Forbidden' }, 'other'),
      30_000,
    );
    expect(condition.message).to.include('ServiceAccount kube-system/other').and.include('config/rbac');
    await cluster.kubectl(['delete', 'msc', 'other']);
  });

  it('refuses a release that it does not know, and names those it knows', async () => {
    const { cluster } = running();
    await applyYaml(cluster, configYaml({ version: '0.12.0' }));
    const condition = await eventually(
      () => expectCondition(cluster, 'Accepted', { status: 'False', reason: 'UnknownVersion' }),
      30_000,
    );
    expect(condition.message).to.include('0.12.0').and.include('0.9');
    await cluster.kubectl(['delete', 'msc', 'metrics-server']);
  });
});
