import type { applied } from './applied.ts';
import { servesOn } from './impact.ts';
import { type Fault, gone, type Page, patch } from './page.ts';

const servingWaits = `Where a certificate was shown before, it is shown on: ${servesOn} READY is False all the same. On a first install nothing is served until there is one.`;
const verifiedAsBefore =
  'READY is False. Where there was a good bundle before, the kubelets are verified with it on, and metrics are served. On a first install no pod is started.';
const noNewPods = 'READY is False. Pods that run serve on, and none is started or replaced.';
const managed = `Or let the operator keep the certificate itself, which needs nothing else: ${patch({ tls: { serving: { mode: 'Managed', secretRef: null, caBundleRef: null } } })}.`;
const managedInstead = `Or let the operator keep the certificate itself: ${patch({ tls: { serving: { mode: 'Managed', issuerRef: null, caBundleRef: null } } })}.`;
const clusterCA = `Or, if the kubelets have certificates of the cluster's CA, trust that: ${patch({ tls: { kubelet: { mode: 'ClusterCA', caBundleRef: null } } })}.`;
const withoutClient = `Or, if the kubelets take the token of metrics-server, show them no certificate: ${patch({ tls: { kubelet: { clientCertificateSecretRef: null } } })}.`;

/** What others have made and the spec names. */
export const certificates: Record<Exclude<Fault<'Applied'>, keyof typeof applied>, Page> = {
  CertificateMissing: {
    shows: servingWaits,
    signs: [
      {
        in: 'message',
        text: '<Secret> (spec.tls.serving.secretRef) does not exist. Make it, for the name <host>: <command>',
      },
    ],
    causes: [
      'The Secret that `spec.tls.serving.secretRef` names was not made, or is in another namespace than `spec.namespace`.',
    ],
    steps: [
      'Make it with the command in the message, for the name of the Service, such as `metrics-server.kube-system.svc`. Its type has to be `kubernetes.io/tls`.',
      managed,
    ],
    mended: gone('Applied'),
  },
  CertificateInvalid: {
    shows: servingWaits,
    signs: [{ in: 'message', text: '… its certificate has expired on <time>…' }],
    causes: [
      'The certificate has expired, or is not valid yet.',
      'It is not for the name of the Service.',
      'Its key is not its own, or the Secret lacks `tls.crt` or `tls.key`.',
      'It does not lead to the CA in `ca.crt` of the Secret, or in `spec.tls.serving.caBundleRef`.',
    ],
    steps: [
      'Put a good certificate into the Secret that the message names: it says what is wrong with this one. It is followed without a restart.',
      managed,
    ],
    mended: gone('Applied'),
  },
  CertificatePending: {
    shows: servingWaits,
    signs: [{ in: 'message', text: '<Certificate> is not ready: <words of cert-manager>' }],
    causes: ['cert-manager was asked just now. That is no fault for the first minute.'],
    steps: ['Wait. After a minute the reason is CertificateNotReady.'],
    mended: gone('Applied'),
  },
  CertificateNotReady: {
    shows: servingWaits,
    signs: [{ in: 'message', text: '<Certificate> is not ready: <words of cert-manager>' }],
    causes: [
      'The issuer in `spec.tls.serving.issuerRef` does not exist, is not ready, or refuses the request.',
      'The controller of cert-manager does not run.',
    ],
    steps: [
      'Ask cert-manager: `kubectl describe certificate -n kube-system metrics-server-serving`.',
      'Mend the issuer, or name another one in `spec.tls.serving.issuerRef`.',
      managedInstead,
    ],
    mended: gone('Applied'),
  },
  CertManagerMissing: {
    shows: servingWaits,
    signs: [
      {
        in: 'message',
        text: 'The cluster has no <API>: install cert-manager, or choose another spec.tls.serving.mode; Managed needs nothing.',
      },
    ],
    causes: [
      '`spec.tls.serving.mode` is CertManager, and cert-manager is not installed, or has been removed.',
    ],
    steps: ['Install cert-manager, if the cluster is to have it.', managedInstead],
    mended: gone('Applied'),
  },
  KubeletCAMissing: {
    shows: verifiedAsBefore,
    signs: [{ in: 'message', text: '<object> does not exist. Make it: <command>' }],
    causes: [
      'The object that `spec.tls.kubelet.caBundleRef` names was not made, is in another namespace than `spec.namespace`, or has another key.',
    ],
    steps: [
      'Make it: `kubectl create configmap kubelet-ca -n kube-system --from-file=ca.crt=FILE`. Or name the key that it has, in `spec.tls.kubelet.caBundleRef.key`.',
      clusterCA,
    ],
    mended: gone('Applied'),
  },
  KubeletCAInvalid: {
    shows: verifiedAsBefore,
    signs: [{ in: 'message', text: '<object> holds only certificates that have expired' }],
    causes: [
      'The bundle is empty.',
      'It holds something that is no certificate in PEM, such as a key.',
      'All its certificates have expired.',
      'It is too large.',
    ],
    steps: [
      'Put the CAs of the kubelets, and nothing else, into the object that the message names. It is followed.',
      clusterCA,
    ],
    mended: gone('Applied'),
  },
  KubeletClientCertMissing: {
    shows: noNewPods,
    signs: [{ in: 'message', text: '<Secret> does not exist. Make it: <command>' }],
    causes: [
      'The Secret that `spec.tls.kubelet.clientCertificateSecretRef` names was not made, or is in another namespace than `spec.namespace`.',
    ],
    steps: [
      'Make it: `kubectl create secret tls NAME -n kube-system --cert=FILE --key=FILE`.',
      withoutClient,
    ],
    mended: gone('Applied'),
  },
  KubeletClientCertInvalid: {
    shows: noNewPods,
    signs: [{ in: 'message', text: '… its certificate is not for clients (extended key usage clientAuth)…' }],
    causes: [
      'The Secret is not of type `kubernetes.io/tls`.',
      'Its certificate has expired, or is not for clients.',
      'Its key is not that of its certificate.',
    ],
    steps: [
      'Put a good certificate there: `kubectl create secret tls NAME -n kube-system --cert=FILE --key=FILE --dry-run=client -o yaml | kubectl apply -f -`. A Secret of another type has to be deleted first.',
      withoutClient,
    ],
    mended: gone('Applied'),
  },
};
