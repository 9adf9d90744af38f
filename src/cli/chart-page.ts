import { isCollection, isMap, isPair, isScalar, type Node, parseDocument } from 'yaml';

interface Value {
  path: string;
  /** As flow-style YAML, that is JSON. */
  byDefault: string;
  says: string;
}

/** The README of the chart: what it says is written in values.yaml, above each value. */
export function chartPage(values: string): string {
  const rows = valuesIn(parseDocument(values).contents).map(
    ({ path, byDefault, says }) => `| \`${path}\` | ${says} | \`${byDefault}\` |`,
  );
  return [...introduction, ...rows, ''].join('\n').replaceAll(/\n{3,}/g, '\n\n');
}

/** A map whose entries have comments is gone into; any other value is shown as a whole. */
function valuesIn(map: unknown, path: string[] = []): Value[] {
  if (!isMap(map)) return [];
  return map.items.flatMap(({ key, value }, index) => {
    const here = [...path, String(isScalar(key) ? key.value : key)];
    // The parser takes a comment above the first entry for the map's own.
    const own = isScalar(key) ? key.commentBefore : undefined;
    const comment = own ?? (index === 0 && path.length > 0 ? map.commentBefore : undefined);
    if (isMap(value) && hasComments(value)) return valuesIn(value, here);
    const says = (comment ?? '').trim().replaceAll(/\n ?/g, ' ').replaceAll('|', '\\|');
    if (says === '')
      throw new Error(`values.yaml says nothing about ${here.join('.')}: write a comment above it`);
    return [{ path: here.join('.'), byDefault: JSON.stringify(plain(value)), says }];
  });
}

function hasComments(map: Node): boolean {
  if (!isMap(map)) return false;
  const ofEntries = map.items.some((pair) => isPair(pair) && isScalar(pair.key) && pair.key.commentBefore);
  return ofEntries || Boolean(map.commentBefore);
}

function plain(value: unknown): unknown {
  if (isScalar(value)) return value.value;
  return isCollection(value) ? value.toJSON() : value;
}

const introduction = [
  '<!-- Generated from values.yaml by "npm run generate". Do not edit. -->',
  '# Helm chart of metrics-server-operator',
  '',
  'Installs metrics-server, keeps it right and reports whether every node is really scraped. Kubernetes 1.31 or newer.',
  '',
  '```',
  'kubectl create namespace metrics-server-operator',
  'kubectl label namespace metrics-server-operator pod-security.kubernetes.io/enforce=restricted',
  'helm install metrics-server-operator charts/metrics-server-operator -n metrics-server-operator',
  'kubectl apply -f config/samples/metrics-server.yaml',
  'kubectl get msc',
  '```',
  '',
  'One operator serves a cluster, so its objects have fixed names: a second release is refused. `helm upgrade` upgrades the CRD; `helm uninstall` keeps it, and every',
  'config (`crds.keep`). The page *Installing* (docs/install.md) has Argo CD, air-gapped clusters, upgrading and uninstalling.',
  '',
  '## Values',
  '',
  'A value that is not in this list is refused. Rights are bound to the names in the first values; nothing is granted for others.',
  '',
  '| Value | What it is for | Default |',
  '| --- | --- | --- |',
];
