import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import type { Condition, MetricsServerConfigStatus } from '../../src/crds/status.ts';

/** An object as JSON, or undefined where there is none. */
export async function get<T = KubernetesObject>(
  cluster: LocalCluster,
  ...what: string[]
): Promise<T | undefined> {
  const json = await cluster.kubectl(['get', '--ignore-not-found', '-o', 'json', ...what]);
  return json.trim() === '' ? undefined : JSON.parse(json);
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
