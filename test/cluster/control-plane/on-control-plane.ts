import { networkInterfaces } from 'node:os';
import type { KubernetesObject } from '@kubernetes/client-node';
import { type AuditedRequest, requests } from '../../../local-cluster/audit.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import {
  installCrd,
  installRights,
  type OperatorProcess,
  operatorKubeconfig,
  operatorUser,
  startOperator,
} from '../../../local-cluster/operator.ts';
import { references, sharedReferences } from '../../../src/resources/references.ts';
import { applyYaml, get } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';

export interface ControlPlane {
  cluster: LocalCluster;
  /** Ends the operator and waits; returns its exit code. */
  stop(): Promise<number | null>;
  start(): void;
  operator(): OperatorProcess;
  /** What the operator has written since then, Events apart. */
  writes(since: Date): Promise<AuditedRequest[]>;
  /** The objects of a config that exist, without the APIService. */
  objects(config?: string, namespace?: string): Promise<KubernetesObject[]>;
}

const writeVerbs = ['create', 'update', 'patch', 'delete'];

/** Gives the suite a control plane with the operator on it, and takes both away after it. Ask for it in tests and hooks only. */
export function onControlPlane(suite: string, settings: Record<string, string> = {}): () => ControlPlane {
  const started: { running?: ControlPlane } = {};

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    const cluster = await startControlPlane({
      state: stateFolder(`control-plane-${suite}`), // suites on nodes may be called the same, and run at the same time
      say: console.log,
      controllerManager: true,
      prepare: installCrd,
    });
    await installRights(cluster);
    const kubeconfig = await operatorKubeconfig(cluster);
    const start = () => startOperator(kubeconfig, `${cluster.state}/operator.log`, settings);
    const process = { operator: start() };
    started.running = {
      cluster,
      operator: () => process.operator,
      stop: () => process.operator.end(),
      start: () => {
        process.operator = start();
      },
      writes: async (since) => {
        const all = await requests(cluster.auditLog, { user: operatorUser, since });
        return all.filter(({ verb, uri }) => writeVerbs.includes(verb) && !uri.includes('/events'));
      },
      objects: (config = 'metrics-server', namespace = 'kube-system') => existing(cluster, config, namespace),
    };
  });
  after(async () => {
    await started.running?.stop();
    await started.running?.cluster.down();
  });

  return () => {
    if (started.running === undefined) throw new Error('the control plane has not been started');
    return started.running;
  };
}

async function existing(
  cluster: LocalCluster,
  config: string,
  namespace: string,
): Promise<KubernetesObject[]> {
  const all = [sharedReferences.readerRole, ...references(config, namespace)];
  const found = await Promise.all(
    all.map(({ kind, name, ...rest }) => {
      const place = 'namespace' in rest && rest.namespace !== undefined ? ['-n', rest.namespace] : [];
      return get(cluster, ...place, kind, name);
    }),
  );
  return found.flatMap((object) => object ?? []);
}

/**
 * An address of this machine: what is sent to it stays here. (The API server takes no loopback address for an endpoint, and asks at it
 * directly: --enable-aggregator-routing.)
 */
export function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this machine has no address but those of loopback');
  return found.address;
}

// Nobody listens there.
const closedPort = 1;

/** There are no nodes here, so the test says that a pod is ready. On real nodes see test/cluster/node. */
export async function sayReady(
  cluster: LocalCluster,
  config = 'metrics-server',
  namespace = 'kube-system',
  { address, port } = { address: ownAddress(), port: closedPort },
): Promise<void> {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${config}-test`,
      namespace,
      labels: { 'kubernetes.io/service-name': config },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
  await applyYaml(cluster, JSON.stringify(slice));
}
