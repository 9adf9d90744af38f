import type { V1Container, V1Deployment } from '@kubernetes/client-node';

/** The container that is metrics-server; undefined where the pods are something else, such as prometheus-adapter. */
export function metricsServerIn({ spec }: V1Deployment): V1Container | undefined {
  const containers = (spec?.template.spec?.containers ?? []).filter((one) => !isAdapter(one));
  return (
    containers.find(({ name }) => name === 'metrics-server') ??
    containers.find(({ image = '' }) => /(^|\/)metrics-server[^/]*$/.test(image)) ??
    containers.find((one) => commandLine(one).some((text) => /^--(kubelet-|metric-resolution)/.test(text)))
  );
}

function isAdapter(container: V1Container): boolean {
  return commandLine(container).some((text) => text.startsWith('--prometheus-'));
}

function commandLine({ command = [], args = [] }: V1Container): string[] {
  return [...command, ...args];
}
