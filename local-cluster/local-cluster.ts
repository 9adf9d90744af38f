import { join } from 'node:path';
import { type Binaries, pathOf } from './binaries.ts';
import type { Layout } from './layout.ts';
import { run } from './run.ts';

/** A running cluster, whatever its shape. */
export type LocalCluster = {
  /** As admin, from this machine. */
  kubeconfig: string;
  state: string;
  auditLog: string;
  bin: Binaries;
  /** Returns stdout; throws with stderr. */
  kubectl(args: string[], options?: { input?: string; timeoutMs?: number }): Promise<string>;
  /** The command line that runs a command in a node's namespaces; only clusters with nodes have it. */
  inside?(command: string[], node?: number): string[];
  /** A command in the first node's network only, and the kubeconfig that works there; undefined where there are no nodes. */
  network?: { within(command: string[]): string[]; kubeconfig: string };
  down(): Promise<void>;
};

export function kubectlOf(paths: Layout, bin: Binaries): LocalCluster['kubectl'] {
  // By default kubectl remembers for hours, by address, which kinds a cluster has; our ports come back.
  const cache = `--cache-dir=${join(paths.state, 'kubectl-cache')}`;
  const kubectl = [pathOf(bin, 'kubectl'), `--kubeconfig=${paths.kubeconfig}`, cache];
  return async (args, options) => await run([...kubectl, ...args], options);
}
