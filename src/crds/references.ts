import { z } from 'zod';
import { textLike } from './rules.ts';

const objectName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** Name of a Secret in spec.namespace. */
export const SecretName = textLike(objectName, 253, 'write the name of a Secret');

const Key = textLike(
  /^[-._a-zA-Z0-9]+$/,
  253,
  'write a key of the object: letters, digits, dashes, underscores and dots',
);

/** A key of a ConfigMap in spec.namespace. It is mounted into the pod: the operator never reads it. */
export function configMapKey(defaultKey: string) {
  return z.object({
    name: textLike(objectName, 253, 'write the name of a ConfigMap').describe('Name of the ConfigMap.'),
    key: Key.optional().describe(`Key that holds it. Default: ${defaultKey}.`),
  });
}

/** A key of a Secret in spec.namespace. It is mounted into the pod: the operator never reads it. */
export function secretKey(defaultKey: string) {
  return z.object({
    name: SecretName.describe('Name of the Secret.'),
    key: Key.optional().describe(`Key that holds it. Default: ${defaultKey}.`),
  });
}
