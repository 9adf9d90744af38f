import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Where a cluster keeps what belongs to it: everything below its state folder. */
export type Layout = ReturnType<typeof layout>;

export const repository = resolve(import.meta.dirname, '..');
export const defaultState = join(repository, '.cluster');
/** Links to the binaries; it outlives the clusters. */
export const binFolder = join(defaultState, 'bin');

/** The addresses inside a cluster. They may repeat: each cluster has its own network namespace. */
export const network = {
  bridge: 'node0',
  bridgeAddress: '10.77.0.1',
  nodeAddress: (node: number) => `10.77.0.${node}`,
  pods: '10.88.0.0/16',
  nodePods: (node: number) => `10.88.${node}.0/24`,
  services: '10.96.0.0/16',
  apiService: '10.96.0.1',
  apiPort: 6443,
  registryPort: 5000,
};

export const nodeName = (node: number) => `node-${node}`;

export function layout(state: string) {
  const root = resolve(state);
  return {
    state: root,
    mark: join(root, 'cluster.json'),
    owner: join(root, 'owner'),
    kubeconfig: join(root, 'kubeconfig'),
    insideKubeconfig: join(root, 'inside.kubeconfig'),
    auditLog: join(root, 'audit.log'),
    auditPolicy: join(root, 'audit-policy.json'),
    logs: join(root, 'logs'),
    processes: join(root, 'processes'),
    stopped: join(root, 'stopped'),
    pki: join(root, 'pki'),
    etcd: join(root, 'etcd'),
    images: join(root, 'images'),
    node: (node: number) => join(root, nodeName(node)),
    cgroup: (node: number) => `${cgroupPrefix(root)}${nodeName(node)}`,
    cgroupPrefix: cgroupPrefix(root),
  };
}

/** Cgroups have no namespace here, so their names tell apart the clusters of one machine. */
function cgroupPrefix(root: string): string {
  const parent = dirname(root);
  const real = join(existsSync(parent) ? realpathSync(parent) : parent, basename(root));
  return `local-cluster-${createHash('sha256').update(real).digest('hex').slice(0, 8)}-`;
}
