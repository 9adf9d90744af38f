import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  KubernetesObject,
  V1APIService,
  V1Container,
  V1Deployment,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1Service,
} from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import type { Found } from '../../src/installed/found.ts';

export type Fixture = 'upstream-0.6' | 'upstream-0.9' | 'chart';

export function fixtureFile(fixture: Fixture): string {
  return join(import.meta.dirname, `fixtures/${fixture}.yaml`);
}

/** What a cluster holds to which a fixture was applied. */
export function someFound(fixture: Fixture): Found & { service: V1Service; apiService: V1APIService } {
  const documents = parseAllDocuments(readFileSync(fixtureFile(fixture), 'utf8'));
  const all = documents.map((one): KubernetesObject => one.toJS());
  const [deployment, service, apiService, disruptionBudget] = [
    'Deployment',
    'Service',
    'APIService',
    'PodDisruptionBudget',
  ].map((kind) => all.find((one) => one.kind === kind));
  return found(deployment, service, apiService, disruptionBudget);
}

function found(
  deployment: V1Deployment | undefined,
  service: V1Service | undefined,
  apiService: V1APIService | undefined,
  disruptionBudget: V1PodDisruptionBudget | undefined,
) {
  if (deployment === undefined || service === undefined || apiService === undefined) {
    throw new Error('the fixture lacks an object');
  }
  return { deployment, service, apiService, disruptionBudget, kubernetes: '1.36.0' };
}

/** The same, with the container of metrics-server or the pod changed where the test cares. */
export function changed(before: Found, container: Partial<V1Container>, pod: Partial<V1PodSpec> = {}): Found {
  const { spec, ...rest } = before.deployment;
  if (spec?.template.spec === undefined) throw new Error('the Deployment has no pods');
  const [main, ...sidecars] = spec.template.spec.containers;
  if (main === undefined) throw new Error('the pods have no container');
  const containers = [{ ...main, ...container }, ...sidecars];
  const template = { ...spec.template, spec: { ...spec.template.spec, containers, ...pod } };
  return { ...before, deployment: { ...rest, spec: { ...spec, template } } };
}
