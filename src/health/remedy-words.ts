import { catalogue } from '../crds/catalogue/flags.ts';
import { type NodeSelector, selectorText } from '../crds/node-selector.ts';
import type { Facts } from './facts.ts';

/** As much of a spec as remedies change; null takes a field away. */
export interface Change {
  mode?: 'Manage';
  resolution?: string;
  addressPriority?: string[];
  kubelet?: { useNodeStatusPort?: boolean; port?: null; requestTimeout?: null };
  nodes?: { selector: NodeSelector | null };
  image?: { mirrors?: string[]; tag?: null; digest?: string | null };
  availability?: { replicas: number };
  resources?: { mode: 'Fixed'; requests: Amounts; limits?: Amounts; limitMemory?: null };
  logging?: { verbosity: number };
  scheduling?: { hostNetwork: boolean };
  servingPort?: number;
  tls?: {
    kubelet?: {
      mode: 'ClusterCA' | 'CustomCA' | 'Insecure';
      caBundleRef?: { name: string } | null;
      acceptInsecureUntil?: null;
    };
    serving?: { mode: 'Managed' };
  };
}

/** Quantities, by resource. */
export type Amounts = Record<string, string>;

type Spoken = Pick<Facts, 'name' | 'speaks'>;

/** How what runs is changed: by the command that patches its config, or, where it has none, in flags of metrics-server. */
export function change({ name, speaks }: Spoken, spec: Change): string {
  if (speaks === 'flags') return inFlags(spec).join(', ');
  return `kubectl patch msc ${name} --type=merge -p '${JSON.stringify({ spec })}'`;
}

function inFlags(spec: Change): string[] {
  const { resolution, addressPriority, kubelet, nodes, logging, scheduling, servingPort, tls } = spec;
  return [
    ...(resolution === undefined ? [] : [`--metric-resolution=${resolution}`]),
    ...(addressPriority === undefined
      ? []
      : [`--kubelet-preferred-address-types=${addressPriority.join(',')}`]),
    ...(kubelet?.useNodeStatusPort ? ['--kubelet-use-node-status-port instead of --kubelet-port'] : []),
    ...(kubelet?.requestTimeout === null ? ['no --kubelet-request-timeout'] : []),
    ...(nodes === undefined ? [] : [nodeSelectorFlag(nodes.selector)]),
    ...(logging === undefined ? [] : [`--v=${logging.verbosity}`]),
    ...inPods(spec),
    ...(scheduling?.hostNetwork === true ? ['hostNetwork: true in the pods of the Deployment'] : []),
    ...(servingPort === undefined
      ? []
      : [`--secure-port=${servingPort}, with the same containerPort in the Deployment`]),
    ...(tls?.kubelet === undefined ? [] : kubeletTlsFlags(tls.kubelet)),
    ...(tls?.serving === undefined ? [] : [servingFlags]),
  ];
}

const servingFlags =
  '--tls-cert-file and --tls-private-key-file, with the caBundle of their CA in the APIService instead of insecureSkipTLSVerify';

function nodeSelectorFlag(selector: NodeSelector | null): string {
  return selector === null ? 'no --node-selector' : `--node-selector='${selectorText(selector)}'`;
}

/** What is no flag, but stands in the Deployment. */
function inPods({ image, availability, resources }: Change): string[] {
  const [repository] = image?.mirrors ?? [];
  return [
    ...(repository === undefined ? [] : [`image: ${repository}:TAG in the Deployment`]),
    ...(availability === undefined ? [] : [`replicas: ${availability.replicas} in the Deployment`]),
    ...(resources === undefined
      ? []
      : [`requests of ${amountsText(resources.requests)}${limitsText(resources)} for its container`]),
  ];
}

function limitsText({ limits }: NonNullable<Change['resources']>): string {
  return limits === undefined ? '' : ` and limits of ${amountsText(limits)}`;
}

function amountsText(amounts: Amounts): string {
  return Object.entries(amounts)
    .map(([resource, amount]) => `${resource}=${amount}`)
    .join(',');
}

function kubeletTlsFlags({
  mode,
  caBundleRef,
}: NonNullable<NonNullable<Change['tls']>['kubelet']>): string[] {
  switch (mode) {
    case 'ClusterCA':
      return ['no --kubelet-insecure-tls and no --kubelet-certificate-authority'];
    case 'CustomCA':
      return [`--kubelet-certificate-authority=FILE, mounted from ConfigMap ${caBundleRef?.name}`];
    case 'Insecure':
      return ['--kubelet-insecure-tls'];
  }
}

/** What the operator sets right by itself, and why it does not. */
export function kept(spoken: Spoken & Pick<Facts, 'spec'>): string {
  return isPaused(spoken)
    ? `the operator would set it right, but spec.mode is ${spoken.spec.mode}: ${change(spoken, { mode: 'Manage' })}`
    : 'the operator keeps it right, so Accepted and Applied say what is in the way';
}

/** Whether nobody sets anything right, nor carries out what is changed in the spec. */
export function isPaused({ spec, speaks }: Pick<Facts, 'spec' | 'speaks'>): boolean {
  return spec.mode !== 'Manage' && speaks !== 'flags';
}

/** What a field of the spec is called; for whom no config stands, by its flag, or where it is in the Deployment. */
export function field({ speaks }: Pick<Facts, 'speaks'>, path: string): string {
  if (speaks !== 'flags') return `spec.${path}`;
  const flag = catalogue.find((one) => one.field === path);
  return flag === undefined ? (inDeployment[path] ?? path) : `--${flag.name}`;
}

const inDeployment: Record<string, string> = {
  'availability.replicas': 'replicas of the Deployment',
  extraFlags: 'the arguments of its container',
  image: 'the image of the Deployment',
  'image.mirrors': 'the image of the Deployment',
  'image.pullSecrets': 'imagePullSecrets of its pods',
  resources: 'the resources of its container',
  version: 'the release that it runs',
};

/** The command that opens in an editor what says how metrics-server runs. */
export function edit({ name, speaks, deployment }: Spoken & Pick<Facts, 'deployment'>): string {
  if (speaks !== 'flags') return `kubectl edit msc ${name}`;
  if (deployment === undefined) return 'in its Deployment';
  return `kubectl edit deployment -n ${deployment.metadata?.namespace} ${deployment.metadata?.name}`;
}

/** The command that shows its log; undefined where nobody sees whose it would be. */
export function logCommand({
  name,
  speaks,
  spec,
  deployment,
  log,
}: Spoken & Pick<Facts, 'spec' | 'deployment' | 'log'>): string | undefined {
  if (deployment === undefined && speaks === 'flags') return undefined;
  const place = deployment?.metadata ?? { name, namespace: spec.namespace };
  const pod = log.is === 'unread' ? undefined : log.pod; // of several replicas kubectl would choose any
  return `kubectl logs -n ${place.namespace} ${pod ?? `deployment/${place.name}`}`;
}
