import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import type { Undo } from './node-faults.ts';

/** Something that goes wrong, and what the status has to say of it. */
export interface Fault {
  /** As in "is named where ...". */
  where: string;
  reason: string;
  /** The nodes that have it; none where it is none of single nodes. */
  nodes?: string[];
  /** A part of what to do. */
  remedy: string;
  /** Fields of the spec, beside those that all have. It is made anew with each other spec. */
  spec?: object;
  /**
   * What is there before it is injected. Default: the spec, and all is well. `nothing`: no pod yet. `Paused`: all is well, and the operator changes
   * nothing more, so that what somebody breaks stays broken until it may again.
   */
  after?: 'nothing' | 'Paused';
  /** Undefined: the spec itself is the fault, and another one mends it. */
  inject?: (cluster: LocalCluster) => Promise<Undo>;
  /** Where it is no reason not to be Ready. */
  isReady?: boolean;
}

export const onNode = (node: number) => ({
  scheduling: { nodeSelector: { 'kubernetes.io/hostname': `node-${node}` } },
});

/** Where metrics-server runs. */
export const [first, second] = [onNode(1), onNode(2)];

/** Several faults at once, as one. */
export function together(...faults: NonNullable<Fault['inject']>[]): NonNullable<Fault['inject']> {
  return async (cluster) => {
    const undos: Undo[] = [];
    for (const fault of faults) undos.push(await fault(cluster));
    return async () => {
      for (const undo of undos.reverse()) await undo();
    };
  };
}

/** Somebody uses kubectl, and takes it back with the second command if there is one. */
export function kubectl(doing: string[], undoing?: string[]): NonNullable<Fault['inject']> {
  return async (cluster) => {
    await cluster.kubectl(doing);
    return async () => undoing && (await cluster.kubectl(undoing));
  };
}

/** The pods of metrics-server come anew. */
export const newPods = kubectl([
  ...['delete', 'pods', '-n', 'kube-system', '-l', 'k8s-app=metrics-server', '--wait=false'],
]);
