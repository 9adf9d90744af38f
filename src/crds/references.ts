import { z } from 'zod';
import { textLike } from './rules.ts';

const objectName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** Name of an object that is named like a DNS subdomain, as most are. */
export const ObjectName = textLike(objectName, 253, 'write the name of an object');

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

/** Certificates of CAs in a ConfigMap or Secret of spec.namespace. The operator reads and follows it. */
export const CaBundle = z.object({
  kind: z.enum(['ConfigMap', 'Secret']).optional().describe('Kind of the object. Default: ConfigMap.'),
  name: textLike(objectName, 253, 'write the name of a ConfigMap or Secret').describe('Name of the object.'),
  key: Key.optional().describe('Key that holds the certificates as PEM. Default: ca.crt.'),
});
