import { createReadStream } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Layout } from './layout.ts';
import { operatorUser } from './operator-user.ts';

/** A right that somebody has made use of, and the role that gave it. */
export interface UsedRight {
  role: string;
  verb: string;
  group: string;
  /** With its subresource, as in pods/log. */
  resource: string;
  /** Empty where the request named no object. */
  name: string;
}

export type RefusedRight = Omit<UsedRight, 'role'>;

interface ObjectRef {
  apiGroup?: string;
  resource?: string;
  subresource?: string;
  name?: string;
}

interface AuditEvent {
  verb: string;
  requestURI: string;
  objectRef?: ObjectRef;
  responseStatus?: { code?: number };
  annotations?: Record<string, string>;
}

const reasonAnnotation = 'authorization.k8s.io/reason';
const created = 201;
const forbidden = 403;

/** What an account has done with its rights, each once, as the API server's audit log has it. */
export async function usedRights(auditLog: string, user: string): Promise<UsedRight[]> {
  return await each(auditLog, user, rightsIn);
}

/** What it was not allowed to do. */
async function refusedTo(auditLog: string, user: string): Promise<RefusedRight[]> {
  return await each(auditLog, user, ({ verb, objectRef, responseStatus }) =>
    responseStatus?.code === forbidden && objectRef?.resource !== undefined
      ? [{ verb, ...objectOf(objectRef) }]
      : [],
  );
}

async function each<T extends object>(
  auditLog: string,
  user: string,
  read: (event: AuditEvent) => T[],
): Promise<T[]> {
  const found = new Map<string, T>();
  for await (const line of createInterface({ input: createReadStream(auditLog) })) {
    if (!line.includes(`"username":"${user}"`) || !line.endsWith('}')) continue; // the last line may be torn off
    for (const one of read(JSON.parse(line))) found.set(Object.values(one).join(' '), one);
  }
  return [...found.values()];
}

/** An apply that creates is authorised twice, and the log tells of it once. What was allowed counts as used, also where nothing was found. */
function rightsIn({ verb, requestURI, objectRef, responseStatus, annotations }: AuditEvent): UsedRight[] {
  const [, role] = /of (?:Cluster)?Role "([^"]+)"/.exec(annotations?.[reasonAnnotation] ?? '') ?? [];
  if (role === undefined || objectRef?.resource === undefined || requestURI.includes('dryRun=')) return [];
  const used = { role, verb, ...objectOf(objectRef) };
  return verb === 'patch' && responseStatus?.code === created ? [used, { ...used, verb: 'create' }] : [used];
}

function objectOf({ apiGroup = '', resource = '', subresource, name = '' }: ObjectRef) {
  return { group: apiGroup, resource: subresource ? `${resource}/${subresource}` : resource, name };
}

/** The folder in which each cluster leaves what the operator has used of its rights; without it none does. */
export const usedRightsFolder = 'USED_RIGHTS';

/** What a cluster leaves. */
export interface Left {
  suite: string;
  rights: UsedRight[];
  refused: RefusedRight[];
}

/** Before the state of a cluster goes: what the operator has used there of its rights, and which it lacked. */
export async function keepUsedRights({ auditLog, state }: Layout): Promise<void> {
  const folder = process.env[usedRightsFolder];
  const isThere = await access(auditLog).then(
    () => true,
    () => false,
  );
  if (folder === undefined || !isThere) return;
  await mkdir(folder, { recursive: true });
  const left: Left = {
    suite: basename(state),
    rights: await usedRights(auditLog, operatorUser),
    refused: await refusedTo(auditLog, operatorUser),
  };
  const file = join(folder, `${basename(state)}-${process.pid}-${Date.now()}.json`);
  await writeFile(file, JSON.stringify(left));
}
