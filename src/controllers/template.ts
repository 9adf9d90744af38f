import type { V1Container } from '@kubernetes/client-node';
import type { ImageSource } from '../crds/effective.ts';
import { containerName, deployment } from '../resources/deployment.ts';
import { differences } from './differ.ts';
import type { SeenConfig } from './observe.ts';

/** Our container in the live Deployment; others may have been added to it. */
export function liveContainer({ live }: Pick<SeenConfig, 'live'>): V1Container | undefined {
  return live.deployment?.spec?.template.spec?.containers.find(({ name }) => name === containerName);
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
  return differences(wanted.spec?.template, live.deployment?.spec?.template).length > 0;
}
