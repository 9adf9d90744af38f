import type { V1ConfigMap } from '@kubernetes/client-node';
import type { KubeletTls } from '../crds/kubelet-tls.ts';
import { title } from '../resources/names.ts';
import { givenNamed } from './given.ts';
import { notAllowed } from './grant.ts';
import { textIn } from './material.ts';
import type { SeenConfig } from './observe.ts';

/** What a caBundleRef leads to, or what is wrong there. */
export type NamedBundle =
  | { is: 'there'; text: string; title: string }
  | { is: 'refused' | 'missing' | 'empty'; message: string };

type CaBundleRef = KubeletTls['caBundleRef'];

/** A field of the spec that names a bundle, and what it says. */
interface Naming {
  field: string;
  reference: CaBundleRef;
}

export function bundleNamed(
  { field, reference }: Naming,
  { spec, live }: Pick<SeenConfig, 'spec' | 'live'>,
): NamedBundle {
  const { kind, name, key } = whole(reference);
  const object = title({ kind, metadata: { name, namespace: spec.namespace } });
  const what = `${object} (${field})`;
  const given = givenNamed({ kind, name }, live.given);
  if (given?.refused !== undefined) {
    return { is: 'refused', message: notAllowed(given) };
  }
  if (given?.object === undefined) {
    const make = kind === 'Secret' ? 'secret generic' : 'configmap';
    const command = `kubectl create ${make} ${name} -n ${spec.namespace} --from-file=${key}=FILE`;
    return { is: 'missing', message: `${what} does not exist. Make it: ${command}` };
  }
  const text = textIn(given.object, key);
  if (text === undefined) {
    return { is: 'missing', message: `${what} has no key ${key}${instead(given.object)}` };
  }
  const where = `${key} in ${what}`;
  return text.trim() === ''
    ? { is: 'empty', message: `${where} is empty` }
    : { is: 'there', text, title: where };
}

/** What is in a bundle, whatever it is worth. */
export function bundleText(reference: CaBundleRef, { live }: Pick<SeenConfig, 'live'>): string | undefined {
  const { kind, name, key } = whole(reference);
  return textIn(givenNamed({ kind, name }, live.given)?.object, key);
}

function whole({ kind = 'ConfigMap', name, key = 'ca.crt' }: NonNullable<CaBundleRef> = { name: '' }) {
  return { kind, name, key };
}

function instead({ data = {} }: V1ConfigMap): string {
  const keys = Object.keys(data).sort().slice(0, 5);
  return keys.length === 0
    ? ', it has none. Add it'
    : ` but ${keys.join(', ')}. Add it, or name another in caBundleRef.key`;
}
