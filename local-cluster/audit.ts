import { readFile } from 'node:fs/promises';

/** One request to the API server. A watch appears when it starts, everything else when it is answered. */
export type AuditedRequest = {
  verb: string;
  uri: string;
  user: string;
  userAgent: string;
  /** Tells the tokens of one account apart. */
  credential: string;
  code: number;
  time: Date;
};

export type AuditFilter = { user?: string; userAgent?: string; since?: Date };

const credentialId = 'authentication.kubernetes.io/credential-id';

type AuditEvent = {
  verb: string;
  requestURI: string;
  user?: { username?: string; extra?: Record<string, string[]> };
  userAgent?: string;
  responseStatus?: { code?: number };
  requestReceivedTimestamp: string;
};

/** The policy for kube-apiserver: each request once, without bodies. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    // A watch completes only when it ends, minutes later; it counts from its start.
    { level: 'Metadata', verbs: ['watch'], omitStages: ['RequestReceived', 'ResponseComplete'] },
    { level: 'Metadata', omitStages: ['RequestReceived', 'ResponseStarted'] },
  ],
};

/** The requests in kube-apiserver's audit log, oldest first. `userAgent` needs to match the beginning only. */
export async function requests(auditLog: string, filter: AuditFilter = {}): Promise<AuditedRequest[]> {
  const lines = (await readFile(auditLog, 'utf8').catch(() => '')).split('\n');
  // What follows the last line break is empty or still being written.
  return lines
    .slice(0, -1)
    .map(parseRequest)
    .filter((request) => matches(request, filter));
}

/** How many requests of each verb. */
export async function requestsByVerb(
  auditLog: string,
  filter: AuditFilter = {},
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { verb } of await requests(auditLog, filter)) counts[verb] = (counts[verb] ?? 0) + 1;
  return counts;
}

function parseRequest(line: string): AuditedRequest {
  const event: AuditEvent = JSON.parse(line);
  return {
    verb: event.verb,
    uri: event.requestURI,
    user: event.user?.username ?? '',
    userAgent: event.userAgent ?? '',
    credential: event.user?.extra?.[credentialId]?.[0] ?? '',
    code: event.responseStatus?.code ?? 0,
    time: new Date(event.requestReceivedTimestamp),
  };
}

function matches(request: AuditedRequest, { user, userAgent, since }: AuditFilter): boolean {
  return (
    (user === undefined || request.user === user) &&
    (userAgent === undefined || request.userAgent.startsWith(userAgent)) &&
    (since === undefined || request.time >= since)
  );
}
