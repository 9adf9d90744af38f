import { readFile } from 'node:fs/promises';
import { type AuditedRequest, requests } from '../local-cluster/audit.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import { operatorUser } from '../local-cluster/operator.ts';

export function line(what: string, measured: string, budget: string): void {
  console.log(`${what.padEnd(24)} ${measured.padEnd(60)} budget: ${budget}`);
}

export function isWrite(verb: string): boolean {
  return ['create', 'update', 'patch', 'delete'].includes(verb);
}

export function byOperator(cluster: LocalCluster, since: Date): Promise<AuditedRequest[]> {
  return requests(cluster.auditLog, { user: operatorUser, since });
}

/** How many requests of each kind. */
export async function verbs(cluster: LocalCluster, since: Date): Promise<string> {
  const all = await byOperator(cluster, since);
  const nameOf = ({ verb, uri }: AuditedRequest) => {
    if (uri.includes('/events')) return 'event';
    return uri.includes('/status') ? 'status write' : isWrite(verb) ? `object ${verb}` : verb;
  };
  const counts = Object.entries(Object.groupBy(all, nameOf)).map(([name, some]) => `${some?.length} ${name}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}

/** The value that this share of all does not exceed. */
export function at(sorted: number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Of a process: what it has in memory now, and the most that it ever had. */
export async function memoryOf(pid: number): Promise<{ residentMiB: number; peakMiB: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [residentMiB = 0, peakMiB = 0] = ['VmRSS', 'VmHWM'].map((name) =>
    Math.round(Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))?.[1]) / 1024),
  );
  return { residentMiB, peakMiB };
}

const msPerTick = 10; // USER_HZ is 100 everywhere

/** Milliseconds of processor that a process has used, in all its threads: proc(5). */
export async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}
