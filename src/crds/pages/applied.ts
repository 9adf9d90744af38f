import { nothingChanges, nothingRegistered, notWritten, servesOn } from './impact.ts';
import { type Fault, gone, type Page, patch, returns } from './page.ts';

type Topic =
  | 'CertificateMissing'
  | 'CertificateInvalid'
  | 'CertificatePending'
  | 'CertificateNotReady'
  | 'CertManagerMissing'
  | 'KubeletCAMissing'
  | 'KubeletCAInvalid'
  | 'KubeletClientCertMissing'
  | 'KubeletClientCertInvalid';

const retry = '`kubectl annotate msc metrics-server metrics-server.io/retry="$(date +%s)" --overwrite`';

/** All but what is about certificates. */
export const applied: Record<Exclude<Fault<'Applied'>, Topic>, Page> = {
  RolledBack: {
    shows:
      'READY is False with this reason, though metrics are served by the pods from before the change: `kubectl top` and autoscalers notice nothing.',
    signs: [
      {
        in: 'message',
        text: 'The last change was rolled back to ReplicaSet <name>, which served before it. <cause>…',
      },
    ],
    causes: [
      'The new pods did not become ready. The message has the cause, in the words of Available.',
      'The new pods scraped fewer nodes than the old ones.',
    ],
    steps: [
      'Mend the cause that the message names; its words have a section of their own where they name a reason.',
      'Change the spec (`kubectl edit msc metrics-server`), or the certificates that it names for the kubelets: that is tried as a new change.',
      `Or, where the cause was elsewhere and is mended, have the same change tried again: ${retry}.`,
      'Where a failed change should stay for a look at its pods: ' +
        `${patch({ upgrade: { onFailure: 'Report' } })}.`,
    ],
    mended: returns('Ready'),
  },
  RolloutFailed: {
    shows:
      'READY is False with this reason. The pods from before the change serve, where they are still ready.',
    signs: [{ in: 'message', text: 'The last change does not come up, and <what stays>. <cause>' }],
    causes: [
      'A change leads to pods that do not become ready, or that scrape fewer nodes, and `spec.upgrade.onFailure` is Report.',
    ],
    steps: [
      'Look at the new pods: `kubectl get pods -n kube-system -l k8s-app=metrics-server`. The message has the cause.',
      'Mend it, or take the change back (`kubectl edit msc metrics-server`).',
      `Or have the operator take back what fails: ${patch({ upgrade: { onFailure: 'Rollback' } })}.`,
    ],
    mended: gone('Applied'),
  },
  Adopting: {
    shows: `READY is False until it is over. ${servesOn}`,
    signs: [
      { in: 'message', text: '<what is there>: it stays as it is until the new pods are ready beside it.' },
    ],
    causes: [
      '`spec.adoption` is IfExists, and a metrics-server that was there before is being taken over. That is no fault.',
    ],
    steps: [
      'Wait. Where it does not go on, Available says what keeps the new pods; the old ones serve until then.',
    ],
    mended: returns('Ready'),
  },
  NotAccepted: {
    shows: nothingChanges,
    signs: [{ in: 'message', text: 'Nothing is applied, because the spec is not accepted.' }],
    causes: ['The spec is refused. Accepted says why.'],
    steps: ['See to the reason of Accepted.'],
    mended: gone('Applied'),
  },
  Forbidden: {
    shows:
      'In Applied: READY is False. What may not be written stays as it is, metrics included; on a first install nothing is made. In Serving: metrics may well be served, but the operator cannot tell.',
    signs: [
      {
        in: 'message',
        text: 'The operator may not write <object>: <words of the API server>. Grant it as in config/rbac.',
      },
    ],
    causes: [
      "The operator's rights are bound to the names of a config called metrics-server in kube-system; this one has another name or namespace.",
      'The spec names a Secret or ConfigMap, or cert-manager, and the rights for it are not granted.',
      'The rights are of another release of the operator.',
    ],
    steps: [
      'Apply the rights of this release: `kubectl apply --server-side -k config/default`, or `helm upgrade`.',
      'For a config of another name, or in another namespace, put the names into the files of `config/rbac` first; with the chart, into `configNames` and `namespaces`.',
      'For certificates that others have made: put your names into `config/rbac/given.yaml` and apply it. For `spec.tls.serving.mode` CertManager: `config/rbac/cert-manager.yaml`. Where the message has the commands, they grant the same. With the chart: `secretNames`, `configMapNames`, `certManager=true`.',
      "For a release of the Helm chart of another name: `config/rbac/adopt.yaml`; with the operator's chart `adoptNames`.",
    ],
    mended: gone('Applied'),
  },
  NamespaceMissing: {
    shows: nothingRegistered,
    signs: [
      {
        in: 'message',
        text: 'Namespace <namespace> does not exist. Create it: kubectl create namespace <namespace>; or delete this MetricsServerConfig and create it again with another spec.namespace.',
      },
    ],
    causes: ['`spec.namespace` names a namespace that was never made, or that is gone.'],
    steps: [
      'Create it: `kubectl create namespace NAME`. The operator goes on by itself.',
      'Or delete the MetricsServerConfig and create it again with another `spec.namespace`, which cannot be changed.',
    ],
    mended: gone('Applied'),
  },
  NamespaceTerminating: {
    shows: nothingRegistered,
    signs: [
      {
        in: 'message',
        text: 'Namespace <namespace> is being deleted. The metrics API is withdrawn, so that it does not block that; create the namespace again, or delete this MetricsServerConfig.',
      },
    ],
    causes: ['Somebody has deleted the namespace of the pods.'],
    steps: [
      'See whether it goes, and what holds it: `kubectl describe namespace NAME`.',
      'Create it again when it is gone (`kubectl create namespace NAME`), or delete the MetricsServerConfig.',
    ],
    mended: gone('Applied'),
  },
  DriftContested: {
    shows: `READY is False. The field that is fought for is set right once a minute; whether metrics are served depends on the field.`,
    signs: [
      {
        in: 'message',
        text: '<object>: <writer> keeps <what it does> <n> times in ten minutes and now is once a minute. Stop it there, or set spec.mode to Paused.',
      },
    ],
    causes: [
      'Two controllers own one object: a GitOps tool, an addon-manager, a webhook, or a person with a script.',
      'What was taken over is installed again by whoever had installed it.',
    ],
    steps: [
      'Stop it at the writer that the message names. `kubectl get deployment -n kube-system metrics-server -o yaml --show-managed-fields` says who wrote which field.',
      'Where what it wants is right, say the same in the spec: `kubectl explain msc.spec`.',
      `Or let the operator keep its hands off for a while: ${patch({ mode: 'Paused' })}.`,
    ],
    mended: 'Two minutes after the last correction the condition Applied is True again.',
  },
  Overtaken: {
    shows:
      'READY is False. The object stays as the other one writes it; whether metrics are served depends on what that is.',
    signs: [
      {
        in: 'message',
        text: '<object> is written by <writer> so often that every correction comes too late; find out what writes it, and stop it.',
      },
    ],
    causes: ['Something writes the object in a loop.'],
    steps: ['Find out what writes it, by the name in the message, and stop it.'],
    mended: gone('Applied'),
  },
  WaitingForCleanup: {
    shows: nothingRegistered,
    signs: [
      {
        in: 'message',
        text: '<object> still belongs to a deleted MetricsServerConfig (<name>); garbage collection removes it, then it is made anew.',
      },
    ],
    causes: [
      'A config was deleted and one of the same name was made at once. That is no fault while it is over soon.',
    ],
    steps: [
      'Wait for the garbage collection of Kubernetes.',
      'Where the object stays, see what holds it: `kubectl get KIND NAME -o yaml`, under `metadata.finalizers`.',
    ],
    mended: gone('Applied'),
  },
  ApplyFailed: {
    shows: notWritten,
    signs: [{ in: 'message', text: '<object>: <words of the API server>' }],
    causes: [
      'A policy or a quota of the cluster refuses the object.',
      "The spec names a Secret that the operator's own policy does not let pods use (`image.pullSecrets`, `tls.kubelet.clientCertificateSecretRef`, `audit.webhook.configSecretRef`).",
      'The API server finds a value wrong, mostly one of `spec.pod`, `spec.scheduling` or `spec.service`.',
    ],
    steps: [
      "Read the API server's words in the message: they name the field or the policy.",
      'Where the policy is metrics-server-operator-deployments and it names a Secret: add the name to `secretNames` of the chart (`helm upgrade --reuse-values --set secretNames={NAME}` replaces the list: name all). Without the chart: to the variable secretNames in `config/policy/deployments.yaml`, and apply it.',
      'Correct the field (`kubectl edit msc metrics-server`), or have the policy allow the object.',
    ],
    mended: gone('Applied'),
  },
  ServerError: {
    shows: 'READY is False. What was deployed goes on as it was; the other objects are kept right.',
    signs: [
      {
        in: 'message',
        text: '<object> could not be written: <words of the API server>. It is tried again; if a webhook is the cause, see that its server is up.',
      },
    ],
    causes: [
      'A webhook that the API server asks does not answer.',
      'The API server is overloaded, or has a fault of its own.',
    ],
    steps: [
      'Where the message names a webhook, see that its server is up (`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations`).',
      'Else wait: it is tried again and again. After five minutes Stalled is True.',
    ],
    mended: gone('Applied'),
  },
};
