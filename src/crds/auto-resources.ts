/** What Auto resources are made from. */
export interface Size {
  /** Number of nodes that they are enough for. */
  nodes: number;
  /** How often memory was raised because the container ran out of it. */
  raised: number;
}

// Whole steps, or every node of an autoscaled cluster would replace the pods.
const nodesPerStep = 100;
const raisedBy = 1.5;
/** Beyond this, more memory is no answer: 3.4 times the formula. */
export const mostRaises = 3;

/** The step that is enough for a number of nodes. */
export function nodesCovered(nodes: number): number {
  return Math.max(1, Math.ceil(nodes / nodesPerStep)) * nodesPerStep;
}

/** Upstream's formula: 100m and 200Mi for 100 nodes, 1m and 2Mi more for each further one (its README, "Scaling"). */
export function autoResources({ nodes, raised }: Size, limitsMemory: boolean) {
  const memory = Math.round(2 * nodes * raisedBy ** raised);
  return {
    mode: 'Auto' as const,
    requests: { cpu: `${nodes}m`, memory: `${memory}Mi` },
    ...(limitsMemory && { limits: { memory: `${2 * memory}Mi` } }),
  };
}
