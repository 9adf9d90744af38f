import { z } from 'zod';
import { SecretName } from './references.ts';
import { textLike } from './rules.ts';

const Repository = textLike(
  /^[a-zA-Z0-9.-]+(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/,
  255,
  'write registry and path only, such as registry.example.com/metrics-server/metrics-server: no https://, no tag (it goes to image.tag), no digest (it goes to image.digest)',
);

const SecretReference = z.object({
  name: SecretName.describe('Name of a Secret of type kubernetes.io/dockerconfigjson in spec.namespace.'),
});

/** Where the image comes from; no path is ever appended to a repository. */
export const Image = z.object({
  repository: Repository.optional().describe(
    "Registry and path without tag. Default: upstream's, registry.k8s.io/metrics-server/metrics-server.",
  ),
  mirrors: z
    .array(Repository)
    .max(10)
    .optional()
    .describe(
      'Whole repositories that hold the same image, tried in this order before repository; one from which the image cannot be pulled is passed over within seconds. After the last one the first is tried again ten minutes later. To never contact upstream, set repository, too.',
    ),
  tag: textLike(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 128, 'write a tag such as v0.9.0, without a colon')
    .optional()
    .describe(
      'Tag, where it is not v and the version. Set version, too: flags and probes follow version, never the tag.',
    ),
  digest: textLike(/^sha256:[a-f0-9]{64}$/, 71, 'write sha256: and 64 lower-case hexadecimal digits')
    .optional()
    .describe(
      'Digest of the image; the node then runs exactly this content, whatever the tag says. A place without it is passed over.',
    ),
  pullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .default('IfNotPresent')
    .describe('When the node pulls: IfNotPresent (default) only what it lacks; Always; Never.'),
  pullSecrets: z
    .array(SecretReference)
    .max(10)
    .optional()
    .describe(
      'Credentials for the registry: Secrets in spec.namespace. The policy of the operator must let pods use them (secretNames of its chart).',
    ),
});
