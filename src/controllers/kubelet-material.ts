import { z } from 'zod';
import { hashOf } from './differ.ts';
import { clientCertificate } from './kubelet-tls.ts';
import type { SeenConfig } from './observe.ts';

/*
 * Releases that follow files which change are not replaced for them, so that no template tells what is in them. Yet it is what a change may
 * have failed for.
 */

export const KubeletMaterial = z.object({
  /** Hash of the CA that pods get. */
  ca: z.string().optional(),
  /** Hash of the certificate that kubelets are shown. */
  client: z.string().optional(),
});

/** What metrics-server and the kubelets know each other by, as far as the spec names objects with it, and they are of use. */
export type KubeletMaterial = z.output<typeof KubeletMaterial>;

export function kubeletMaterial(seen: SeenConfig): KubeletMaterial {
  const client = clientCertificate(seen);
  return { ca: seen.spec.kubeletCa?.hash, client: client === undefined ? undefined : hashOf(client) };
}

/** What is not known on either side is no difference: it may be away for a moment, and earlier operators did not note it. */
export function isOther(now: KubeletMaterial, before: KubeletMaterial): boolean {
  const differs = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined && one !== other;
  return differs(now.ca, before.ca) || differs(now.client, before.client);
}

/** A note with what is known; what it has already stays. In this order, for notes are compared as texts. */
export function withMaterial<T extends KubeletMaterial>(
  note: T,
  now: KubeletMaterial,
): Omit<T, keyof KubeletMaterial> & KubeletMaterial {
  const { ca = now.ca, client = now.client, ...rest } = note;
  return { ...rest, ca, client };
}
