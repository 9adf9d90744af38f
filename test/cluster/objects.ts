import { parseArgs } from 'node:util';
import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { connectAsAdmin } from '../../local-cluster/admin.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import type { Condition, MetricsServerConfigStatus } from '../../src/crds/status.ts';
import type { Connection } from '../../src/platform/connection.ts';
import { collectionPath, pluralOf } from '../../src/platform/paths.ts';
import { Refusal } from '../../src/platform/refusal.ts';

const rbac = 'rbac.authorization.k8s.io/v1';

/** Kubectl's words for what tests look at, and where the API server has it. */
const places: Record<string, { in: string; plural?: string; isClusterWide?: true }> = {
  apiservice: { in: 'apiregistration.k8s.io/v1', isClusterWide: true },
  clusterrole: { in: rbac, isClusterWide: true },
  clusterrolebinding: { in: rbac, isClusterWide: true },
  configmap: { in: 'v1' },
  crd: { in: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions', isClusterWide: true },
  csr: { in: 'certificates.k8s.io/v1', plural: 'certificatesigningrequests', isClusterWide: true },
  deployment: { in: 'apps/v1' },
  lease: { in: 'coordination.k8s.io/v1' },
  msc: { in: 'metrics-server.io/v1alpha1', plural: 'metricsserverconfigs', isClusterWide: true },
  namespace: { in: 'v1', isClusterWide: true },
  networkpolicy: { in: 'networking.k8s.io/v1' },
  node: { in: 'v1', isClusterWide: true },
  pod: { in: 'v1' },
  poddisruptionbudget: { in: 'policy/v1' },
  role: { in: rbac },
  rolebinding: { in: rbac },
  secret: { in: 'v1' },
  service: { in: 'v1' },
  serviceaccount: { in: 'v1' },
};

const connections = new WeakMap<LocalCluster, Connection>();

function connectionTo(cluster: LocalCluster): Connection {
  const connection = connections.get(cluster) ?? connectAsAdmin(cluster);
  connections.set(cluster, connection);
  return connection;
}

/**
 * What `kubectl get` would say of one object, or of all; undefined where there is none. Checks are repeated several times a second, by two
 * suites at once, and a kubectl for each would keep the processor busy: so this asks the API server itself.
 */
export async function get<T = KubernetesObject>(
  cluster: LocalCluster,
  ...words: string[]
): Promise<T | undefined> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { namespace: { type: 'string', short: 'n' }, selector: { type: 'string', short: 'l' } },
  });
  const [kind = '', name] = positionals;
  const word = kind.toLowerCase().replace(/^pods$/, 'pod');
  const place = places[word];
  if (place === undefined) throw new Error(`tests do not know ${kind} yet: add it to places`);
  const namespace = place.isClusterWide ? undefined : (values.namespace ?? 'default');
  const collection = collectionPath(place.in, place.plural ?? pluralOf(word), namespace);
  const path = name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`;
  try {
    const found: T & { items?: unknown[] } = await connectionTo(cluster).send({
      path,
      query: { labelSelector: values.selector },
    });
    return found.items?.length === 0 ? undefined : found;
  } catch (error) {
    if (error instanceof Refusal && error.why === 'absent') return undefined;
    throw error;
  }
}

export async function applyYaml(cluster: LocalCluster, yaml: string): Promise<string> {
  return cluster.kubectl(['apply', '-f', '-'], { input: yaml });
}

/** A MetricsServerConfig as a user writes it; `spec` in YAML's flow style. */
export function configYaml(spec: object = {}, name = 'metrics-server'): string {
  return JSON.stringify({
    apiVersion: 'metrics-server.io/v1alpha1',
    kind: 'MetricsServerConfig',
    metadata: { name },
    spec,
  });
}

interface Config extends KubernetesObject {
  status?: MetricsServerConfigStatus;
}

export async function statusOf(
  cluster: LocalCluster,
  name = 'metrics-server',
): Promise<MetricsServerConfigStatus> {
  return (await get<Config>(cluster, 'msc', name))?.status ?? {};
}

/** Asserts on one condition; the whole status stands in the error. */
export async function expectCondition(
  cluster: LocalCluster,
  type: Condition['type'],
  expected: Partial<Condition>,
  name?: string,
): Promise<Condition> {
  const { conditions = [] } = await statusOf(cluster, name);
  const condition = conditions.find((one) => one.type === type);
  if (condition === undefined) throw new Error(`no condition ${type} in ${JSON.stringify(conditions)}`);
  expect(condition, JSON.stringify(conditions)).to.include(expected);
  return condition;
}
