import type { Flag, FlagType } from '../crds/catalogue/flags.ts';
import { flagNamed, whyNot } from '../crds/catalogue/known-flags.ts';
import type { CommandLine } from './command-line.ts';
import { fileOf, type MountedSource } from './mounted-sources.ts';
import { notCarriedOver, type Share, usable } from './piece.ts';
import { selectorOf } from './selector.ts';

/** What the command line asks for: typed fields where there are some, extraFlags where not. */
export function flagShare(line: CommandLine, sources: MountedSource[]): Share {
  const { flags, others, isScript } = line;
  if (isScript) return left('the command line', 'a shell makes it; write its flags into the spec');
  const shares = [...flags].map(([name, value]) => shareOf({ name, value, flags, sources }));
  return {
    pieces: shares.flatMap(({ pieces }) => pieces),
    remarks: [
      ...shares.flatMap(({ remarks }) => remarks),
      ...others.map((text) => notCarriedOver(text, 'metrics-server knows no such argument')),
    ],
  };
}

interface GivenFlag {
  name: string;
  value: string;
  /** All that are given. */
  flags: Map<string, string>;
  sources: MountedSource[];
}

function left(what: string, because: string): Share {
  return { pieces: [], remarks: [notCarriedOver(what, because)] };
}

function shareOf(given: GivenFlag): Share {
  const { name, value } = given;
  const from = `--${name}=${value}`;
  const flag = flagNamed(name);
  const meant = flag === undefined ? untouched(name, value) : meaningOf(flag, given);
  if ('because' in meant) return left(from, meant.because);
  const { with: other, ...rest } = meant;
  const piece = { path: flag?.field?.split('.') ?? ['extraFlags', name], ...rest, from };
  const others = other === undefined ? [] : [{ path: other[0], value: other[1], from }];
  return { pieces: piece.value === undefined ? [] : [...others, piece], remarks: [] };
}

/** The field's value, where undefined says that the field may be left out; or why it has none. */
type Meaning =
  | { value: unknown; path?: string[]; note?: string; with?: [string[], unknown] }
  | { because: string };

const clusterCa = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';
const needless: Meaning = { value: undefined };

function meaningOf(flag: Flag, given: GivenFlag): Meaning {
  const { value, flags } = given;
  switch (flag.name) {
    case 'audit-log-format':
      return flags.get('audit-log-path') === '-'
        ? needless
        : { because: 'it goes with --audit-log-path=- only' };
    case 'audit-log-path':
      if (value !== '-')
        return { because: 'the root of the container is read-only; audit.log: {} is standard output' };
      return { path: ['audit', 'log'], value: { format: flags.get('audit-log-format') } };
    case 'audit-policy-file':
    case 'client-ca-file':
    case 'requestheader-client-ca-file':
    case 'audit-webhook-config-file':
      return fileMeaning(flag, given);
    case 'cert-dir':
      return value === '/tmp' ? needless : { because: 'the self-signed certificate is written to /tmp' };
    case 'tls-cert-file':
      return needless; // see serving.ts
    case 'tls-private-key-file':
      return flags.has('tls-cert-file') ? needless : { because: 'there is no --tls-cert-file with it' };
    case 'kubelet-certificate-authority':
      return value === clusterCa ? needless : authorityMeaning(given);
    case 'kubelet-client-certificate':
      return clientMeaning(given);
    case 'kubelet-client-key':
      return flags.has('kubelet-client-certificate')
        ? needless
        : { because: 'there is no --kubelet-client-certificate with it' };
    case 'kubelet-insecure-tls':
      if (value !== 'true') return needless;
      return { value: 'Insecure', note: 'whoever can answer at a node address may forge metrics' };
    case 'kubelet-port':
      if (flags.get('deprecated-kubelet-completely-insecure') !== 'true') break;
      return { because: 'it is the port on which the kubelets speak plain text; with TLS they have 10250' };
    case 'node-selector':
      return selectorMeaning(value);
    case 'secure-port':
      if (Number(value) >= 1024) return { value: Number(value) };
      return {
        because: 'the container is no root and serves on 1024 or higher; the port of the Service stays',
      };
  }
  return flag.field === undefined ? untouched(flag.name, value) : { value: typed(flag.type, value) };
}

/** A flag that no field stands for, unless nobody may set it. */
function untouched(name: string, value: string): Meaning {
  const because = whyNot(name);
  return because === undefined ? { value } : { because };
}

function fileMeaning({ name, field }: Flag, { value, sources }: GivenFlag): Meaning {
  const source = fileOf(value, sources);
  const kind = name === 'audit-webhook-config-file' ? 'Secret' : 'ConfigMap';
  if (source?.kind !== kind)
    return { because: `spec.${field} takes a ${kind}, which this file does not come from` };
  return { value: { name: source.name, key: source.key }, ...(kind === 'Secret' && { note: usable }) };
}

const readable =
  'the operator must be allowed to read it: config/rbac/given.yaml (and a Secret in config/policy/deployments.yaml), or secretNames and configMapNames of its chart';

function authorityMeaning({ value: file, sources, flags }: GivenFlag): Meaning {
  if (flags.get('kubelet-insecure-tls') === 'true')
    return { because: 'with --kubelet-insecure-tls it has no effect' };
  const source = fileOf(file, sources);
  if (source === undefined) {
    const because =
      'spec.tls.kubelet.caBundleRef takes a ConfigMap or Secret, which this file does not come from';
    return { because };
  }
  const value = {
    ...(source.kind === 'Secret' && { kind: source.kind }),
    name: source.name,
    key: source.key,
  };
  return { value, note: readable, with: [['tls', 'kubelet', 'mode'], 'CustomCA'] };
}

function clientMeaning({ value: file, sources, flags }: GivenFlag): Meaning {
  const [certificate, key] = [file, flags.get('kubelet-client-key') ?? ''].map((one) => fileOf(one, sources));
  const isPair = certificate?.key === 'tls.crt' && key?.key === 'tls.key';
  return isPair && certificate.kind === 'Secret' && certificate.name === key.name
    ? { value: { name: certificate.name }, note: readable }
    : {
        because:
          'spec.tls.kubelet.clientCertificateSecretRef takes a Secret with tls.crt and tls.key, which the two files do not come from',
      };
}

function selectorMeaning(text: string): Meaning {
  if (text === '') return needless;
  const value = selectorOf(text);
  return value === undefined
    ? { because: 'nodes.selector knows In, NotIn, Exists and DoesNotExist only' }
    : { value };
}

/** What Go makes of the text; what is none is kept, and the schema says what is wrong with it. */
function typed(type: FlagType, text: string): unknown {
  if (type === 'stringSlice') return text.split(',').map((item) => item.trim());
  if (type === 'int') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (type !== 'bool') return text;
  if (/^(1|t|true)$/i.test(text)) return true;
  return /^(0|f|false)$/i.test(text) ? false : text;
}
