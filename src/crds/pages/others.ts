import type { problemWords } from '../findings.ts';
import type { available } from './available.ts';
import { servesOn } from './impact.ts';
import { type Fault, gone, type Page, patch, returns } from './page.ts';

const insecureNow = `READY may be True, and SECURE is False. ${servesOn}`;
const mended = `SECURE in \`kubectl get msc\` is True. ${gone('Secure')}`;
const verify = patch({ tls: { kubelet: { mode: 'ClusterCA', acceptInsecureUntil: null } } });
const bootstrap =
  "Else give the kubelets certificates of the cluster's CA first: `serverTLSBootstrap: true` in the configuration of each, restart it, approve its request (`kubectl get csr`; `kubectl certificate approve NAME`).";
const customCA = `Or name the CA that they have: \`kubectl create configmap kubelet-ca -n kube-system --from-file=ca.crt=FILE\`; ${patch({ tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelet-ca' }, acceptInsecureUntil: null } } })}.`;
const ofKubelets = [
  `Where the message says that the kubelets would be verified with it, choose ClusterCA: ${verify}.`,
  bootstrap,
  customCA,
];

export const secure: Record<Exclude<Fault<'Secure'>, 'NotMeasured'>, Page> = {
  CertificateExpiring: {
    shows: `SECURE is still True. ${servesOn} When the certificate has expired, nobody gets metrics.`,
    signs: [{ in: 'message', text: 'The certificate in <Secret> expires on <day>: replace it before.' }],
    causes: [
      'A certificate that others have made, in `spec.tls.serving.secretRef` or by cert-manager, was not renewed.',
    ],
    steps: [
      'Put a new one into the Secret that the message names: it is followed, without a gap.',
      'With cert-manager: `kubectl describe certificate -n kube-system metrics-server-serving` says why it does not renew it.',
      `Or let the operator keep and renew it: ${patch({ tls: { serving: { mode: 'Managed', secretRef: null, issuerRef: null, caBundleRef: null } } })}.`,
    ],
    mended: gone('Secure'),
  },
  KubeletNotVerified: {
    shows: insecureNow,
    signs: [
      {
        in: 'message',
        text: 'The certificates of the kubelets are not verified (<how that was chosen>): <what may come of it>.…',
      },
    ],
    causes: ['`spec.tls.kubelet.mode` is Insecure.'],
    steps: ofKubelets,
    mended,
  },
  InsecureExpired: {
    shows: `${insecureNow} There was a Warning Event when the time was over.`,
    signs: [{ in: 'message', text: '… That was accepted until <time> only.…' }],
    causes: ['`spec.tls.kubelet.mode` is Insecure, and `spec.tls.kubelet.acceptInsecureUntil` is over.'],
    steps: [
      ...ofKubelets,
      `Or set a later date, such as ${patch({ tls: { kubelet: { mode: 'Insecure', acceptInsecureUntil: '2030-01-31' } } })}.`,
    ],
    mended,
  },
  StricterPodNotReady: {
    shows: insecureNow,
    signs: [
      {
        in: 'message',
        text: 'The spec has the certificates of the kubelets verified, but a pod that does not do so still serves, until one that does is ready: <what may come of it>. Available says what keeps the new pod; it is never rolled back.',
      },
    ],
    causes: [
      'The spec was made stricter about TLS, and the pods that are as strict are not ready yet, or cannot scrape.',
    ],
    steps: [
      'See to Available, which says what keeps the new pods; the sections about the certificates of kubelets have what mends it.',
    ],
    mended,
  },
  ServingNotVerified: {
    shows: insecureNow,
    signs: [{ in: 'message', text: 'The API server does not verify the certificate of metrics-server…' }],
    causes: [
      '`spec.tls.serving.mode` is SelfSigned.',
      'It was changed, and not every pod shows the certificate that is verified yet: then it is over in a moment.',
    ],
    steps: [
      `Let the operator keep the certificate: ${patch({ tls: { serving: { mode: 'Managed' } } })}.`,
      'Where it is another mode already, Applied and Available say what keeps the pods.',
    ],
    mended,
  },
  ImageNotPinned: {
    shows: insecureNow,
    signs: [
      {
        in: 'message',
        text: 'The image comes from a mirror by its tag; spec.image.digest would prove what it is.',
      },
    ],
    causes: [
      '`spec.image.mirrors` is used without `spec.image.digest`: a mirror may hold anything under a tag.',
    ],
    steps: [
      `Name the digest of the release: ${patch({ image: { digest: `sha256:${'0'.repeat(64)}` } })}, with that of the image in place of the zeros.`,
    ],
    mended,
  },
};

export const ready: Record<Exclude<Fault<'Ready'>, keyof typeof available>, Page> = {
  PartlyScraped: {
    shows:
      'READY is True with this reason. `kubectl top` and autoscalers have figures of most nodes: NODES in `kubectl get msc` says of how many.',
    signs: [],
    causes: [
      'Some nodes are not scraped, and as many as `spec.health.minNodesScraped` asks for are. Scraping has the cause.',
    ],
    steps: [
      'See to the reason of Scraping, and to `status.problems`: `kubectl describe msc metrics-server`.',
      `Where that should make READY False, ask for all nodes: ${patch({ health: { minNodesScraped: '100%' } })}.`,
    ],
    mended: returns('Scraping'),
  },
};

/** That a node is not ready is told in Available. */
export const problems: Record<Exclude<keyof typeof problemWords, keyof typeof available>, Page> = {
  AutoscalersStarving: {
    shows:
      'The condition ScalingActive of the autoscaler is False with the reason FailedGetResourceMetric (`kubectl describe hpa -A`). The number of pods stays as it is.',
    signs: [{ in: 'message', text: '<names> cannot scale for lack of metrics.' }],
    causes: [
      'The metrics API does not answer.',
      'It has no figures of the pods, such as of a node that is not scraped.',
    ],
    steps: [
      'See to the other problems: autoscalers go on by themselves when these are mended.',
      'An autoscaler that says `missing request for cpu in container NAME of Pod NAME` lacks a request in its own pods; metrics-server has no part in that.',
    ],
    mended: '`kubectl describe hpa -A` shows ScalingActive True.',
  },
};
