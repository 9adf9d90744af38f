/** What names an object in a cluster. */
export interface Reference {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
}

/** Path of a collection: `/apis/apps/v1/namespaces/kube-system/deployments`. */
export function collectionPath(apiVersion: string, plural: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

/** Path of one object. */
export function objectPath(reference: Reference): string {
  const { apiVersion, kind, name, namespace } = reference;
  return `${collectionPath(apiVersion, pluralOf(kind), namespace)}/${encodeURIComponent(name)}`;
}

/** The plural of a kind, by the rule that Kubernetes itself guesses with. */
export function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word.endsWith('s')) return `${word}es`;
  return word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/** The reference of an object that has all its names. */
export function referenceOf(object: {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string };
}): Reference {
  const { apiVersion, kind, metadata } = object;
  if (apiVersion === undefined || kind === undefined || metadata?.name === undefined) {
    throw new Error(`an object without apiVersion, kind or name: ${apiVersion} ${kind} ${metadata?.name}`);
  }
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
}
