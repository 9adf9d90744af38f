import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, V1Container } from '@kubernetes/client-node';
import { z } from 'zod';
import { autoResources, mostRaises, nodesCovered } from '../crds/auto-resources.ts';
import type { EffectiveSpec } from '../crds/effective.ts';
import { quantityValue } from '../crds/quantities.ts';
import { ourStatus } from '../health/pods.ts';
import { sizeAnnotation } from '../resources/names.ts';
import { noteOn, withNote } from './notes.ts';
import type { SeenConfig } from './observe.ts';
import { isReplacedAnyway, liveContainer } from './template.ts';

export const SizeMemory = z.object({
  nodes: z.int().min(1).max(1_000_000),
  raised: z.int().min(0).max(mostRaises),
  /** Whether pods without a memory limit were refused. */
  limited: z.literal(true).optional(),
  /** When the container last ran out of memory, as far as that was answered. */
  outOfMemoryAt: z.iso.datetime().optional(),
});

/** The size that was chosen before, as it stands in an annotation of the Deployment. */
export type SizeMemory = z.output<typeof SizeMemory>;

export interface SizeChoice {
  resources: EffectiveSpec['resources'];
  /** Undefined where the size is not ours to choose. */
  memory?: SizeMemory;
  /** The memory request, where it is raised now because the container ran out of it. */
  raisedTo?: string;
}

// Between two steps there is room, so that a node that comes and goes does not move the size.
const shrinksBelow = 0.9;

/**
 * Resources by the number of nodes: they grow at once, and shrink only where the pods are replaced anyway. A container
 * that ran out of memory gets half as much again.
 */
export function chosenSize(seen: SeenConfig): SizeChoice {
  const { resources } = seen.spec;
  if (resources.mode !== 'Auto') return { resources };
  const before = memoryOf(seen);
  if (before !== undefined && isVerticallyScaled(seen)) return sized(seen, before);
  const nodes = nodesCovered(seen.nodes.length);
  if (before === undefined) return sized(seen, { nodes, raised: 0 });

  const now = afterOutOfMemory(seen, before);
  if (nodes > before.nodes) return sized(seen, { ...now, nodes }, now.raised > before.raised);
  const fewer = nodesCovered(seen.nodes.length / shrinksBelow);
  const maySink = fewer < before.nodes && isReplacedAnyway(seen, asItIs(seen, before));
  return sized(seen, maySink ? { ...now, nodes: fewer } : now, now.raised > before.raised);
}

function sized(seen: SeenConfig, memory: SizeMemory, isRaised = false): SizeChoice {
  const { limitMemory } = seen.spec.resources;
  const limited = memory.limited ?? (isRefusedWithoutLimit(seen) || undefined);
  const resources = { limitMemory, ...autoResources(memory, limitMemory ?? limited ?? false) };
  return {
    resources,
    memory: { ...memory, ...(limited && { limited }) },
    raisedTo: isRaised ? resources.requests.memory : undefined,
  };
}

function asItIs(seen: SeenConfig, before: SizeMemory) {
  const reference = liveContainer(seen)?.image;
  const image = seen.spec.image.candidates.find((one) => one.reference === reference);
  return { image, resources: sized(seen, before).resources };
}

/**
 * A LimitRange refuses pods whose request is above its default limit, a ResourceQuota those without a limit. That is
 * remembered: without the limit all of this would begin again.
 */
function isRefusedWithoutLimit({ live }: SeenConfig): boolean {
  const conditions = live.deployment?.status?.conditions ?? [];
  return conditions.some(({ type, message }) => type === 'ReplicaFailure' && aboutLimits.test(message ?? ''));
}

const aboutLimits = /must be less than or equal to memory limit|must specify limits\.memory|limits\.memory/;

/** A VerticalPodAutoscaler says so on the pods that it has changed, when they were made or in place; then it is the one to choose. */
export function isVerticallyScaled({ live }: SeenConfig): boolean {
  return live.pods.some(({ metadata }) =>
    ['vpaUpdates', 'vpaInPlaceUpdated'].some((name) => metadata?.annotations?.[name] !== undefined),
  );
}

function afterOutOfMemory({ live }: SeenConfig, before: SizeMemory): SizeMemory {
  const request = memoryOfContainer(liveContainer({ live }));
  // A pod from before the last raise serves on until the new one is ready, and may well run out of memory again.
  const current = live.pods.filter((pod) => memoryOfContainer(pod.spec?.containers[0]) === request);
  const ends = current.flatMap((pod) => {
    const { state, lastState } = ourStatus(pod) ?? {};
    return [state?.terminated, lastState?.terminated].flatMap((ended) =>
      ended?.reason === 'OOMKilled' ? new Date(ended.finishedAt ?? 0).getTime() : [],
    );
  });
  const latestMs = Math.max(0, ...ends);
  if (latestMs <= Date.parse(before.outOfMemoryAt ?? '1970-01-01T00:00:00Z')) return before;
  return {
    ...before,
    raised: Math.min(mostRaises, before.raised + 1),
    outOfMemoryAt: new Date(latestMs).toISOString(),
  };
}

function memoryOfContainer(container: V1Container | undefined): number {
  return quantityValue(`${container?.resources?.requests?.['memory']}`);
}

const smallest: SizeMemory = { nodes: nodesCovered(1), raised: 0 };

/** Undefined before there is a Deployment. */
function memoryOf({ live }: SeenConfig): SizeMemory | undefined {
  if (live.deployment === undefined) return undefined;
  return noteOn(live.deployment, sizeAnnotation, SizeMemory) ?? smallest;
}

/** The Deployment with the size that was chosen; the smallest one, which most clusters have, goes without saying. */
export function withSizeMemory(object: KubernetesObject, { memory }: SizeChoice): KubernetesObject {
  if (object.kind !== 'Deployment' || memory === undefined || isDeepStrictEqual(memory, smallest))
    return object;
  return withNote(object, sizeAnnotation, memory);
}
