import type { V1Pod } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { endMs } from '../crds/point-in-time.ts';
import { choiceOfClusterCA, choiceOfNamedCA, nodesForClusterCA } from './cluster-ca.ts';
import type { Facts } from './facts.ts';
import { isReady, ourStatus } from './pods.ts';
import { change, field } from './remedy-words.ts';

type Weakness = Pick<Finding<'Secure'>, 'reason' | 'message'>;

/** Is everything verified, on both sides? Read from the pods that serve, whatever the spec wishes; Ready does not depend on it. */
export function diagnoseSecure(facts: Facts): Finding<'Secure'> {
  const serving = facts.pods.filter(isReady);
  if (serving.length === 0) {
    return { status: 'Unknown', reason: 'NotMeasured', message: 'No pod is ready.' };
  }
  const args = serving.flatMap(({ spec }) => spec?.containers[0]?.args ?? []);
  const weaknesses = [
    ...kubelets(
      args.some((arg) => insecure.test(arg)),
      facts,
    ),
    ...looserThan(facts.spec, serving),
    ...servingSide(facts),
    ...mirrored(serving, facts),
  ];
  const [first] = weaknesses;
  if (first === undefined) return { status: 'True', reason: 'Verified', message: 'Everything is verified.' };
  return {
    status: 'False',
    reason: first.reason,
    message: weaknesses.map(({ message }) => message).join(' '),
  };
}

/** The same, with the news that a certificate soon expires. */
export function withExpiry(finding: Finding<'Secure'>, expiring: string | undefined): Finding<'Secure'> {
  if (expiring === undefined) return finding;
  const message = `${finding.message} ${expiring}`;
  return finding.status === 'True'
    ? { ...finding, reason: 'CertificateExpiring', message }
    : { ...finding, message };
}

const insecure =
  /^--(kubelet-insecure-tls|deprecated-kubelet-completely-insecure)(=(1|t|T|true|TRUE|True))?$/; // as Go reads it

const danger =
  'nothing proves that it is the kubelet who answers, so whoever can take the address of a node can forge its metrics and gets the token of metrics-server';
/** A few kubelets are asked in this mode, too: where they have good certificates already, nothing but the mode is left to change. */
function cure(facts: Facts): string {
  const { length: count } = nodesForClusterCA(facts);
  const choice = choiceOfClusterCA(facts);
  if (count === 0)
    return `Give the kubelets certificates of the cluster's CA, then ${facts.speaks === 'flags' ? 'start it with ' : 'choose ClusterCA: '}${choice}; or name the CA that they have: ${choiceOfNamedCA(facts)}.`;
  return `With ClusterCA the ${count === 1 ? 'checked node' : `${count} checked nodes`} would be verified: ${choice}.`;
}

function kubelets(isInsecure: boolean, facts: Facts): Weakness[] {
  const { spec, now } = facts;
  if (!isInsecure) return [];
  if (spec.kubeletTls !== 'Insecure') return [facts.speaks === 'flags' ? looserPod : stricterToCome];
  const until = spec.tls?.kubelet?.acceptInsecureUntil;
  const what = `The certificates of the kubelets are not verified (${says(facts, 'tls.kubelet.mode', 'Insecure')}): ${danger}.`;
  if (until === undefined) return [{ reason: 'KubeletNotVerified', message: `${what} ${cure(facts)}` }];
  return endMs(until) <= now.getTime()
    ? [
        {
          reason: 'InsecureExpired',
          message: `${what} That was accepted until ${until} only. ${cure(facts)}`,
        },
      ]
    : [{ reason: 'KubeletNotVerified', message: `${what} That is accepted until ${until}. ${cure(facts)}` }];
}

/** How it is said of a choice that it was made. */
function says(facts: Facts, path: 'tls.kubelet.mode' | 'tls.serving.mode', value: string): string {
  if (facts.speaks !== 'flags') return `${field(facts, path)} is ${value}`;
  return path === 'tls.kubelet.mode'
    ? field(facts, path)
    : 'insecureSkipTLSVerify in APIService v1beta1.metrics.k8s.io';
}

const looserPod: Weakness = {
  reason: 'StricterPodNotReady',
  message: `A pod with --kubelet-insecure-tls serves, though the Deployment has that flag no more, until one without it is ready: ${danger}.`,
};

const stricterToCome: Weakness = {
  reason: 'StricterPodNotReady',
  message: `The spec has the certificates of the kubelets verified, but a pod that does not do so still serves, until one that does is ready: ${danger}. Available says what keeps the new pod; it is never rolled back.`,
};

/** TLS that the spec asks for and a pod that serves does not: such a change is never rolled back. */
function looserThan({ tls }: Facts['spec'], serving: V1Pod[]): Weakness[] {
  const { minVersion, cipherSuites } = tls?.serving ?? {};
  const wanted = [
    ...(minVersion === undefined ? [] : [`--tls-min-version=${minVersion}`]),
    ...(cipherSuites === undefined ? [] : [`--tls-cipher-suites=${cipherSuites.join(',')}`]),
  ];
  const args = serving.map(({ spec }) => spec?.containers[0]?.args ?? []);
  const lacking = wanted.filter((flag) => !args.every((given) => given.includes(flag)));
  if (lacking.length === 0) return [];
  return [
    {
      reason: 'StricterPodNotReady',
      message: `A pod without ${lacking.join(' and ')} still serves, until one with it is ready. Available says what keeps the new pod; it is never rolled back.`,
    },
  ];
}

function servingSide(facts: Facts): Weakness[] {
  const { spec, acceptsAnyone } = facts;
  switch (spec.servingTls) {
    case 'Managed':
    case 'Secret':
    case 'CertManager':
      return acceptsAnyone ? [notYetVerified] : [];
    case 'SelfSigned':
      return [
        {
          reason: 'ServingNotVerified',
          message: `The API server does not verify the certificate of metrics-server${facts.speaks === 'flags' ? '' : ', which signs it itself'} (${says(facts, 'tls.serving.mode', 'SelfSigned')}): ${change(facts, { tls: { serving: { mode: 'Managed' } } })}.`,
        },
      ];
  }
}

const notYetVerified: Weakness = {
  reason: 'ServingNotVerified',
  message:
    'The API server does not verify the certificate of metrics-server yet: it will as soon as every pod shows the one that spec.tls.serving asks for. Applied and Available say what keeps them.',
};

/** A mirror may hold anything under a tag. */
function mirrored(serving: V1Pod[], facts: Facts): Weakness[] {
  const { digest, mirrors = [] } = facts.spec.image;
  const isMirrored = ({ spec }: V1Pod) =>
    mirrors.some((mirror) => spec?.containers[0]?.image?.startsWith(`${mirror}:`));
  const pod = serving.find(isMirrored);
  if (digest !== undefined || pod === undefined) return [];
  const [, runs] = /@(sha256:[a-f0-9]{64})$/.exec(ourStatus(pod)?.imageID ?? '') ?? [];
  const pin =
    runs === undefined ? '' : ` If what runs is upstream's: ${change(facts, { image: { digest: runs } })}.`;
  return [
    {
      reason: 'ImageNotPinned',
      message: `The image comes from a mirror by its tag; spec.image.digest would prove what it is.${pin}`,
    },
  ];
}
