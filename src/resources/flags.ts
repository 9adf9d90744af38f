import type { EffectiveSpec } from '../crds/effective.ts';
import type { NodeSelector } from '../crds/node-selector.ts';

/** The command line that makes metrics-server behave as the spec says, in upstream's order. */
export function flags(spec: EffectiveSpec): string[] {
  return [
    '--cert-dir=/tmp',
    `--secure-port=${spec.servingPort}`,
    `--kubelet-preferred-address-types=${spec.addressPriority.join(',')}`,
    ...portFlags(spec.kubelet),
    `--metric-resolution=${spec.resolution}`,
    `--kubelet-request-timeout=${spec.requestTimeout}`,
    ...kubeletTlsFlags(spec.kubeletTls),
    ...nodeSelectorFlags(spec.nodes?.selector),
  ];
}

function portFlags(kubelet: EffectiveSpec['kubelet']): string[] {
  if (kubelet.useNodeStatusPort) return ['--kubelet-use-node-status-port'];
  return kubelet.port === undefined ? [] : [`--kubelet-port=${kubelet.port}`];
}

function kubeletTlsFlags(mode: EffectiveSpec['kubeletTls']): string[] {
  switch (mode) {
    case 'ClusterCA':
      return []; // metrics-server trusts the CA of its ServiceAccount unless told otherwise
    case 'Insecure':
      return ['--kubelet-insecure-tls'];
  }
}

function nodeSelectorFlags(selector: NodeSelector | undefined): string[] {
  const text = selectorText(selector);
  return text === '' ? [] : [`--node-selector=${text}`];
}

/** A LabelSelector in the grammar of `kubectl get -l`, which metrics-server's flag takes. */
export function selectorText(selector: NodeSelector | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...labels.sort(), ...(selector?.matchExpressions ?? []).map(requirementText)].join(',');
}

type Requirement = NonNullable<NodeSelector['matchExpressions']>[number];

function requirementText({ key, operator, values = [] }: Requirement): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}
