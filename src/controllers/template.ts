import type { ImageSource } from '../crds/effective.ts';
import { containerName, deployment } from '../resources/deployment.ts';
import { differences } from './differ.ts';
import type { SeenConfig } from './observe.ts';

/** The image of the live Deployment. */
export function liveImage({ live }: SeenConfig): string | undefined {
  return live.deployment?.spec?.template.spec?.containers.find(({ name }) => name === containerName)?.image;
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

/** What an annotation holds; undefined where it is none of ours. */
export function parsedJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
