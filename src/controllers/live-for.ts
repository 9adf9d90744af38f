import type { KubernetesObject } from '@kubernetes/client-node';
import type { MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';
import { certManager, certManagerReferences } from '../resources/cert-manager.ts';
import { names } from '../resources/names.ts';
import { givenReferences, type ObjectReference } from '../resources/references.ts';
import { adopts, deploymentName } from './adoption.ts';
import type { Cluster, Live, LiveObjects } from './cluster.ts';
import type { Claimant } from './ownership.ts';

/** What belongs to the config; nothing does where it only observes. Of the two Deployments that it may have, one is its own. */
export async function liveFor(
  cluster: Cluster,
  spec: MetricsServerConfigSpec,
  claimant: Claimant & { isObserver: boolean },
): Promise<Live> {
  const { name, isObserver } = claimant;
  const isAdopting = adopts({ spec });
  const live = await cluster.live({ name, namespace: spec.namespace, adopts: isAdopting, isObserver });
  const place = deploymentName(live.objects, claimant, isAdopting);
  const isOwn = ({ kind, metadata }: KubernetesObject) => kind === 'Deployment' && metadata?.name === place;
  const given = await cluster.given(name, isObserver ? [] : namedObjects(live, spec, name));
  const issuing = given.filter(({ reference }) => reference.apiVersion === certManager);
  const objects = [...live.objects, ...issuing.flatMap(({ object }) => object ?? [])];
  return { ...live, objects, place, deployment: live.objects.find(isOwn), given };
}

/** What is looked at by name. Of cert-manager's kinds the Secret comes before what asks for it, and goes after it. */
export function namedObjects(
  { objects }: Pick<LiveObjects, 'objects'>,
  spec: MetricsServerConfigSpec,
  config: string,
): ObjectReference[] {
  const { servingIssued } = names(config);
  const isThere = objects.some(({ kind, metadata }) => kind === 'Secret' && metadata?.name === servingIssued);
  const isWanted = spec.tls?.serving?.mode === 'CertManager';
  return [
    ...givenReferences(spec),
    ...(isWanted || isThere ? certManagerReferences(config, spec.namespace) : []),
  ];
}
