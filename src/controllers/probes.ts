import type { V1Pod } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import type { MetricsAnswer, ScrapeLog } from '../health/facts.ts';
import { scrapeErrors } from '../health/scrape-errors.ts';
import type { Connection } from '../platform/connection.ts';
import { collectionPath } from '../platform/paths.ts';
import { Refusal } from '../platform/refusal.ts';
import { containerName } from '../resources/deployment.ts';

interface NodeMetricsList {
  items?: { metadata?: { name?: string }; timestamp?: string }[];
}

/** What metrics-server says of the nodes, asked through the API server as every client does. */
export async function nodeMetrics(connection: Connection): Promise<MetricsAnswer> {
  try {
    const { items = [] } = await connection.send<NodeMetricsList>({
      path: '/apis/metrics.k8s.io/v1beta1/nodes',
    });
    const samples = items.map(({ metadata, timestamp }) => ({
      name: metadata?.name ?? '',
      takenAtMs: Date.parse(timestamp ?? ''),
    }));
    return { is: 'answered', samples };
  } catch (error) {
    if (error instanceof Refusal) return { is: 'failed', message: error.message };
    if (isTimeout(error)) return { is: 'failed', message: 'no answer within 10 s' };
    throw error; // the API server itself is out of reach
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

const readEveryMs = 15_000;
const logLimits = { tailLines: 200, limitBytes: 65_536 };

/** Reads the end of a pod's log, at most every 15 s. */
export function scrapeLogs(connection: Connection): (pod: V1Pod, resolution: string) => Promise<ScrapeLog> {
  const last: { uid?: string; readAtMs: number; log: ScrapeLog } = { readAtMs: 0, log: { is: 'unread' } };
  return async (pod, resolution) => {
    const uid = pod.metadata?.uid;
    if (uid === last.uid && Date.now() - last.readAtMs < readEveryMs) return last.log;
    const log = await scrapeLog(connection, pod, resolution);
    Object.assign(last, { uid, readAtMs: Date.now(), log });
    return log;
  };
}

async function scrapeLog(
  connection: Connection,
  { metadata }: V1Pod,
  resolution: string,
): Promise<ScrapeLog> {
  const path = `${collectionPath('v1', 'pods', metadata?.namespace)}/${metadata?.name}/log`;
  const sinceSeconds = Math.ceil((2 * durationMs(resolution)) / 1000) + 10; // an error that goes on is repeated at each scrape
  try {
    const text = await connection.text({
      path,
      query: { container: containerName, sinceSeconds, ...logLimits },
    });
    return { is: 'read', errors: scrapeErrors(text) };
  } catch (error) {
    if (error instanceof Refusal) return { is: 'unreadable', message: error.message };
    if (isTimeout(error)) return { is: 'unreadable', message: 'no answer within 10 s' };
    throw error;
  }
}
