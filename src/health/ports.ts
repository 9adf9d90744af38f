import type { Facts } from './facts.ts';
import { change } from './remedy-words.ts';

/** On which a kubelet listens unless told otherwise. */
export const defaultPort = 10250;

type Known = Pick<Facts, 'name' | 'speaks' | 'spec'>;

/** How pods come into the network of their nodes, at a port that is not that of the kubelets; undefined where they are in it. */
export function ownNetwork(facts: Known): string | undefined {
  const { scheduling, servingPort } = facts.spec;
  if (scheduling?.hostNetwork) return undefined;
  return change(facts, {
    scheduling: { hostNetwork: true },
    ...(servingPort === defaultPort && { servingPort: 10251 }),
  });
}

/** The port at which a pod in the network of its node would meet a kubelet; undefined where it does not. */
export function portOfKubelets({ spec, nodes }: Pick<Facts, 'spec' | 'nodes'>): number | undefined {
  const { useNodeStatusPort, port = defaultPort } = spec.kubelet;
  const ports = useNodeStatusPort ? nodes.map(({ kubeletPort }) => kubeletPort || defaultPort) : [port];
  return spec.scheduling?.hostNetwork && ports.includes(spec.servingPort) ? spec.servingPort : undefined;
}

/** Another port than the one that is taken, and than that of a kubelet, which is taken on every node. */
export function otherPort(port: number): number {
  return port === defaultPort || port === 4443 ? 10251 : 4443;
}
