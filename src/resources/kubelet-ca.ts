import type { V1ConfigMap } from '@kubernetes/client-node';
import { kubeletCaFile } from './files.ts';
import { labels, names } from './names.ts';

/** The CA of the kubelets as the pods have it: a copy, so that what the user's object becomes cannot stop a pod that starts again. */
export function kubeletCa(config: string, namespace: string, certificates: string): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: names(config).kubeletCa, namespace, labels: labels(config) },
    data: { [kubeletCaFile]: certificates },
  };
}
