import type { KubernetesObject } from '@kubernetes/client-node';

/** Who applies metrics-server today, and what to do there so that it is not applied again. */
export interface Owner {
  name: string;
  steps: string[];
  /** It puts back what others change or delete, as long as it is not told to stop. */
  putsBack?: true;
  /** It cannot let go. */
  keeps?: true;
  /** What it leaves on an object when it lets go, so that nobody can see whether it has. */
  marks?: { labels?: string[]; annotations?: string[] };
}

interface Marks {
  labels: Record<string, string | undefined>;
  annotations: Record<string, string | undefined>;
  managers: string[];
  namespace: string;
}

/** The outermost first: what Argo CD renders from a chart is handed over at Argo CD. */
export function ownersOf(objects: KubernetesObject[]): Owner[] {
  const marks = {
    labels: Object.assign({}, ...objects.map(({ metadata }) => metadata?.labels ?? {})),
    annotations: Object.assign({}, ...objects.map(({ metadata }) => metadata?.annotations ?? {})),
    managers: objects.flatMap(({ metadata }) =>
      (metadata?.managedFields ?? []).flatMap(({ manager }) => manager ?? []),
    ),
    namespace: objects.flatMap(({ metadata }) => metadata?.namespace ?? [])[0] ?? 'kube-system',
  };
  const found = [openShift, eks, rancher, addonManager, argoCd, flux, helm].flatMap(
    (one) => one(marks) ?? [],
  );
  if (found.length > 0) return found;
  return [kubectl(marks) ?? unknown(marks)];
}

function openShift({ namespace }: Marks): Owner | undefined {
  if (namespace !== 'openshift-monitoring') return undefined;
  return {
    name: "OpenShift's cluster-monitoring-operator",
    putsBack: true,
    keeps: true,
    steps: [
      'Do not hand it over: the cluster version operator puts it back, and OpenShift supports no other. Keep it.',
    ],
  };
}

function eks({ managers, labels }: Marks): Owner | undefined {
  if (!managers.includes('eks') && labels['eks.amazonaws.com/component'] === undefined) return undefined;
  return {
    name: 'the EKS add-on metrics-server',
    putsBack: true,
    steps: [
      'Take the add-on out of what declares it (Terraform, eksctl, CloudFormation), or it is installed again.',
      'aws eks delete-addon --cluster-name CLUSTER --addon-name metrics-server --preserve   # EKS forgets it; --preserve leaves the objects',
    ],
  };
}

function rancher({ labels, annotations }: Marks): Owner | undefined {
  if (annotations['meta.helm.sh/release-name'] === 'rke2-metrics-server') {
    return {
      name: 'RKE2',
      putsBack: true,
      steps: [
        'On every server: add rke2-metrics-server to the list `disable` in /etc/rancher/rke2/config.yaml, and restart rke2-server. RKE2 then removes its objects itself, so do it right before the config is applied.',
      ],
    };
  }
  if (!keysOf({ ...labels, ...annotations }).some((key) => key.startsWith('objectset.rio.cattle.io/')))
    return undefined;
  return {
    name: 'k3s (or another Rancher deploy controller)',
    putsBack: true,
    steps: [
      'On every server: add metrics-server to the list `disable` in /etc/rancher/k3s/config.yaml (or --disable=metrics-server), and restart k3s. k3s then removes its objects itself, so do it right before the config is applied.',
    ],
  };
}

function addonManager({ labels }: Marks): Owner | undefined {
  const mode = labels['addonmanager.kubernetes.io/mode'];
  if (mode === undefined) return undefined;
  return {
    name: `the addon-manager (mode ${mode})`,
    putsBack: true,
    steps: [
      'On GKE and AKS the provider runs it, and it cannot be turned off: keep the one that is there.',
      'On minikube: minikube addons disable metrics-server',
      'Elsewhere: remove its files from /etc/kubernetes/addons on every control-plane node; in mode Reconcile the addon-manager removes the objects then, in mode EnsureExists it only stops to make them.',
    ],
  };
}

function argoCd({ labels, annotations, managers }: Marks): Owner | undefined {
  const tracked = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0];
  // Before 3.0 Argo CD tracked by the label that charts set, too, so that only the writer tells it apart.
  const byLabel = managers.some((one) => one.startsWith('argocd'))
    ? labels['app.kubernetes.io/instance']
    : undefined;
  const app = tracked ?? labels['argocd.argoproj.io/instance'] ?? byLabel;
  if (app === undefined) return undefined;
  const labelled = ['argocd.argoproj.io/instance', ...(byLabel ? ['app.kubernetes.io/instance'] : [])];
  return {
    name: `Argo CD, Application ${app}`,
    putsBack: true,
    marks: { labels: labelled, annotations: ['argocd.argoproj.io/tracking-id'] },
    steps: [
      `Where ${app} holds nothing else: take it out of Git (or its ApplicationSet, with preserveResourcesOnDeletion: true), and argocd app delete ${word(app)} --cascade=false   # leaves the objects`,
      'Where it holds more: give the objects of metrics-server the annotation argocd.argoproj.io/sync-options: Prune=false in Git and sync, then take them out of Git.',
      'Put the config below in their place; the operator gives its objects no mark of Argo CD, so they are neither pruned nor shown as out of sync.',
    ],
  };
}

function flux({ labels }: Marks): Owner | undefined {
  const release = labels['helm.toolkit.fluxcd.io/name'];
  if (release !== undefined) {
    const where = `${labels['helm.toolkit.fluxcd.io/namespace'] ?? 'its namespace'}/${release}`;
    return {
      name: `Flux, HelmRelease ${where}`,
      putsBack: true,
      marks: { labels: ['helm.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/namespace'] },
      steps: [
        `In Git, set spec.suspend: true on HelmRelease ${where} and let it be applied; a suspended one does not uninstall when it is deleted. Then take it out of Git.`,
      ],
    };
  }
  const kustomization = labels['kustomize.toolkit.fluxcd.io/name'];
  if (kustomization === undefined) return undefined;
  const where = `${labels['kustomize.toolkit.fluxcd.io/namespace'] ?? 'flux-system'}/${kustomization}`;
  return {
    name: `Flux, Kustomization ${where}`,
    putsBack: true,
    marks: { labels: ['kustomize.toolkit.fluxcd.io/name', 'kustomize.toolkit.fluxcd.io/namespace'] },
    steps: [
      'In Git, give the objects of metrics-server the annotation kustomize.toolkit.fluxcd.io/prune: disabled and let it be applied; then take them out of Git and put the config there.',
    ],
  };
}

function helm({ labels, annotations }: Marks): Owner | undefined {
  const release = annotations['meta.helm.sh/release-name'];
  if (release === undefined || release === 'rke2-metrics-server') return undefined;
  const namespace = annotations['meta.helm.sh/release-namespace'] ?? 'kube-system';
  const chart = labels['helm.sh/chart'] ?? 'its chart';
  return {
    name: `Helm, release ${namespace}/${release} (${chart})`,
    steps: [
      'Take the release out of what runs Helm (pipeline, helmfile, Terraform), or it is installed again.',
      `kubectl -n ${word(namespace)} delete secret -l ${word(`owner=helm,name=${release}`)}   # Helm forgets the release and touches no object: nobody can later uninstall, by the same names, what the operator made`,
    ],
  };
}

function kubectl({ annotations, managers }: Marks): Owner | undefined {
  const isApplied = annotations['kubectl.kubernetes.io/last-applied-configuration'] !== undefined;
  if (!isApplied && !managers.some((manager) => manager.startsWith('kubectl'))) return undefined;
  return {
    name: 'kubectl',
    steps: ['Take the manifests of metrics-server out of the scripts or the pipeline that applies them.'],
  };
}

function unknown({ managers }: Marks): Owner {
  const writers = [...new Set(managers)].filter((manager) => manager !== 'kube-controller-manager');
  return {
    name: `unknown; written by ${writers.join(', ') || 'nobody that the API server names'}`,
    steps: [
      'Find out what applies it and take metrics-server out there, or it comes back and nothing is handed over.',
    ],
  };
}

/** An annotation may hold anything, and a command is pasted into a shell. */
function word(text: string): string {
  return /^[A-Za-z0-9._=,/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function keysOf(object: object): string[] {
  return Object.keys(object);
}

/** Nobody can see whether Argo CD or Flux has let go; whoever knows says so by taking its marks away. */
export function unmarking({ marks }: Owner, objects: KubernetesObject[]): string[] {
  if (marks === undefined) return [];
  const commands = objects.flatMap(({ kind = '', metadata }) => {
    const { name, namespace, labels = {}, annotations = {} } = metadata ?? {};
    const what = `${namespace === undefined ? '' : `-n ${namespace} `}`;
    const there = (keys: string[] = [], all: object) =>
      keys.filter((key) => key in all).map((key) => `${key}-`);
    const [labelled, annotated] = [there(marks.labels, labels), there(marks.annotations, annotations)];
    const target = `${kind.toLowerCase()}/${name}`;
    return [
      ...(labelled.length === 0 ? [] : [`kubectl ${what}label ${target} ${labelled.join(' ')}`]),
      ...(annotated.length === 0 ? [] : [`kubectl ${what}annotate ${target} ${annotated.join(' ')}`]),
    ];
  });
  return commands.length === 0 ? [] : [`Once that is done, take its marks away: ${commands.join('; ')}`];
}
