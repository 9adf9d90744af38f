import { catalogue } from '../crds/catalogue/flags.ts';
import { type NodeSelector, selectorText } from '../crds/node-selector.ts';
import type { Facts } from './facts.ts';

/** As much of a spec as remedies change; null takes a field away. */
export interface Change {
  mode?: 'Manage';
  addressPriority?: string[];
  kubelet?: { useNodeStatusPort: boolean; port: null };
  nodes?: { selector: NodeSelector };
  scheduling?: { hostNetwork: boolean };
  servingPort?: number;
  tls?: {
    kubelet: {
      mode: 'ClusterCA' | 'CustomCA' | 'Insecure';
      caBundleRef?: { name: string } | null;
      acceptInsecureUntil?: null;
    };
  };
}

type Spoken = Pick<Facts, 'name' | 'speaks'>;

/** How what runs is changed: by the command that patches its config, or, where it has none, in flags of metrics-server. */
export function change({ name, speaks }: Spoken, spec: Change): string {
  if (speaks === 'flags') return inFlags(spec).join(', ');
  return `kubectl patch msc ${name} --type=merge -p '${JSON.stringify({ spec })}'`;
}

function inFlags({ addressPriority, kubelet, nodes, scheduling, servingPort, tls }: Change): string[] {
  return [
    ...(addressPriority === undefined
      ? []
      : [`--kubelet-preferred-address-types=${addressPriority.join(',')}`]),
    ...(kubelet === undefined ? [] : ['--kubelet-use-node-status-port instead of --kubelet-port']),
    ...(nodes === undefined ? [] : [`--node-selector='${selectorText(nodes.selector)}'`]),
    ...(scheduling?.hostNetwork === true ? ['hostNetwork: true in the pods of the Deployment'] : []),
    ...(servingPort === undefined
      ? []
      : [`--secure-port=${servingPort}, with the same containerPort in the Deployment`]),
    ...(tls === undefined ? [] : kubeletTlsFlags(tls.kubelet)),
  ];
}

function kubeletTlsFlags({ mode, caBundleRef }: NonNullable<Change['tls']>['kubelet']): string[] {
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
  const { namespace, name: ofDeployment } = deployment?.metadata ?? {};
  return speaks === 'flags'
    ? `kubectl edit deployment -n ${namespace} ${ofDeployment}`
    : `kubectl edit msc ${name}`;
}
