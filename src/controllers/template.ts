import type { V1Container, V1Deployment } from '@kubernetes/client-node';
import type { ImageSource } from '../crds/effective.ts';
import { containerName, deployment } from '../resources/deployment.ts';
import { templateAnnotation } from '../resources/names.ts';
import { differences, hashOf } from './differ.ts';
import type { SeenConfig } from './observe.ts';

/** Our container in the live Deployment; others may have been added to it. */
export function liveContainer({ live }: Pick<SeenConfig, 'live'>): V1Container | undefined {
  return live.deployment?.spec?.template.spec?.containers.find(({ name }) => name === containerName);
}

/** Whether a Deployment has other pods than the live one: also where its template only lacks something, which no comparison of leaves can see. */
export function isReplaced(wanted: V1Deployment | undefined, live: V1Deployment): boolean {
  const noted = live.metadata?.annotations?.[templateAnnotation];
  const isNoted = noted === undefined || noted === templateHash(wanted);
  return !isNoted || differences(wanted?.spec?.template, live.spec?.template).length > 0;
}

/** The Deployment with what `isReplaced` needs to know later. */
export function withTemplateHash(deployment: V1Deployment): V1Deployment {
  const annotations = { ...deployment.metadata?.annotations, [templateAnnotation]: templateHash(deployment) };
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

function templateHash(deployment: V1Deployment | undefined): string {
  return hashOf(deployment?.spec?.template);
}

/** Whether the pods are replaced anyway, though with this image and these resources. */
export function isReplacedAnyway(
  { config, spec, live }: SeenConfig,
  {
    image = spec.image,
    resources = spec.resources,
  }: Partial<{ image: ImageSource; resources: typeof spec.resources }>,
): boolean {
  const asIs = { ...spec, resources, image: { ...spec.image, ...image } };
  const wanted = deployment(config.metadata.name, asIs);
  return live.deployment === undefined || isReplaced(wanted, live.deployment);
}
