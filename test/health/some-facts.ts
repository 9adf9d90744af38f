import type { Facts, FailureRow, NodeFacts, NodeSample } from '../../src/health/facts.ts';
import { plain, someSpec } from '../crds/some-spec.ts';

export const now = new Date('2026-01-01T12:00:00Z');

/** The facts of a healthy cluster of two nodes, changed only where a test cares. */
export function someFacts(changes: Partial<Omit<Facts, 'spec'>> & { spec?: object } = {}): Facts {
  const { spec = {}, ...facts } = changes;
  return {
    name: 'metrics-server',
    now,
    deployment: {
      metadata: { name: 'metrics-server', namespace: 'kube-system', generation: 1 },
      spec: { replicas: 1, selector: {}, template: {} },
      status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 },
    },
    pods: [],
    nodes: [node('a'), node('b')],
    metrics: answered(sampled('a'), sampled('b')),
    log: { is: 'unread' },
    ...facts,
    spec: someSpec(plain(spec)),
  };
}

export function node(name: string, changes: Partial<NodeFacts> = {}): NodeFacts {
  return { name, labels: {}, isReady: true, createdAtMs: 0, readyChangedAtMs: 0, ...changes };
}

/** An answer of the metrics API, just now. */
export function answered(...samples: NodeSample[]) {
  return { is: 'answered' as const, samples, atMs: now.getTime() };
}

/** A failed answer of the metrics API, just now; it has failed for half a minute and never answered. */
export function failed(message: string, row: Partial<FailureRow> = {}) {
  const since = { sinceMs: now.getTime() - 30_000, deadMs: 0, confirmations: 0, hasAnswered: false };
  return { is: 'failed' as const, message, atMs: now.getTime(), row: { ...since, ...row } };
}

export function sampled(name: string, secondsAgo = 5): NodeSample {
  return { name, takenAtMs: now.getTime() - secondsAgo * 1000 };
}
