import { nothingChanges, nothingRegistered } from './impact.ts';
import { type Fault, gone, type Page, patch } from './page.ts';

const chooseVersion =
  'Choose a release of a line that the message names, in `spec.version` (`kubectl edit msc metrics-server`).';
const letChoose = `Or let the operator choose the newest for this Kubernetes: ${patch({ version: null })}.`;

export const accepted: Record<Fault<'Accepted'>, Page> = {
  InvalidSpec: {
    shows: nothingChanges,
    signs: [
      {
        in: 'message',
        text: "<object> is the operator's own, and cannot be named in spec.tls: put what you have into an object of another name.",
      },
    ],
    causes: [
      'The config was stored before this release of the operator, whose rules are stricter.',
      'A field names a Secret or ConfigMap that the operator keeps for itself.',
    ],
    steps: [
      'Correct the field that the message names: `kubectl edit msc metrics-server`. `kubectl explain msc.spec` explains every field.',
    ],
    mended: gone('Accepted'),
  },
  UnknownVersion: {
    shows: nothingChanges,
    signs: [
      {
        in: 'message',
        text: 'spec.version: this operator does not know metrics-server <version>; it knows the lines <lines>.',
      },
    ],
    causes: [
      'A slip of the pen in `spec.version`.',
      'The release belongs to a line that is newer than the operator.',
    ],
    steps: [chooseVersion, letChoose, 'Or update the operator, if the release is newer than it.'],
    mended: gone('Accepted'),
  },
  UnsupportedKubernetes: {
    shows: nothingChanges,
    signs: [
      {
        in: 'message',
        text: 'spec.version: metrics-server <version> is made for Kubernetes <range>, and this is <version>. Made for it: <lines>.',
      },
    ],
    causes: [
      'The cluster was upgraded, and `spec.version` was not.',
      'The cluster is older or newer than every release that this operator knows.',
    ],
    steps: [chooseVersion, letChoose, 'Or update the operator, where the message names no line at all.'],
    mended: gone('Accepted'),
  },
  UnsupportedFlag: {
    shows: nothingChanges,
    signs: [
      {
        in: 'message',
        text: 'spec.<field>: metrics-server <version> has no flag --<flag>, which is in <releases>. Leave the field out, or choose such a release.',
      },
    ],
    causes: [
      'A field, or an entry of `spec.extraFlags`, asks for a flag that came later than this release, or that it has no more.',
    ],
    steps: [
      'Choose a release that has the flag, in `spec.version`.',
      'Or leave the field out (`kubectl edit msc metrics-server`). [extra-flags.md](extra-flags.md) has the releases of every flag.',
    ],
    mended: gone('Accepted'),
  },
  LegacyRelease: {
    shows: nothingChanges,
    signs: [
      {
        in: 'message',
        text: 'spec.version: metrics-server <version> reads all ConfigMaps and Namespaces, so it is deployed only where the operator was started with LEGACY_RELEASES=true and the rights of config/rbac/legacy.yaml…',
      },
    ],
    causes: ['`spec.version` is a release before 0.6.'],
    steps: [
      'Choose a release of a line that the message names: they need no such right.',
      letChoose,
      'Or grant the rights (`kubectl apply -f config/rbac/legacy.yaml`) and start the operator with `LEGACY_RELEASES=true`; with the chart, both is `legacyReleases=true`.',
    ],
    mended: gone('Accepted'),
  },
  Deleting: {
    shows: nothingRegistered,
    signs: [
      {
        in: 'message',
        text: 'This MetricsServerConfig is being deleted, and the metrics API is withdrawn. Finalizers that hold it: <finalizers>.',
      },
    ],
    causes: ['Somebody has deleted the config, and a finalizer holds it. The operator itself sets none.'],
    steps: [
      'See what is to remove the finalizers that the message names, and that it runs: `kubectl get msc metrics-server -o yaml`.',
      'To have metrics again, apply the config anew when it is gone.',
    ],
    mended: '`kubectl get msc metrics-server` says NotFound.',
  },
  Superseded: {
    shows:
      'READY is False for this config. The metrics API is that of the other one: `kubectl top` and autoscalers depend on it.',
    signs: [
      {
        in: 'message',
        text: 'MetricsServerConfig <name> came first and owns the metrics API, of which a cluster has one; delete one of the two.',
      },
    ],
    causes: ['There are two MetricsServerConfigs. The oldest owns the metrics API; further ones wait.'],
    steps: [
      'See which there are: `kubectl get msc`.',
      'Delete the one that is not wanted: `kubectl delete msc NAME`. When the owner goes, the next takes over.',
    ],
    mended: gone('Accepted'),
  },
  ForeignObject: {
    shows:
      'READY is False, and nothing is touched. Where somebody else has installed metrics-server it serves on: `kubectl top` and autoscalers notice nothing.',
    signs: [{ in: 'message', text: '<object> exists and <whose it is>; nothing is touched. <way out>' }],
    causes: [
      "metrics-server was installed before, by upstream's manifests or its Helm chart.",
      'Another controller keeps it, such as that of k3s, RKE2, EKS or OpenShift, an addon-manager, Argo CD or Flux.',
      'A config that was deleted with `--cascade=orphan`, or another config, has left or has the object.',
    ],
    steps: [
      'Where the message names a controller that would put the object back: let that go first, as the message says.',
      `Where it offers that, have what is there taken over without a gap: ${patch({ adoption: 'IfExists' })}.`,
      'Or delete the object, or give the MetricsServerConfig another name. A Secret, ConfigMap, Certificate or Issuer is never taken over.',
      '[migrating-from-helm.md](migrating-from-helm.md) says what a takeover of a Helm release needs.',
    ],
    mended: gone('Accepted'),
  },
};
