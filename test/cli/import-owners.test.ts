import { expect } from 'chai';
import { handOver } from '../../src/cli/import/hand-over.ts';
import { ownersOf } from '../../src/controllers/owners.ts';
import { markedObjects } from '../../src/installed/found.ts';
import { someFound } from '../installed/some-found.ts';

interface Marks {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  manager?: string;
  namespace?: string;
}

/** A metrics-server that bears only these marks. */
function marked({ labels, annotations, manager, namespace = 'kube-system' }: Marks) {
  const { deployment } = someFound('upstream-0.9');
  const managedFields = manager === undefined ? [] : [{ manager }];
  return {
    deployment: {
      ...deployment,
      metadata: { name: 'metrics-server', namespace, labels, annotations, managedFields },
    },
  };
}

const release = { 'meta.helm.sh/release-name': 'ms', 'meta.helm.sh/release-namespace': 'monitoring' };

describe('the present owner', () => {
  const cases: { marks: Marks; owners: string[]; says: string }[] = [
    {
      marks: { annotations: release, labels: { 'helm.sh/chart': 'metrics-server-3.12.2' }, manager: 'helm' },
      owners: ['Helm, release monitoring/ms (metrics-server-3.12.2)'],
      says: 'kubectl -n monitoring delete secret -l owner=helm,name=ms',
    },
    {
      marks: {
        labels: { 'app.kubernetes.io/managed-by': 'Helm', 'argocd.argoproj.io/instance': 'addons' },
        manager: 'argocd-controller',
      },
      owners: ['Argo CD, Application addons'],
      says: 'argocd app delete addons --cascade=false',
    },
    {
      marks: {
        annotations: { 'argocd.argoproj.io/tracking-id': 'ms:apps/Deployment:kube-system/metrics-server' },
      },
      owners: ['Argo CD, Application ms'],
      says: 'Prune=false',
    },
    {
      marks: { labels: { 'app.kubernetes.io/instance': 'old' }, manager: 'argocd-controller' },
      owners: ['Argo CD, Application old'],
      says: 'argocd app delete old --cascade=false',
    },
    {
      marks: {
        labels: { 'helm.toolkit.fluxcd.io/name': 'ms', 'helm.toolkit.fluxcd.io/namespace': 'flux-system' },
        annotations: release,
      },
      owners: ['Flux, HelmRelease flux-system/ms', 'Helm, release monitoring/ms (its chart)'],
      says: 'spec.suspend: true on HelmRelease flux-system/ms',
    },
    {
      marks: {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'infra',
          'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
        },
      },
      owners: ['Flux, Kustomization flux-system/infra'],
      says: 'kustomize.toolkit.fluxcd.io/prune: disabled',
    },
    {
      marks: { labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' } },
      owners: ['the addon-manager (mode EnsureExists)'],
      says: '/etc/kubernetes/addons',
    },
    {
      marks: {
        annotations: { 'objectset.rio.cattle.io/owner-name': 'metrics-server-deployment' },
        manager: 'deploy@server',
      },
      owners: ['k3s (or another Rancher deploy controller)'],
      says: '--disable=metrics-server',
    },
    {
      marks: { annotations: { ...release, 'meta.helm.sh/release-name': 'rke2-metrics-server' } },
      owners: ['RKE2'],
      says: '/etc/rancher/rke2/config.yaml',
    },
    {
      marks: { manager: 'eks' },
      owners: ['the EKS add-on metrics-server'],
      says: 'aws eks delete-addon --cluster-name CLUSTER --addon-name metrics-server --preserve',
    },
    {
      marks: { namespace: 'openshift-monitoring', manager: 'operator' },
      owners: ["OpenShift's cluster-monitoring-operator"],
      says: 'Do not hand it over',
    },
    {
      marks: { manager: 'kubectl-client-side-apply' },
      owners: ['kubectl'],
      says: 'pipeline that applies them',
    },
    {
      marks: { manager: 'my-tool' },
      owners: ['unknown; written by my-tool'],
      says: 'Find out what applies it',
    },
  ];
  for (const { marks, owners, says } of cases) {
    it(`is ${owners.join(' and ')}, who is told what to do`, () => {
      const found = ownersOf(markedObjects(marked(marks)));
      expect(found.map(({ name }) => name)).to.deep.equal(owners);
      const steps = handOver(marked(marks), found).join('\n');
      expect(steps).to.include(says);
      expect(steps).not.to.include('helm uninstall');
    });
  }

  it('keeps what it cannot let go of: nobody is told to delete it', () => {
    const found = marked({ namespace: 'openshift-monitoring' });
    expect(handOver(found, ownersOf(markedObjects(found))).join()).not.to.include('kubectl');
  });

  it('is handed over without a gap where it does not put back what is taken: the operator adopts it', () => {
    const found = someFound('chart');
    const steps = handOver(found, ownersOf(markedObjects(found)));
    const at = (text: string) => steps.findIndex((step) => step.includes(text));
    expect(steps[0]).to.include('ADOPT_NAMES=ms-metrics-server');
    expect(at('Apply the config')).to.be.lessThan(at('Take the release out of'));
    expect(at('Take the release out of')).to.be.lessThan(at(`'{"spec":{"adoption":"IfExists"}}'`));
    expect(at('delete secret -l owner=helm,name=ms')).to.equal(steps.length - 1);
    expect(steps.join('\n')).not.to.include('--ignore-not-found');
  });

  it('may not write commands of its own into those that people paste', () => {
    const found = marked({
      annotations: {
        'meta.helm.sh/release-name': "ms; echo 'hi'",
        'meta.helm.sh/release-namespace': '$(reboot)',
      },
    });
    expect(handOver(found, ownersOf(markedObjects(found))).join()).to.include(
      `kubectl -n '$(reboot)' delete secret -l 'owner=helm,name=ms; echo '\\''hi'\\'''   #`,
    );
  });

  it('says that it has let go, where its marks stay on what it leaves', () => {
    const found = marked({
      annotations: { 'argocd.argoproj.io/tracking-id': 'ms:apps/Deployment:kube-system/metrics-server' },
    });
    const steps = handOver(found, ownersOf(markedObjects(found))).join('\n');
    expect(steps).to.include(
      'kubectl -n kube-system annotate deployment/metrics-server argocd.argoproj.io/tracking-id-',
    );
  });

  it('is asked first where it puts back; then the config is applied and the objects are deleted, those of other names too', () => {
    const { deployment, ...rest } = someFound('chart');
    const labels = { 'addonmanager.kubernetes.io/mode': 'EnsureExists' };
    const found = { ...rest, deployment: { ...deployment, metadata: { ...deployment.metadata, labels } } };
    const steps = handOver(found, ownersOf(markedObjects(found)));
    const at = (text: string) => steps.findIndex((step) => step.includes(text));
    expect(at('minikube')).to.be.greaterThan(0).and.lessThan(at('Apply the config'));
    const deletion = steps[at('kubectl delete --ignore-not-found')] ?? '';
    expect(at('Apply the config')).to.be.lessThan(steps.indexOf(deletion));
    expect(deletion.split('\n').slice(1)).to.deep.equal([
      '    kubectl delete --ignore-not-found apiservice/v1beta1.metrics.k8s.io',
      '    kubectl delete --ignore-not-found clusterrole/system:aggregated-metrics-reader clusterrole/system:metrics-server clusterrolebinding/system:metrics-server clusterrolebinding/metrics-server:system:auth-delegator',
      '    kubectl delete --ignore-not-found -n monitoring serviceaccount/metrics-server service/metrics-server deployment/metrics-server poddisruptionbudget/metrics-server networkpolicy/metrics-server deployment/ms-metrics-server service/ms-metrics-server poddisruptionbudget/ms-metrics-server',
      '    kubectl delete --ignore-not-found -n kube-system rolebinding/metrics-server-auth-reader',
    ]);
  });
});
