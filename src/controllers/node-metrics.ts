import { msOf } from '../crds/duration.ts';
import type { FailureRow, MetricsAnswer } from '../health/facts.ts';
import { type Connection, isTimeout } from '../platform/connection.ts';
import { Refusal } from '../platform/refusal.ts';
import { kubernetesVersion } from '../platform/version.ts';
import { failureRow } from './failure-row.ts';
import { refusalText } from './refusal-text.ts';

interface NodeMetrics {
  metadata?: { name?: string };
  timestamp?: string;
  window?: string;
}

const timeoutMs = 5000;

/** What metrics-server says of the nodes, asked through the API server as every client does. */
export function nodeMetrics(
  connection: Pick<Connection, 'send' | 'list' | 'now'>,
): () => Promise<MetricsAnswer> {
  const path = '/apis/metrics.k8s.io/v1beta1/nodes';
  const row = failureRow();
  const window = smoothed();
  const failure = async (error: unknown, atMs: number): Promise<FailureRow> => {
    const isProven = isOfServer(error) && (!row.isDue(atMs) || (await isUp(connection)));
    if (isProven) row.confirm(atMs);
    else row.interrupt();
    return row.failed(atMs);
  };
  return async () => {
    try {
      const samples = await connection.list({ path, timeoutMs, isProxied: true }, sampleIn);
      row.end();
      const windowMs = window(samples.flatMap((sample) => sample.windowMs ?? []));
      return { is: 'answered', samples, atMs: connection.now().getTime(), windowMs };
    } catch (error) {
      const atMs = connection.now().getTime();
      if (!isOfServer(error)) row.interrupt();
      const message = refusalText(error);
      if (error instanceof Refusal && error.why === 'forbidden') return { is: 'forbidden', message, atMs };
      const isServerUp = error instanceof Error && isTimeout(error) ? await isUp(connection) : undefined;
      return { is: 'failed', message, atMs, row: await failure(error, atMs), isServerUp };
    }
  };
}

function sampleIn({ metadata, timestamp = '', window = '' }: NodeMetrics) {
  return { name: metadata?.name ?? '', takenAtMs: Date.parse(timestamp), windowMs: msOf(window) };
}

// Kubelets measure about every ten seconds, so that a resolution of 15 s is 10 s in one sample and 20 s in the next.
const weightOfNew = 0.2;

/** The mean of all nodes, and of some time. */
function smoothed(): (windowsMs: number[]) => number | undefined {
  const mean: { ms?: number } = {};
  return (all) => {
    if (all.length === 0) return mean.ms;
    const now = all.reduce((sum, one) => sum + one, 0) / all.length;
    mean.ms = mean.ms === undefined ? now : mean.ms + weightOfNew * (now - mean.ms);
    return mean.ms;
  };
}

/**
 * Whether the API server says that nobody answers it. Where it says nothing in time, that may be for a metrics-server that is slow, which
 * blocks nobody; of one that hangs the API server itself soon says so.
 */
function isOfServer(error: unknown): boolean {
  return error instanceof Refusal && error.why === 'broken';
}

/** Whether it was the API server that spoke, and no load balancer that does not reach it. */
async function isUp(connection: Pick<Connection, 'send'>): Promise<boolean> {
  try {
    await kubernetesVersion(connection);
    return true;
  } catch {
    return false; // why, the watches tell
  }
}
