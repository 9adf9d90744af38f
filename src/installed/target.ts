import type { V1APIService, V1Deployment } from '@kubernetes/client-node';
import { type EffectiveSpec, readingOf } from '../crds/effective.ts';
import { type MetricsServerConfig, MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';
import type { NodeFacts } from '../health/facts.ts';
import { apiServiceName, title } from '../resources/names.ts';
import { commandLineOf } from './command-line.ts';
import { locate, OutOfSight, type Wanted } from './find.ts';
import type { Found } from './found.ts';
import { metricsServerIn } from './metrics-server-in.ts';
import type { Reader } from './reader.ts';
import { unsaidValues } from './unsaid.ts';

/** What serves the metrics API, or is named. Throws a sentence where there is no metrics-server. */
export async function targetOf(reader: Reader, wanted: Wanted): Promise<Found> {
  const located = await locate(reader, wanted).catch((error) => unselected(reader, wanted, error));
  const { deployment } = located;
  if (metricsServerIn(deployment) === undefined)
    throw new OutOfSight(
      `${title({ ...deployment, kind: 'Deployment' })} is no metrics-server, so nothing can be said of it`,
      '; if one runs beside it, name that with --deployment',
    );
  return { ...located, kubernetes: await reader.kubernetes() };
}

/** A Service that is gone, or selects nothing, is a fault to be told: then the Deployment of its name is the one that it was for. */
async function unselected(
  reader: Reader,
  { namespace, deployment: isNamed }: Wanted,
  error: unknown,
): Promise<Pick<Found, 'deployment' | 'apiService'>> {
  if (isNamed !== undefined || !(error instanceof OutOfSight)) throw error;
  const apiService = await reader.get<V1APIService>({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    name: apiServiceName,
  });
  const service = apiService?.spec?.service;
  if (service?.name === undefined || (namespace ?? service.namespace) !== service.namespace) throw error;
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', ...{ name: service.name } };
  const deployment = await reader.get<V1Deployment>({ ...reference, namespace: service.namespace });
  if (deployment === undefined || metricsServerIn(deployment) === undefined) throw error;
  return { deployment, apiService };
}

/** What its config says, where it has one that can be read; else what its flags say, as far as a config could say the same. */
export function specOf(
  target: Found,
  { config, said }: { config: MetricsServerConfig | undefined; said: Record<string, unknown> },
  nodes: NodeFacts[],
): EffectiveSpec {
  const stored = MetricsServerConfigSpec.safeParse(config?.spec);
  const { spec } = readingOf(stored.data ?? MetricsServerConfigSpec.parse(said), {
    kubernetes: target.kubernetes,
    nodes,
    allowsLegacy: true,
  });
  return { ...spec, ...(stored.success ? {} : flagsOf(target)) };
}

/** What a config does not take from flags: any port, and what a shell script may have made of them, where nothing is known. */
function flagsOf({ deployment }: Found): Partial<EffectiveSpec> {
  const container = metricsServerIn(deployment);
  if (container === undefined) return {};
  const { flags, isScript } = commandLineOf(container);
  const unsaid = (name: string) => unsaidValues.get(name) ?? '';
  return isScript
    ? { resolution: unsaid('metric-resolution') } // the longest that is usual: a sample is not called stale too soon
    : { servingPort: Number(flags.get('secure-port') ?? unsaid('secure-port')) };
}
