import type { V1Container, V1Deployment } from '@kubernetes/client-node';
import { releaseOf } from '../crds/catalogue/releases.ts';
import { versionLabel } from '../resources/names.ts';
import { type Share, usable } from './piece.ts';

/** Where the image comes from, and which release it is. */
export function imageShare(deployment: V1Deployment, container: V1Container): Share {
  const { image = '', imagePullPolicy } = container;
  const { repository, tag, digest } = partsOf(image);
  const { version, note } = versionOf(deployment, tag);
  const from = `image ${image}`;
  const secrets = deployment.spec?.template.spec?.imagePullSecrets ?? [];
  const pieces = [
    { path: ['version'], value: version, from, note },
    { path: ['image', 'repository'], value: repository, from },
    { path: ['image', 'tag'], value: tag, from },
    { path: ['image', 'digest'], value: digest, from },
    { path: ['image', 'pullPolicy'], value: imagePullPolicy, from: `imagePullPolicy ${imagePullPolicy}` },
    {
      path: ['image', 'pullSecrets'],
      value: secrets.length === 0 ? undefined : secrets.map(({ name }) => ({ name })),
      from: 'imagePullSecrets',
      note: usable,
    },
  ];
  const remarks = version === undefined ? [chooseVersion(image)] : [];
  return { pieces: pieces.filter(({ value }) => value !== undefined), remarks };
}

function chooseVersion(image: string): string {
  return `choose spec.version: neither the image ${image} nor the label ${versionLabel} names a release that this operator knows, and without it the operator takes the newest for this Kubernetes`;
}

interface ImageParts {
  repository: string;
  tag?: string;
  digest?: string;
}

/** A name without a slash is one of Docker Hub's own, as the kubelet reads it. */
function partsOf(image: string): ImageParts {
  const [name = '', digest] = image.split('@');
  const [, repository = name, tag] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? [];
  return {
    repository: repository.includes('/') ? repository : `docker.io/library/${repository}`,
    tag,
    digest,
  };
}

/** Vendors add to the tag (v0.6.3-eksbuild.1), so that a release may be all it begins with. */
function versionOf({ metadata, spec }: V1Deployment, tag = ''): { version?: string; note?: string } {
  const labelled = spec?.template.metadata?.labels?.[versionLabel] ?? metadata?.labels?.[versionLabel] ?? '';
  const [, tagged] = /^v?(\d+\.\d+\.\d+)(?:[-_.+].*)?$/.exec(tag) ?? [];
  if (tagged !== undefined && releaseOf(tagged) !== undefined) {
    const isExact = tag.replace(/^v/, '') === tagged;
    return { version: tagged, note: isExact ? undefined : `read from the tag ${tag}` };
  }
  const bare = labelled.replace(/^v/, '');
  if (!/^\d+\.\d+\.\d+$/.test(bare) || releaseOf(bare) === undefined) return {};
  return { version: bare, note: `read from the label ${versionLabel}` };
}
