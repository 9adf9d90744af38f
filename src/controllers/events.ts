import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { apiVersion, kind, type MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { Connection } from '../platform/connection.ts';
import { collectionPath } from '../platform/paths.ts';
import type { Announcement } from './announcements.ts';

const eventsApi = 'events.k8s.io/v1';
// Events of cluster-scoped objects live there, by the API server's own rule.
const namespace = 'default';
const longestNote = 1024;

/** Writes one Event. */
export async function writeEvent(
  connection: Connection,
  config: MetricsServerConfig,
  { type, reason, note }: Announcement,
): Promise<void> {
  const { name, uid, resourceVersion } = config.metadata;
  const now = new Date();
  const body = {
    apiVersion: eventsApi,
    kind: 'Event',
    metadata: { name: `${name}.${randomUUID().slice(0, 18)}`, namespace },
    eventTime: now.toISOString().replace('Z', '000Z'), // a MicroTime
    reportingController: 'metrics-server.io/operator',
    reportingInstance: hostname(),
    action: 'Reconcile',
    type,
    reason,
    note: note.slice(0, longestNote),
    regarding: { apiVersion, kind, name, uid, resourceVersion },
  };
  const path = collectionPath(eventsApi, 'events', namespace);
  await connection.send({ method: 'POST', path, body, timeoutMs: 3000 });
}
