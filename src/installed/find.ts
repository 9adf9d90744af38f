import type { V1APIService, V1Deployment, V1PodDisruptionBudget, V1Service } from '@kubernetes/client-node';
import { apiServiceName, manager, title } from '../resources/names.ts';
import type { Found } from './found.ts';
import { metricsServerIn } from './metrics-server-in.ts';
import type { Reader } from './reader.ts';

/** What the caller knows better. */
export interface Wanted {
  namespace?: string;
  /** Instead of what the Service selects. */
  deployment?: string;
}

/** There is no such metrics-server, or not where it can be seen. */
export class OutOfSight extends Error {
  /** A sentence without its end. */
  readonly because: string;

  /** The hint is for whoever can choose by options. */
  constructor(because: string, hint = '') {
    super(`${because}${hint}`);
    this.because = because;
  }
}

/** What the APIService leads to is not there, so that there is nothing that could be looked at. */
export class Missing extends OutOfSight {
  readonly apiService: V1APIService | undefined;
  readonly kind: 'Service' | 'Deployment';

  constructor({ apiService, kind }: Pick<Missing, 'apiService' | 'kind'>, because: string, hint = '') {
    super(because, hint);
    this.apiService = apiService;
    this.kind = kind;
  }
}

/** The metrics-server that serves the metrics API, or the one that is named. Throws a sentence where there is none. */
export async function find(reader: Reader, wanted: Wanted): Promise<Found> {
  const located = await locate(reader, wanted);
  const { deployment } = located;
  check(deployment);
  const { name = '', namespace } = deployment.metadata ?? {};
  const reference = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace, name };
  const [disruptionBudget, kubernetes] = await Promise.all([
    reader.get<V1PodDisruptionBudget>(reference),
    reader.kubernetes(),
  ]);
  return { ...located, disruptionBudget, kubernetes };
}

/** The Deployment, whatever it runs and whosever it is, and how it is reached. */
export async function locate(
  reader: Reader,
  wanted: Wanted,
): Promise<Pick<Found, 'deployment' | 'service' | 'apiService'>> {
  const apiService = await reader.get<V1APIService>({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    name: apiServiceName,
  });
  const service = await serviceOf(reader, apiService, wanted);
  const deployment = await deploymentOf(reader, { apiService, service }, wanted);
  const serves = service !== undefined && selects(service, deployment); // a named one may run beside what serves
  return { deployment, ...(serves && { service, apiService }) };
}

async function serviceOf(
  reader: Reader,
  apiService: V1APIService | undefined,
  wanted: Wanted,
): Promise<V1Service | undefined> {
  const backend = apiService?.spec?.service;
  if (backend?.name === undefined || backend.namespace === undefined) {
    if (wanted.deployment !== undefined) return undefined;
    if (apiService !== undefined)
      throw new OutOfSight(
        `APIService ${apiServiceName} names no Service: the API server serves it itself, and no metrics-server does`,
      );
    throw new OutOfSight(
      `this cluster has no APIService ${apiServiceName}, so nothing serves the metrics API`,
      '; name a Deployment with --deployment if one runs all the same',
    );
  }
  const { name, namespace } = backend;
  const service = await reader.get<V1Service>({ apiVersion: 'v1', kind: 'Service', name, namespace });
  if (wanted.deployment !== undefined) return service;
  if (service === undefined) {
    throw new Missing(
      { apiService, kind: 'Service' },
      `APIService ${apiServiceName} names Service ${namespace}/${name}, which does not exist`,
      '; name the Deployment with --deployment',
    );
  }
  if (wanted.namespace !== undefined && wanted.namespace !== namespace) {
    throw new Error(
      `the metrics API is served from namespace ${namespace}, not from ${wanted.namespace}; name a Deployment of ${wanted.namespace} with --deployment`,
    );
  }
  return service;
}

async function deploymentOf(
  reader: Reader,
  { apiService, service }: Pick<Found, 'apiService' | 'service'>,
  wanted: Wanted,
): Promise<V1Deployment> {
  const namespace = wanted.namespace ?? service?.metadata?.namespace ?? 'kube-system';
  const get = (name: string) =>
    reader.get<V1Deployment>({ apiVersion: 'apps/v1', kind: 'Deployment', name, namespace });
  if (wanted.deployment !== undefined || service === undefined) {
    const named = await get(wanted.deployment ?? '');
    if (named !== undefined) return named;
    throw new Error(`there is no Deployment ${namespace}/${wanted.deployment}`);
  }
  return await selected(reader, { apiService, service }, await get(service.metadata?.name ?? ''));
}

/** Most are called like their Service, which spares the right to list. */
async function selected(
  reader: Reader,
  { apiService, service }: { apiService?: V1APIService; service: V1Service },
  namesake: V1Deployment | undefined,
): Promise<V1Deployment> {
  const { namespace = '' } = service.metadata ?? {};
  const where = `Service ${title({ metadata: service.metadata, kind: '' }).trim()}`;
  const selector = Object.entries(service.spec?.selector ?? {});
  if (selector.length === 0) {
    throw new OutOfSight(`${where} selects no pods, so the metrics API is served from elsewhere`);
  }
  if (namesake !== undefined && selects(service, namesake)) return namesake;
  const all = await reader.list<V1Deployment>('apps/v1', 'deployments', namespace);
  const [found, other] = all.filter((one) => selects(service, one));
  const labels = selector.map(([key, value]) => `${key}=${value}`).join(',');
  if (found === undefined) {
    const because = `${where} selects pods with ${labels}, which no Deployment of ${namespace} makes`;
    throw new Missing({ apiService, kind: 'Deployment' }, because);
  }
  if (other === undefined) return found;
  throw new OutOfSight(
    `${where} selects the pods of Deployments ${found.metadata?.name} and ${other.metadata?.name}`,
    '; choose one with --deployment',
  );
}

function selects({ metadata, spec }: V1Service, deployment: V1Deployment): boolean {
  const labels = deployment.spec?.template.metadata?.labels ?? {};
  const selector = Object.entries(spec?.selector ?? {});
  return (
    metadata?.namespace === deployment.metadata?.namespace &&
    selector.length > 0 &&
    selector.every(([key, value]) => labels[key] === value)
  );
}

function check(deployment: V1Deployment): void {
  const name = `Deployment ${deployment.metadata?.namespace}/${deployment.metadata?.name}`;
  if (deployment.metadata?.labels?.['app.kubernetes.io/managed-by'] === manager) {
    throw new Error(`${name} is the operator's already: kubectl get msc -o yaml shows its config`);
  }
  if (metricsServerIn(deployment) !== undefined) return;
  const images = (deployment.spec?.template.spec?.containers ?? []).map(({ image }) => image).join(', ');
  throw new Error(
    `${name} is no metrics-server (it runs ${images}), and a MetricsServerConfig stands for nothing else; if metrics-server runs beside it, name that with --deployment`,
  );
}
