import type { V1APIService, V1Deployment } from '@kubernetes/client-node';
import { isClaiming } from '../../controllers/first-in-line.ts';
import { concernedConfig } from '../../controllers/ownership.ts';
import { storedSpec } from '../../controllers/stored-spec.ts';
import { apiVersion, type MetricsServerConfig, plural } from '../../crds/metrics-server-config.ts';
import { OutOfSight, type Wanted } from '../../installed/find.ts';
import type { Found } from '../../installed/found.ts';
import { metricsServerIn } from '../../installed/metrics-server-in.ts';
import type { Reader } from '../../installed/reader.ts';
import type { Connection } from '../../platform/connection.ts';
import { collectionPath } from '../../platform/paths.ts';
import { Refusal } from '../../platform/refusal.ts';
import { apiServiceName, names } from '../../resources/names.ts';
import { readyWords } from './ready-words.ts';

const usualNamespace = 'kube-system';
const usualName = 'metrics-server';

/**
 * What would serve the metrics API while nothing is registered: a registration is withdrawn, or does not come, where pods do not serve,
 * and why is what is asked for. Throws the error where there is no such Deployment, or the APIService is there.
 */
export async function unregistered(
  reader: Reader,
  connection: Pick<Connection, 'send'>,
  { wanted, error }: { wanted: Wanted; error: unknown },
): Promise<Found> {
  if (!(error instanceof OutOfSight) || wanted.deployment !== undefined) throw error;
  const reference = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: apiServiceName };
  if ((await reader.get<V1APIService>(reference)) !== undefined) throw error;
  const get = async (namespace: string, name: string) => {
    const place = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };
    const deployment = await reader.get<V1Deployment>(place);
    return deployment && metricsServerIn(deployment) !== undefined ? deployment : undefined;
  };
  const all = (await configs(connection)).filter(isClaiming);
  const concerned = all.filter((one) => [undefined, namespaceOf(one)].includes(wanted.namespace));
  for (const config of concerned) {
    const { deployment, secondDeployment } = names(config.metadata.name);
    for (const name of [secondDeployment, deployment]) {
      const found = await get(namespaceOf(config), name);
      if (found !== undefined && concernedConfig(found) === config.metadata.name)
        return { deployment: found, kubernetes: await reader.kubernetes() };
    }
  }
  const usual = await get(wanted.namespace ?? usualNamespace, usualName);
  if (usual !== undefined) return { deployment: usual, kubernetes: await reader.kubernetes() };
  const [config] = concerned;
  if (config === undefined) throw error;
  const says = readyWords(config);
  throw new OutOfSight(
    error.because,
    `; MetricsServerConfig ${config.metadata.name} has no Deployment${says === undefined ? '' : `, and says Ready ${says}`}`,
  );
}

/** The oldest first, for that one has the metrics API. None where its kind is not installed, or may not be listed. */
async function configs(connection: Pick<Connection, 'send'>): Promise<MetricsServerConfig[]> {
  const path = collectionPath(apiVersion, plural);
  try {
    const { items } = await connection.send<{ items: MetricsServerConfig[] }>({ path });
    const createdMs = ({ metadata }: MetricsServerConfig) =>
      new Date(metadata.creationTimestamp ?? 0).getTime();
    return items.toSorted((a, b) => createdMs(a) - createdMs(b));
  } catch (error) {
    if (error instanceof Refusal && ['absent', 'forbidden'].includes(error.why)) return [];
    throw error;
  }
}

function namespaceOf(config: MetricsServerConfig): string {
  return storedSpec(config).spec.namespace;
}
