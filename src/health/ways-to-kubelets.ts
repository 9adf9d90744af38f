import type { Facts } from './facts.ts';
import { defaultPort, otherPort, ownNetwork, portOfKubelets } from './ports.ts';
import { change, field } from './remedy-words.ts';
import type { WayOut } from './way-out.ts';

/** Where nobody listens. */
export function refused(facts: Facts): WayOut {
  const { useNodeStatusPort, port = defaultPort } = facts.spec.kubelet;
  const clash = portOfKubelets(facts);
  const where = useNodeStatusPort ? 'the port that the node names' : `port ${port}`;
  const text = [
    `Nobody listens there: see on the node whether its kubelet runs (systemctl status kubelet), and on ${where}.`,
    ...(useNodeStatusPort ? [] : [`Or take the port from the node: ${portFromNode(facts)}.`]),
    ...(clash === undefined
      ? []
      : [
          `Or metrics-server has the port of the kubelet of its node: choose another: ${change(facts, { servingPort: otherPort(clash) })}.`,
        ]),
  ].join(' ');
  return { text, short: 'kubelets that run' };
}

/** Where nothing answers. */
export function late(facts: Facts): WayOut {
  return {
    text: `Nothing answers in time: open the port of the kubelets (10250) from pods to nodes, in firewalls, security groups and network policies.${orInNetworkOfNodes(facts)} Only where kubelets are known to be slow: a longer ${field(facts, 'resolution')} with a longer ${field(facts, 'kubelet.requestTimeout')}.`,
    short: 'port 10250 open from pods to nodes',
  };
}

function orInNetworkOfNodes(facts: Facts): string {
  const command = ownNetwork(facts);
  return command === undefined ? '' : ` Or, where pods have no way to nodes, use their network: ${command}.`;
}

function portFromNode(facts: Facts): string {
  return change(facts, { kubelet: { useNodeStatusPort: true, port: null } });
}

/** Where something else answers. */
export function portOfNode(facts: Facts): WayOut {
  const { useNodeStatusPort } = facts.spec.kubelet;
  const mend = useNodeStatusPort
    ? `the node names a port (status.daemonEndpoints) at which something else answers; a node that has no kubelet can be left out with ${field(facts, 'nodes.selector')}`
    : `take the port from the node: ${portFromNode(facts)}`;
  return { text: `That is not the port of a kubelet: ${mend}.`, short: 'the right port of the kubelets' };
}
