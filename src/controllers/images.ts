import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import type { ImageSource } from '../crds/effective.ts';
import { type PullFailure, pullFailureOf } from '../health/image-pull.ts';
import { isReady } from '../health/pods.ts';
import { imagesAnnotation, retryAnnotation } from '../resources/names.ts';
import { hashOf } from './differ.ts';
import { noteOn, withNote } from './notes.ts';
import type { SeenConfig } from './observe.ts';
import { isReplacedAnyway, liveContainer } from './template.ts';

const ImageMemory = z.object({
  /** Hash of what the spec says about images, and of the last request to try again: with another one everything is tried anew. */
  of: z.string(),
  failed: z.array(z.object({ reference: z.string(), error: z.string(), at: z.iso.datetime() })),
  /** Since when all of them are tried again. */
  since: z.iso.datetime().optional(),
});

/** What was tried, as it stands in an annotation of the Deployment. */
export type ImageMemory = z.output<typeof ImageMemory>;

/** The image to use. */
export interface ImageChoice {
  source: ImageSource;
  /** Undefined where nothing has failed. */
  memory?: ImageMemory;
  move?: ImageMove;
}

/** That an image is given up, and why. */
export interface ImageMove {
  from: string;
  to: string;
  error: string;
}

// Another change of the template may go back to a better place, but not to one that has failed only just.
const grudgeMs = 60 * 60_000;
// Where no place has the image, all of them are tried again.
const pauseMs = 10 * 60_000;
// Pods from before a new attempt are in back-off; they need a moment to try once more.
const chanceMs = 60_000;
// While a pod serves, another one may fail for a reason that passes: a busy registry, a node without DNS.
const patienceMs = 2 * 60_000;

/**
 * The image for the Deployment: what runs, unless one of its pods cannot pull it. What works is never replaced just to
 * try: the way back to a better place is another change of the template.
 */
export function chosenImage(seen: SeenConfig): ImageChoice {
  const memory = memoryOf(seen);
  const current = currentImage(seen, memory);
  if (current === undefined) return firstTry(seen, memory);

  const failure = seen.live.pods
    .filter((pod) => hasHadItsChance(pod, seen, { current, memory }))
    .flatMap((pod) => pullFailureOf(pod) ?? [])
    .find(({ image }) => image === current.reference);
  return failure === undefined ? whatWorks(seen, memory, current) : another(seen, memory, failure);
}

/** Another image runs, such as after a rollback: what has failed only just is not tried first. */
function firstTry({ spec, now }: SeenConfig, memory: ImageMemory): ImageChoice {
  const { candidates } = spec.image;
  const failed = memory.failed.filter(({ at }) => now.getTime() - Date.parse(at) < pauseMs);
  return choice(firstWithout(failed, candidates) ?? candidates[0], { of: memory.of, failed });
}

/** Whether what a pod says of the image counts: it must have the pull secrets of the spec, and have tried long enough. */
function hasHadItsChance(
  { metadata, spec }: V1Pod,
  seen: SeenConfig,
  { current, memory }: { current: ImageSource; memory: ImageMemory },
): boolean {
  const nowMs = seen.now.getTime();
  const wanted = seen.spec.image.pullSecrets ?? [];
  const given = (spec?.imagePullSecrets ?? []).map(({ name }) => name);
  const isOfTemplate =
    metadata?.deletionTimestamp === undefined && wanted.every(({ name }) => given.includes(name));
  const isTriedAnew = memory.since !== undefined && nowMs - Date.parse(memory.since) < chanceMs;
  const isPatient = isServing(seen, current.reference);
  const ageMs = nowMs - new Date(metadata?.creationTimestamp ?? 0).getTime();
  return isOfTemplate && !isTriedAnew && (!isPatient || ageMs >= patienceMs);
}

/** The image of the live Deployment, if the spec as it is now has led to it. */
function currentImage(seen: SeenConfig, { failed }: ImageMemory): ImageSource | undefined {
  const { candidates } = seen.spec.image;
  const image = liveContainer(seen)?.image;
  // Without a failure only the first place is used: another one is of an earlier spec.
  const possible = failed.length === 0 ? candidates.slice(0, 1) : candidates;
  return possible.find(({ reference }) => reference === image);
}

function whatWorks(seen: SeenConfig, memory: ImageMemory, current: ImageSource): ImageChoice {
  const refuted = isServing(seen, current.reference) ? current.reference : undefined;
  const failures = memory.failed.filter(({ reference }) => reference !== refuted);
  const failed = failures.filter(({ at }) => seen.now.getTime() - Date.parse(at) < grudgeMs);
  const better = firstWithout(failed, seen.spec.image.candidates);
  const isBetter = better !== undefined && better !== current;
  return isBetter && isReplacedAnyway(seen, { image: current })
    ? choice(better, { ...memory, failed })
    : choice(current, { ...memory, failed: failures });
}

function another(seen: SeenConfig, memory: ImageMemory, { image, message }: PullFailure): ImageChoice {
  const error = message.slice(0, 300);
  const others = memory.failed.filter(({ reference }) => reference !== image);
  const failed = [...others, { reference: image, error, at: seen.now.toISOString() }];
  const next = firstWithout(failed, seen.spec.image.candidates);
  return next === undefined
    ? afterTheLast(seen, memory, image)
    : choice(next, { of: memory.of, failed }, { from: image, to: next.reference, error });
}

/** Every place has failed. While a pod of the image still serves there is nothing to gain by trying on. */
function afterTheLast(seen: SeenConfig, memory: ImageMemory, image: string): ImageChoice {
  const { candidates } = seen.spec.image;
  const latestMs = Math.max(...memory.failed.map(({ at }) => Date.parse(at)));
  const isEarly = seen.now.getTime() - latestMs < pauseMs;
  return isEarly || candidates.length === 1 || isServing(seen, image)
    ? choice(
        candidates.find(({ reference }) => reference === image),
        memory,
      )
    : choice(candidates[0], { of: memory.of, failed: [], since: seen.now.toISOString() });
}

function isServing({ live }: SeenConfig, image: string): boolean {
  return live.pods.some((pod) => isReady(pod) && pod.spec?.containers[0]?.image === image);
}

function choice(source: ImageSource | undefined, memory: ImageMemory, move?: ImageMove): ImageChoice {
  if (source === undefined) throw new Error('a spec without any image');
  return { source, memory: isWorthKeeping(memory) ? memory : undefined, move };
}

function isWorthKeeping({ failed, since }: ImageMemory): boolean {
  return failed.length > 0 || since !== undefined;
}

function firstWithout(failed: ImageMemory['failed'], candidates: ImageSource[]): ImageSource | undefined {
  return candidates.find((candidate) => failed.every(({ reference }) => reference !== candidate.reference));
}

/** What was noted under another spec counts as nothing. */
function memoryOf({ spec, live, config }: SeenConfig): ImageMemory {
  const { candidates, pullPolicy, pullSecrets } = spec.image;
  const retry = config.metadata.annotations?.[retryAnnotation];
  const nothing = { of: hashOf({ candidates, pullPolicy, pullSecrets, retry }), failed: [] };
  const noted = noteOn(live.deployment, imagesAnnotation, ImageMemory);
  return noted?.of === nothing.of ? noted : nothing;
}

/** The Deployment with what was tried. */
export function withImageMemory(object: KubernetesObject, { memory }: ImageChoice): KubernetesObject {
  if (object.kind !== 'Deployment' || memory === undefined) return object;
  return withNote(object, imagesAnnotation, memory);
}
