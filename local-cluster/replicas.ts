import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Lease } from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { Connection } from '../src/platform/connection.ts';
import { Refusal } from '../src/platform/refusal.ts';
import type { AuditedRequest } from './audit.ts';
import type { LocalCluster } from './local-cluster.ts';
import { type OperatorProcess, operatorKubeconfig, startOperator } from './operator.ts';

/** One of several operators that share a Lease. */
export interface Replica {
  name: string;
  process: OperatorProcess;
  /** How the audit log knows its requests from those of the others. */
  credential: string;
}

const place = { namespace: 'metrics-server-operator', name: 'metrics-server-operator' };
const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${place.namespace}/leases/${place.name}`;

/** Starts an operator as one of several, with a token of its own. */
export async function startReplica(
  cluster: LocalCluster,
  name: string,
  start: (settings: Record<string, string>) => OperatorProcess = (settings) =>
    startOperator(settings['KUBECONFIG'] ?? '', join(cluster.state, `${name}.log`), settings),
): Promise<Replica> {
  const kubeconfig = await operatorKubeconfig(cluster, cluster.kubeconfig, `${name}.kubeconfig`);
  const process = start({
    KUBECONFIG: kubeconfig,
    LEASE: `${place.namespace}/${place.name}`,
    POD_NAME: name,
  });
  return { name, process, credential: await credentialIn(kubeconfig) };
}

/** The API server writes the id of a token down with each request. */
async function credentialIn(kubeconfig: string): Promise<string> {
  const { token }: { token: string } = parse(await readFile(kubeconfig, 'utf8')).users[0].user;
  const [, claims = ''] = token.split('.');
  const { jti }: { jti: string } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return `JTI=${jti}`;
}

/** Which replica holds the Lease now; undefined: none. */
export async function holderOf(admin: Connection): Promise<string | undefined> {
  try {
    const { spec } = await admin.send<V1Lease>({ path: leasePath });
    return spec?.holderIdentity?.split('_')[0] || undefined;
  } catch (error) {
    if (error instanceof Refusal && error.why === 'absent') return undefined;
    throw error;
  }
}

const isLease = ({ uri }: AuditedRequest) => uri.includes('/leases/');

/** Who has led, one after the other, and which writes were sent by one that did not lead at that moment; both from the audit log. */
export function leadership(
  sent: AuditedRequest[],
  replicas: Replica[],
): { leaders: string[]; strangers: string[] } {
  const leaders: string[] = [];
  const strangers: string[] = [];
  const written = sent.filter(({ verb }) => ['create', 'update', 'patch', 'delete'].includes(verb));
  for (const one of written.sort((a, b) => a.time.getTime() - b.time.getTime())) {
    const name = replicas.find(({ credential }) => credential === one.credential)?.name ?? one.credential;
    if (!isLease(one) && name !== leaders.at(-1)) strangers.push(`${name}: ${one.verb} ${one.uri}`);
    if (isLease(one) && one.code < 300 && name !== leaders.at(-1)) leaders.push(name);
  }
  return { leaders, strangers };
}
