import type { Server } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, V1APIService, V1Deployment, V1Service } from '@kubernetes/client-node';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { requests } from '../../../local-cluster/audit.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { title } from '../../../src/resources/names.ts';
import { adoptableReferences } from '../../../src/resources/references.ts';
import { eventually } from '../eventually.ts';
import { helm, helmInstall, upstreamManifests } from '../installs.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { grantAdoptionOf, grantRightsFor } from '../rights.ts';
import { answering } from './installed.ts';
import { onControlPlane, sayReady } from './on-control-plane.ts';
import { end } from './stand-in.ts';

const refused = { status: 'False' as const, reason: 'ForeignObject' as const };
const api = ['apiservice', 'v1beta1.metrics.k8s.io'];
const here = ['-n', 'kube-system'];
// The garbage collector learns of a new kind, such as ours, only every 30 s.
const collectedMs = 90_000;

interface Install {
  what: string;
  fullname: string;
  ours: string;
  owner: string;
  /** Whether it is tried to the end: of upstream's manifests that is enough once. */
  isTakenAway: boolean;
  install(cluster: LocalCluster): Promise<unknown>;
  uninstall(cluster: LocalCluster): Promise<unknown>;
}

const installs: Install[] = [
  {
    what: 'the chart as release ms',
    fullname: 'ms-metrics-server',
    ours: 'metrics-server',
    owner: 'Helm, release kube-system/ms (metrics-server-3.13.1)',
    isTakenAway: true,
    install: (cluster) =>
      helmInstall(cluster, 'ms', [
        'podDisruptionBudget.enabled=true',
        'podDisruptionBudget.maxUnavailable=1',
      ]),
    uninstall: (cluster) => helm(cluster, ['uninstall', 'ms', '--ignore-not-found']),
  },
  ...['0.6.1', '0.9.0'].map((version) => ({
    what: `upstream's manifests of ${version}, applied by kubectl`,
    fullname: 'metrics-server',
    ours: 'metrics-server-b',
    owner: 'kubectl',
    isTakenAway: version === '0.9.0',
    install: async (cluster: LocalCluster) => applyYaml(cluster, await upstreamManifests(version)),
    uninstall: async (cluster: LocalCluster) => remove(cluster, await upstreamManifests(version)),
  })),
];

async function remove(cluster: LocalCluster, manifests: string): Promise<void> {
  await cluster.kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', '-'], { input: manifests });
}

/** There is no controller of Deployments here, so the test says that the pods are ready. */
async function sayRolledOut(cluster: LocalCluster, name: string): Promise<void> {
  const { metadata } = (await get<V1Deployment>(cluster, ...here, 'deployment', name)) ?? {};
  const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  const status = { observedGeneration: metadata?.generation, ...counts };
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await cluster.kubectl(['patch', ...here, 'deployment', name, ...patch]);
}

interface Refusal {
  what: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  says: string;
}

describe('adoption on a control plane', function () {
  this.timeout(600_000); // alone on a new machine it builds Helm
  const running = onControlPlane('adoption', { ADOPT_NAMES: 'ms-metrics-server' });
  before(() => grantAdoptionOf(running().cluster));

  const service = (name = 'metrics-server') => get<V1Service>(running().cluster, ...here, 'service', name);
  const asked = async () => (await get<V1APIService>(running().cluster, ...api))?.spec?.service?.name;
  /** Everything of an install by name and version; the API server itself writes the APIService's status. */
  const versions = async () => {
    const { cluster } = running();
    const kinds = 'serviceaccounts,services,deployments,poddisruptionbudgets,rolebindings';
    const lists = [
      await cluster.kubectl(['get', ...here, kinds, '-o', 'json']),
      await cluster.kubectl(['get', 'clusterroles,clusterrolebindings', '-o', 'json']),
    ];
    return lists
      .flatMap((json): KubernetesObject[] => JSON.parse(json).items)
      .filter(({ metadata }) => /metrics-(server|reader)/.test(metadata?.name ?? ''))
      .filter(({ metadata }) => !metadata?.name?.startsWith('metrics-server-operator'))
      .map(({ kind, metadata }) => `${kind} ${metadata?.name} ${metadata?.resourceVersion}`);
  };
  const gone = async () => {
    const { cluster, objects } = running();
    await cluster.kubectl(['delete', '--ignore-not-found', 'msc', 'metrics-server', '--wait=false']);
    await eventually(async () => expect(await objects()).to.deep.equal([]), collectedMs);
    await eventually(async () => expect(await get(cluster, ...api)).to.equal(undefined), collectedMs);
  };
  const killAndStart = async () => {
    process.kill(running().operator().pid, 'SIGKILL');
    await running().operator().exited;
    running().start();
  };
  const writtenSince = async (since: Date) =>
    (await running().writes(since)).filter(({ uri }) => !uri.includes('/status')).map(({ uri }) => uri);

  const refusals = async () => {
    const all = await requests(running().cluster.auditLog, { user: operatorUser });
    return all.filter(({ code }) => code === 403).map(({ verb, uri }) => `${verb} ${uri}`);
  };
  const serving: { server?: Server } = {};
  after(() => end(serving.server));

  for (const { what, fullname, ours, owner, isTakenAway, install, uninstall } of installs) {
    describe(`of ${what}`, () => {
      before(() => install(running().cluster));
      after(async () => {
        await uninstall(running().cluster);
        // Until their pods are gone, what these need has no owner and would stay.
        await eventually(async () => {
          const unowned = (await running().objects()).filter(
            ({ metadata }) => metadata?.ownerReferences === undefined,
          );
          expect(unowned.map(({ kind }) => kind)).to.deep.equal([]);
        }, 30_000);
        await gone();
      });

      it('is not begun unasked: the status names the owner, and the command that asks for it', async () => {
        const { cluster } = running();
        const [before, since] = [await versions(), new Date()];
        await applyYaml(cluster, configYaml());
        const { message } = await eventually(() => expectCondition(cluster, 'Accepted', refused), 30_000);
        expect(message).to.include(`(owner: ${owner})`);
        // Of whoever serves the metrics API it is told how it does: here nobody answers.
        const nobody = ['EndpointsNotFound', 'MissingEndpoints', 'AggregatorNoRoute']; // by what the suite before has left of endpoints
        await eventually(async () => {
          const { reason } = await expectCondition(cluster, 'Serving', { status: 'False' });
          expect(reason).to.be.oneOf(nobody);
        }, 30_000);
        await expectCondition(cluster, 'Ready', refused);
        expect(await versions()).to.deep.equal(before);
        expect(await writtenSince(since)).to.deep.equal([]);
        const command = /kubectl (patch msc .*?) -p '(.*?)'/.exec(message) ?? [];
        await cluster.kubectl([...(command[1] ?? '').split(' '), '-p', command[2] ?? '']);
      });

      it('puts our Deployment beside theirs, and waits for its pods', async () => {
        const { cluster, objects } = running();
        await eventually(
          () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'Adopting' }),
          30_000,
        );
        await eventually(async () => {
          const made = await get<V1Deployment>(cluster, ...here, 'deployment', ours);
          expect(made?.metadata?.ownerReferences).to.have.length(1);
        }, 30_000);
        const theirs = await get<V1Deployment>(cluster, ...here, 'deployment', fullname);
        expect(theirs?.metadata?.ownerReferences).to.equal(undefined);
        expect((await service(fullname))?.spec?.selector).not.to.have.property('metrics-server.io/config');
        expect(await asked()).to.equal(fullname);
        // Each takes two looks, one for the marks of the other tool; an operator that is killed in between goes on with the rest.
        await eventually(async () => {
          const accounts = (await objects()).filter(({ kind = '' }) => /^ServiceAccount|Role/.test(kind));
          const theirs = accounts.filter(
            ({ metadata }) => metadata?.annotations?.['metrics-server.io/owner'] === undefined,
          );
          expect(theirs.map(title)).to.deep.equal([]);
        }, 30_000);
        await killAndStart();
        const since = new Date();
        await sleep(5000); // for what would come, if it came
        await expectCondition(cluster, 'Applied', { status: 'False', reason: 'Adopting' });
        expect(await writtenSince(since)).to.deep.equal([]);
      });

      it('switches the Service, and ten seconds later the APIService, though the operator is killed in between', async () => {
        const { cluster } = running();
        await sayReady(cluster);
        await sayRolledOut(cluster, ours);
        await eventually(async () => {
          expect((await service())?.spec?.selector).to.have.property('metrics-server.io/config');
        }, 30_000);
        await killAndStart();
        const ownerOf = async () => (await get(cluster, ...api))?.metadata?.ownerReferences?.[0]?.name;
        if (fullname === 'metrics-server') expect(await ownerOf()).to.equal(undefined); // ours of another name is there since long
        await eventually(async () => expect(await ownerOf()).to.equal('metrics-server'), 60_000);
        expect(await asked()).to.equal('metrics-server');
      });

      it('keeps what serves as long as the metrics API does not answer, and leaves no mark of the other tool on ours', async () => {
        const { cluster, objects } = running();
        await eventually(
          () => expectCondition(cluster, 'Applied', { status: 'False', reason: 'Adopting' }),
          30_000,
        );
        expect(await get(cluster, ...here, 'deployment', fullname)).not.to.equal(undefined);
        const all = [...(await objects()), await get(cluster, ...api)].filter(
          (object) => object?.metadata?.annotations?.['metrics-server.io/owner'] !== undefined,
        );
        expect(all).to.have.length(11);
        for (const object of all) {
          const { labels, annotations } = object?.metadata ?? {};
          const marks = Object.keys({ ...labels, ...annotations });
          expect(
            marks.filter((key) => /helm|kubectl|instance/.test(key)),
            object?.kind,
          ).to.deep.equal([]);
        }
      });

      it('leaves what is ours where it is taken back', async () => {
        const { cluster } = running();
        const [before, since] = [await versions(), new Date()];
        await applyYaml(cluster, configYaml({ adoption: 'Never' }));
        await eventually(
          () => expectCondition(cluster, 'Applied', { status: 'True', reason: 'Applied' }),
          30_000,
        );
        expect(await versions()).to.deep.equal(before);
        expect(await writtenSince(since)).to.deep.equal([]);
      });

      if (isTakenAway) {
        it('takes theirs away once the metrics API answers at ours', async () => {
          const { cluster } = running();
          serving.server = await answering(cluster);
          await applyYaml(cluster, configYaml({ adoption: 'IfExists' }));
          await eventually(async () => {
            expect(await get(cluster, ...here, 'deployment', fullname)).to.equal(undefined);
            const theirs = /\bms-|system:metrics-server-aggregated-reader/;
            expect((await versions()).filter((one) => theirs.test(one))).to.deep.equal([]);
          }, 60_000);
          end(serving.server);
        });
      }

      it('was refused no right', async () => expect(await refusals()).to.deep.equal([]));
    });
  }

  describe('what is refused', () => {
    it('knows every object that the chart makes', async () => {
      const { cluster } = running();
      await helmInstall(cluster, 'ms', [
        'podDisruptionBudget.enabled=true',
        'podDisruptionBudget.minAvailable=1',
      ]);
      const manifest = await helm(cluster, ['get', 'manifest', 'ms']);
      const made = parseAllDocuments(manifest).map((one): KubernetesObject => one.toJS());
      const known = adoptableReferences('metrics-server', 'kube-system', ['ms-metrics-server']);
      expect(made.filter(({ kind }) => kind !== 'APIService').map(title)).to.have.members(
        known
          .map(({ kind, name, namespace }) => title({ kind, metadata: { name, namespace } }))
          .filter((name) => name !== 'ClusterRole system:ms-metrics-server-aggregated-reader'),
      );
      await helm(cluster, ['uninstall', 'ms']);
    });

    const deployment = "Deployment kube-system/metrics-server exists, is not this config's";
    const refusals: Refusal[] = [
      {
        what: 'k3s',
        annotations: { 'objectset.rio.cattle.io/owner-name': 'metrics-server-deployment' },
        says: `${deployment} (owner: k3s (or another Rancher deploy controller)) and is put back by k3s (or another Rancher deploy controller); nothing is touched. On every server: add metrics-server to the list \`disable\` in /etc/rancher/k3s/config.yaml (or --disable=metrics-server), and restart k3s.`,
      },
      {
        what: 'RKE2',
        annotations: { 'meta.helm.sh/release-name': 'rke2-metrics-server' },
        says: `${deployment} (owner: RKE2) and is put back by RKE2; nothing is touched. On every server: add rke2-metrics-server to the list \`disable\` in /etc/rancher/rke2/config.yaml, and restart rke2-server.`,
      },
      {
        what: 'EKS',
        labels: { 'eks.amazonaws.com/component': 'metrics-server' },
        says: `${deployment} (owner: the EKS add-on metrics-server) and is put back by the EKS add-on metrics-server; nothing is touched. Take the add-on out of what declares it (Terraform, eksctl, CloudFormation), or it is installed again. aws eks delete-addon --cluster-name CLUSTER --addon-name metrics-server --preserve`,
      },
      {
        what: 'the addon-manager',
        labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' },
        says: `${deployment} (owner: the addon-manager (mode Reconcile)) and is put back by the addon-manager (mode Reconcile); nothing is touched. On GKE and AKS the provider runs it, and it cannot be turned off: keep the one that is there. On minikube: minikube addons disable metrics-server`,
      },
      {
        what: 'Argo CD',
        annotations: { 'argocd.argoproj.io/tracking-id': 'ms:apps/Deployment:kube-system/metrics-server' },
        says: `${deployment} (owner: Argo CD, Application ms) and is put back by Argo CD, Application ms; nothing is touched. Where ms holds nothing else: take it out of Git (or its ApplicationSet, with preserveResourcesOnDeletion: true), and argocd app delete ms --cascade=false`,
      },
      {
        what: 'Flux',
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'infra' },
        says: `${deployment} (owner: Flux, Kustomization flux-system/infra) and is put back by Flux, Kustomization flux-system/infra; nothing is touched. In Git, give the objects of metrics-server the annotation kustomize.toolkit.fluxcd.io/prune: disabled and let it be applied; then take them out of Git and put the config there.`,
      },
    ];
    for (const { what, labels, annotations, says } of refusals) {
      it(`is refused where ${what} would put it back, and touches nothing`, async () => {
        const { cluster } = running();
        const manifests = await upstreamManifests('0.9.0', ({ metadata, ...object }) => ({
          ...object,
          metadata: { ...metadata, labels: { ...metadata?.labels, ...labels }, annotations },
        }));
        await applyYaml(cluster, manifests);
        const [before, since] = [await versions(), new Date()];
        await applyYaml(cluster, configYaml({ adoption: 'IfExists' }));
        const { message } = await eventually(() => expectCondition(cluster, 'Accepted', refused), 30_000);
        expect(message.slice(0, says.length)).to.equal(says);
        expect(await versions()).to.deep.equal(before);
        expect(await writtenSince(since)).to.deep.equal([]);
        await cluster.kubectl(['delete', 'msc', 'metrics-server']);
        await remove(cluster, manifests);
      });
    }

    it('is refused where prometheus-adapter serves the metrics API', async () => {
      const { cluster } = running();
      const adapter = {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: {
          name: 'v1beta1.metrics.k8s.io',
          labels: { 'app.kubernetes.io/name': 'prometheus-adapter' },
        },
        spec: {
          group: 'metrics.k8s.io',
          version: 'v1beta1',
          groupPriorityMinimum: 100,
          versionPriority: 100,
          insecureSkipTLSVerify: true,
          service: { name: 'prometheus-adapter', namespace: 'monitoring' },
        },
      };
      await applyYaml(cluster, JSON.stringify(adapter));
      const since = new Date();
      await applyYaml(cluster, configYaml({ adoption: 'IfExists' }));
      const { message } = await eventually(() => expectCondition(cluster, 'Accepted', refused), 30_000);
      expect(message).to.equal(
        "APIService v1beta1.metrics.k8s.io exists, is not this config's (owner: kubectl) and leads to Service monitoring/prometheus-adapter; nothing is touched. That is prometheus-adapter: leave rules.resource empty in the values of its chart (in kube-prometheus, leave out its APIService), then kubectl delete apiservice v1beta1.metrics.k8s.io",
      );
      expect(await writtenSince(since)).to.deep.equal([]);
      await cluster.kubectl(['delete', 'msc', 'metrics-server']);
      await cluster.kubectl(['delete', ...api]);
    });

    it("is refused to OpenShift's own", async () => {
      const { cluster } = running();
      const namespace = 'openshift-monitoring';
      await cluster.kubectl(['create', 'namespace', namespace]);
      await grantRightsFor(cluster, 'metrics-server', namespace);
      const manifests = await upstreamManifests('0.9.0', (object) =>
        JSON.parse(
          JSON.stringify(object).replaceAll('"namespace":"kube-system"', `"namespace":"${namespace}"`),
        ),
      );
      await applyYaml(cluster, manifests);
      await grantAdoptionOf(cluster, namespace);
      const since = new Date();
      await applyYaml(cluster, configYaml({ adoption: 'IfExists', namespace }));
      const { message } = await eventually(() => expectCondition(cluster, 'Accepted', refused), 30_000);
      expect(message).to.include(
        "is put back by OpenShift's cluster-monitoring-operator; nothing is touched. Do not hand it over: the cluster version operator puts it back, and OpenShift supports no other. Keep it.",
      );
      expect(await writtenSince(since)).to.deep.equal([]);
      await cluster.kubectl(['delete', 'msc', 'metrics-server']);
      await remove(cluster, manifests);
    });
  });

  describe('after all this', () => {
    it('was never refused a right, but to see what serves in a namespace of others', async () => {
      const all = await refusals();
      const theirs = '/api/v1/namespaces/monitoring/services?';
      expect(all.filter((one) => !one.startsWith(`list ${theirs}`))).to.deep.equal([]);
      expect(all.length, 'it is asked for again once a minute').to.be.lessThan(5);
    });
  });
});
