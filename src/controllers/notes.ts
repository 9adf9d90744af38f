import type { KubernetesObject } from '@kubernetes/client-node';
import type { z } from 'zod';

/** What the operator has noted in an annotation; undefined where there is nothing, or where someone else wrote it. */
export function noteOn<T>(
  object: KubernetesObject | undefined,
  annotation: string,
  schema: z.ZodType<T>,
): T | undefined {
  const text = object?.metadata?.annotations?.[annotation];
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The object with a note, which is written together with it: the two never disagree. */
export function withNote(object: KubernetesObject, annotation: string, note: unknown): KubernetesObject {
  const annotations = { ...object.metadata?.annotations, [annotation]: JSON.stringify(note) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
