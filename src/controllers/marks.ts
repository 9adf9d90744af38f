import type { KubernetesObject, V1APIService, V1OwnerReference } from '@kubernetes/client-node';
import { turned } from './trust.ts';

// What the tools that made an object would know it by, and what cert-manager would go on writing into the APIService.
const marks = {
  labels: ['helm.sh/chart', 'app.kubernetes.io/instance', 'argocd.argoproj.io/instance'],
  annotations: [
    'meta.helm.sh/release-name',
    'meta.helm.sh/release-namespace',
    'argocd.argoproj.io/tracking-id',
    'kubectl.kubernetes.io/last-applied-configuration',
    'cert-manager.io/inject-ca-from',
  ],
};

/** A JSON merge patch; null takes a field away, a list replaces the list. */
export interface MergePatch {
  metadata: {
    labels?: Record<string, null>;
    annotations?: Record<string, null>;
    ownerReferences?: V1OwnerReference[];
  };
  spec?: object;
}

/**
 * The JSON merge patch that takes the marks of other tools from an object, and turns verification on or off in an APIService as the wanted one
 * says; undefined where there is nothing to do. Server-side apply cannot remove what others have set.
 */
export function withoutMarks(object: KubernetesObject, wanted: KubernetesObject): MergePatch | undefined {
  const labels = nulls(object.metadata?.labels, marks.labels);
  const annotations = nulls(object.metadata?.annotations, marks.annotations);
  const spec = turnedFor(object, wanted);
  if (labels === undefined && annotations === undefined && spec === undefined) return undefined;
  return {
    metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
    ...(spec && { spec }),
  };
}

function nulls(given: Record<string, string> = {}, unwanted: string[]): Record<string, null> | undefined {
  const found = unwanted.filter((key) => given[key] !== undefined);
  return found.length === 0 ? undefined : Object.fromEntries(found.map((key) => [key, null]));
}

/** Whom the API server trusts, and whom it asks, change in one write: before and after it the two fit. */
function turnedFor(object: KubernetesObject, wanted: KubernetesObject): object | undefined {
  const turn = turned(object, wanted);
  const { spec }: V1APIService = { ...wanted };
  return turn && { ...turn, service: spec?.service };
}

/** A bundle and no verification exclude each other, so both change in one write; the certificate that it is for goes with their pods. */
export function withoutBundle(object: KubernetesObject): object | undefined {
  if (object.kind !== 'APIService') return undefined;
  const { spec }: Partial<V1APIService> = object;
  return spec?.caBundle === undefined ? undefined : { caBundle: null, insecureSkipTLSVerify: true };
}
