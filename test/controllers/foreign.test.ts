import type {
  KubernetesObject,
  V1APIService,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1Service,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import { byHelm, byKubectl, installed, settle, World } from './some-takeover.ts';

interface Marks {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  manager?: string;
}

/** Upstream's install, with these marks on every object. */
function marked({ labels, annotations, manager }: Marks): KubernetesObject[] {
  return installed(byKubectl).map((object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata?.labels, ...labels },
      annotations: { ...object.metadata?.annotations, ...annotations },
      ...(manager && { managedFields: [{ manager }] }),
    },
  }));
}

function changed(
  kind: string,
  change: (object: KubernetesObject) => object,
  all = installed(byKubectl),
): KubernetesObject[] {
  return all.map((object) => (object.kind === kind ? { ...object, ...change(object) } : object));
}

function leadingTo(name: string, namespace: string): KubernetesObject[] {
  return changed('APIService', (object) => {
    const { spec }: V1APIService = { ...object };
    return {
      spec: { ...spec, service: { name, namespace, port: 443 } },
      metadata: { ...object.metadata, labels: {} },
    };
  });
}

const k3s = { annotations: { 'objectset.rio.cattle.io/owner-name': 'metrics-server-deployment' } };

const refusals: { what: string; all: KubernetesObject[]; says: string[]; spec?: object }[] = [
  { what: 'k3s', all: marked(k3s), says: ['is put back by k3s', '--disable=metrics-server', 'restart k3s'] },
  {
    what: 'RKE2',
    all: marked({ annotations: { 'meta.helm.sh/release-name': 'rke2-metrics-server' } }),
    says: ['is put back by RKE2', '/etc/rancher/rke2/config.yaml'],
  },
  {
    what: 'the EKS add-on',
    all: marked({ manager: 'eks' }),
    says: [
      'is put back by the EKS add-on',
      'aws eks delete-addon --cluster-name CLUSTER --addon-name metrics-server --preserve',
    ],
  },
  {
    what: 'the addon-manager',
    all: marked({ labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } }),
    says: ['is put back by the addon-manager (mode Reconcile)', 'minikube addons disable metrics-server'],
  },
  {
    what: 'Argo CD',
    all: marked({
      annotations: { 'argocd.argoproj.io/tracking-id': 'ms:apps/Deployment:kube-system/metrics-server' },
    }),
    says: [
      'is put back by Argo CD, Application ms',
      'argocd app delete ms --cascade=false',
      'kubectl -n kube-system annotate deployment/metrics-server argocd.argoproj.io/tracking-id-',
    ],
  },
  {
    what: 'Argo CD by label',
    all: marked({ labels: { 'app.kubernetes.io/instance': 'ms' }, manager: 'argocd-controller' }),
    says: ['kubectl -n kube-system label deployment/metrics-server app.kubernetes.io/instance-'],
  },
  {
    what: 'Flux',
    all: marked({ labels: { 'kustomize.toolkit.fluxcd.io/name': 'infra' } }),
    says: ['is put back by Flux, Kustomization flux-system/infra', 'kustomize.toolkit.fluxcd.io/name-'],
  },
  {
    what: 'prometheus-adapter',
    all: leadingTo('prometheus-adapter', 'monitoring'),
    says: [
      'APIService v1beta1.metrics.k8s.io exists',
      'leads to Service monitoring/prometheus-adapter',
      'leave rules.resource empty',
    ],
  },
  {
    what: 'OpenShift',
    all: leadingTo('metrics-server', 'openshift-monitoring').map((object) => ({
      ...object,
      metadata: { ...object.metadata, namespace: 'openshift-monitoring' },
    })),
    spec: { namespace: 'openshift-monitoring' },
    says: ["is put back by OpenShift's cluster-monitoring-operator", 'Do not hand it over'],
  },
  {
    what: 'another server',
    all: leadingTo('custom', 'monitoring'),
    says: ['leads to Service monitoring/custom', 'That is no metrics-server'],
  },
  {
    what: 'another namespace',
    all: leadingTo('metrics-server', 'monitoring'),
    says: ['kubectl delete msc metrics-server', 'namespace: monitoring'],
  },
  {
    what: 'a release of an unknown name',
    all: installed(byHelm('ms-metrics-server', 'ms')),
    says: [
      'add ms-metrics-server to its setting ADOPT_NAMES (now: none)',
      'with the chart: adoptNames={ms-metrics-server}',
    ],
  },
  {
    what: 'an owner with a controller',
    all: changed('Deployment', ({ metadata }) => ({
      metadata: {
        ...metadata,
        ownerReferences: [{ apiVersion: 'a/v1', kind: 'Addon', name: 'ms', uid: 'x', controller: true }],
      },
    })),
    says: ['is controlled by Addon ms', 'Delete Addon ms'],
  },
  {
    what: 'what is no metrics-server',
    all: changed('Deployment', () => ({
      spec: { template: { spec: { containers: [{ name: 'coredns' }] } } },
    })),
    says: ['Deployment kube-system/metrics-server exists', 'is no metrics-server', 'another name'],
  },
  {
    what: 'a release before 0.6',
    all: changed('ClusterRole', () => {
      const rules: V1ClusterRole['rules'] = [{ resources: ['nodes/stats'], verbs: ['get'] }];
      return { rules };
    }),
    says: ['before 0.6'],
  },
  {
    what: 'a role that cannot be changed',
    all: changed('ClusterRoleBinding', (object) => {
      const { roleRef }: Partial<V1ClusterRoleBinding> = object;
      return { roleRef: { ...roleRef, name: 'cluster-admin' } };
    }),
    says: [
      'grants ClusterRole cluster-admin, not',
      'kubectl delete clusterrolebinding system:metrics-server',
    ],
  },
  {
    what: 'a Service that would not find our port',
    all: changed('Service', (object) => {
      const { spec }: V1Service = object;
      return { spec: { ...spec, ports: [{ port: 443, targetPort: 4443 }] } };
    }),
    says: ['leads to port 4443 of every pod', 'Set spec.servingPort: 4443'],
  },
];

describe('what may not be taken over', () => {
  const second = (all: KubernetesObject[]) => [
    ...all,
    ...all
      .filter(({ kind }) => kind === 'Deployment')
      .map((one) => ({ ...one, metadata: { ...one.metadata, name: 'metrics-server-b' } })),
  ];

  it('is an install both of whose places for a Deployment are taken', () => {
    const plan = planFor(new World(second(installed(byKubectl))).seen());
    expect(plan.steps).to.deep.equal([]);
    expect(plan.accepted.message)
      .to.include('Deployment kube-system/metrics-server-b exists')
      .and.include('kubectl -n kube-system delete deployment metrics-server-b');
  });

  it('is what nobody asks for: a second Deployment beside our first, and a NetworkPolicy', () => {
    const theirs = installed(byHelm('ms-metrics-server', 'ms')).filter(({ kind }) => kind === 'Deployment');
    const metadata = { name: 'metrics-server', namespace: 'kube-system', uid: 'policy' };
    const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata };
    const left = second(theirs).filter(({ metadata }) => metadata?.name === 'metrics-server-b');
    const world = new World([...left, policy]);
    const done = settle(world);
    world.becomeReady();
    for (let looks = 0; looks < 4; looks++) {
      world.pass(10);
      done.push(...settle(world));
    }
    expect(done.filter((step) => step.startsWith('remove'))).to.deep.equal([]);
    expect(world.all.filter(({ metadata }) => metadata?.ownerReferences === undefined)).to.have.length(2);
    expect(planFor(world.seen()).adopting).to.equal(undefined);
  });

  for (const { what, all, says, spec } of refusals) {
    for (const adoption of ['IfExists', 'Never']) {
      it(`is ${what}: nothing is touched with adoption ${adoption}, and the way out is named`, () => {
        const plan = planFor(new World(all, { ...spec, adoption }).seen());
        expect(plan.steps).to.deep.equal([]);
        expect(plan.accepted).to.include({ status: 'False', reason: 'ForeignObject' });
        for (const text of ['nothing is touched', ...says]) expect(plan.accepted.message).to.include(text);
        expect(plan.accepted.message).not.to.include('"adoption"');
      });
    }
  }

  it('is nothing that kubectl or Helm has made: the status names the owner, and the command that takes it over', () => {
    const { accepted, steps } = planFor(new World(installed(byHelm('metrics-server', 'ms')), {}).seen());
    expect(steps).to.deep.equal([]);
    expect(accepted.message)
      .to.include('(owner: Helm, release kube-system/ms (metrics-server-3.13.1))')
      .and.include(`kubectl patch msc metrics-server --type=merge -p '{"spec":{"adoption":"IfExists"}}'`)
      .and.include('In the way, too: ')
      .and.include('Service kube-system/metrics-server');
  });

  it('is neither a Service that finds our port, nor what bears marks of Argo CD but for its Deployment', () => {
    const port = changed('Service', (object) => {
      const { spec }: V1Service = object;
      return { spec: { ...spec, ports: [{ port: 443, targetPort: 4443 }] } };
    });
    const marks = { annotations: { 'argocd.argoproj.io/tracking-id': 'ms:x' } };
    const letGo = changed(
      'Deployment',
      ({ metadata }) => ({ metadata: { ...metadata, annotations: {} } }),
      marked(marks),
    );
    const accepted = [
      planFor(new World(port, { adoption: 'IfExists', servingPort: 4443 }).seen()),
      planFor(new World(letGo).seen()),
    ].map((plan) => plan.accepted.status);
    expect(accepted).to.deep.equal(['True', 'True']);
  });
});
