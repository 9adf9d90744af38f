import type { V1ContainerStateTerminated, V1ContainerStatus } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import type { StartReason } from '../crds/start-words.ts';
import { endsOf, lastEnd } from './ends.ts';
import type { Facts } from './facts.ts';
import { longEnough, longerThanTimeout, twiceTheResolution } from './longer.ts';
import { moreOf } from './more-resources.ts';
import { defaultPort, otherPort } from './ports.ts';
import { change, edit, field, kept } from './remedy-words.ts';

interface Signature {
  reason: StartReason;
  /** In the words of metrics-server; the first that fits counts. */
  says: RegExp;
  /** What a person does about it. */
  mend(facts: Facts): string;
}

const hanging: Signature = {
  reason: 'LivezTimeout',
  says: /metric collection didn't finish on time|probe="metric-collection-timely"/,
  mend: (facts) => {
    const longer = twiceTheResolution(facts);
    return `The kubelet has ended it, as it does where /livez does not answer in time. Give it more CPU: ${moreOf('cpu', facts)}${longer === undefined ? '' : `; or a longer resolution: ${longer}`}.`;
  },
};

const signatures: Signature[] = [
  {
    reason: 'InvalidResolution',
    says: /metric-resolution should be a time duration at least/,
    mend: (facts) => `Set ${field(facts, 'resolution')} to 15s or more: ${longEnough(facts)}.`,
  },
  {
    reason: 'ResolutionVsTimeout',
    says: /metric-resolution should be larger than kubelet-request-timeout/,
    mend: longerThanTimeout,
  },
  {
    reason: 'FlagConflict',
    says: /unknown (shorthand )?flag|invalid argument .* for .*flag|cannot use both --|need both --/,
    mend: (facts) =>
      `See ${field(facts, 'extraFlags')}, and ${field(facts, 'version')}: it has to know them (${edit(facts)}).`,
  },
  {
    reason: 'AuthConfigForbidden',
    says: /extension-apiserver-authentication.*is forbidden/,
    mend: (facts) =>
      facts.speaks === 'flags'
        ? 'RoleBinding kube-system/metrics-server-auth-reader of its manifests, to Role extension-apiserver-authentication-reader, grants it to its account: apply it again.'
        : `RoleBinding kube-system/${facts.name}-auth-reader grants it to its account: ${kept(facts)}.`,
  },
  {
    reason: 'ApiserverUnreachable',
    says: /(unable to load configmap|dial tcp|Get "https).*(i\/o timeout|connection refused|no route to host|network is unreachable)/,
    mend: () =>
      'The pod does not reach the API server at the address of the Service kubernetes: see to kube-proxy, the network plugin and network policies.',
  },
  {
    reason: 'PortInUse',
    says: /bind: address already in use/,
    mend: (facts) =>
      `Choose another port: ${change(facts, { servingPort: otherPort(facts.spec.servingPort) })}.`,
  },
  {
    reason: 'PortPermission',
    says: /bind: permission denied/,
    mend: (facts) => {
      const servingPort = facts.spec.scheduling?.hostNetwork ? otherPort(defaultPort) : defaultPort;
      return `Choose a port from 1024 on: ${change(facts, { servingPort })}.`;
    },
  },
  {
    reason: 'CertFileMissing',
    says: /open \S+\.(crt|key|pem): no such file or directory|failed to load \S* ?(key pair|certificate)/,
    mend: ({ name, spec, speaks }) =>
      speaks === 'flags'
        ? 'What --tls-cert-file and --tls-private-key-file name has to be mounted, and readable to its user.'
        : `The Secret ${spec.namespace}/${name}-serving-cert has to hold tls.crt and tls.key; Applied says why it does not.`,
  },
  hanging,
];

/** Why the container ends again and again, by its last words. */
export function whyItEnds(container: V1ContainerStatus, facts: Facts): Finding<'Available'> {
  const ended = lastEnd(container);
  const what = `The container ${howItEnded(container)}`;
  if (ended?.reason === 'OOMKilled') return outOfMemory(what, facts);
  const known =
    signatures.find(({ says }) => says.test(textOf(ended))) ?? (isKilled(ended) ? hanging : undefined);
  if (known === undefined) return { status: 'False', reason: 'CrashLoop', message: what };
  return { status: 'False', reason: known.reason, message: `${sentence(what)} ${known.mend(facts)}` };
}

/** How often, and what it said last; without any remedy. */
export function howItEnded(container: V1ContainerStatus): string {
  const ended = lastEnd(container);
  const ends = endsOf(container);
  const often = ends === 1 ? 'once' : `${ends} times`;
  return `ended ${often}, last with exit code ${ended?.exitCode}: ${lastWords(textOf(ended))}`;
}

function textOf(ended: V1ContainerStateTerminated | undefined): string {
  return ended?.message ?? ended?.reason ?? 'no message';
}

// By SIGTERM and by SIGKILL: by itself it ends with another code.
const killed = [0, 137, 143];

function isKilled(ended: V1ContainerStateTerminated | undefined): boolean {
  return ended !== undefined && killed.includes(ended.exitCode);
}

function outOfMemory(what: string, facts: Facts): Finding<'Available'> {
  const more = moreOf('memory', facts);
  const mend =
    facts.speaks !== 'flags' && facts.spec.resources.mode === 'Auto'
      ? `The operator raises its memory; where that does not end it: ${more}.`
      : `Give it more memory: ${more}.`;
  return { status: 'False', reason: 'OOMKilled', message: `${sentence(what)} ${mend}` };
}

function sentence(words: string): string {
  return words.replace(/[.\s]*$/, '.');
}

/** A program that does not understand its flags prints pages of help around the one line that says why. */
function lastWords(text: string): string {
  const lines = text.trim().split('\n');
  const cause = lines.findLast((line) => /^(panic: |Error: |error: |F[0-9]{4} )/i.test(line));
  return (cause ?? lines.slice(-3).join(' ')).slice(-300);
}
