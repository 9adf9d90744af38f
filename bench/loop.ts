import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { connectAsAdmin } from '../local-cluster/admin.ts';
import type { AuditedRequest } from '../local-cluster/audit.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import type { Connection } from '../src/platform/connection.ts';
import { objectPath } from '../src/platform/paths.ts';
import { names } from '../src/resources/names.ts';
import { references, sharedReferences } from '../src/resources/references.ts';
import { bundledOperator } from './bundled.ts';
import { at, byOperator, isWrite, line, memoryOf, verbs } from './figures.ts';
import { config, configPath, onControlPlane } from './on-control-plane.ts';

/** The loop in figures, beside the budgets of the project. Reports, never fails: the machine may be busy. */

// The others come with a second replica, networkPolicy, cert-manager or CustomCA, and where a foreign Deployment is taken over.
const optional = ['PodDisruptionBudget', 'NetworkPolicy', 'ConfigMap'];
const { secondDeployment, servingIssued } = names('metrics-server');
const objects = [
  sharedReferences.readerRole,
  ...references('metrics-server', 'kube-system').filter(
    ({ kind, name }) => !optional.includes(kind) && ![secondDeployment, servingIssued].includes(name),
  ),
];

export async function loop(idleMinutes: number): Promise<void> {
  await onControlPlane('bench', (cluster) => measure(cluster, idleMinutes));
}

async function measure(cluster: LocalCluster, idleMinutes: number): Promise<void> {
  const start = await bundledOperator(cluster);
  const admin = connectAsAdmin(cluster);
  const first = start();
  await sleep(3000);

  const converges: number[] = [];
  let requested = '';
  for (let round = 0; round < converging; round += 1) {
    if (round > 0) await removeAll(cluster, admin);
    const began = new Date();
    await admin.send({ method: 'POST', path: configPath, body: config });
    await untilQuiet(cluster);
    const made = (await byOperator(cluster, began)).filter(isObjectWrite);
    converges.push(Math.max(...made.map(({ time }) => time.getTime())) - began.getTime());
    requested = await verbs(cluster, began);
  }
  line('all objects applied', `${converges.join(', ')} ms`, 'p50 120 ms, p99 300 ms');
  line('requests of it', requested, 'objects <= 13, status <= 4');

  const repairs = await drifts(admin);
  line(
    'drifts repaired',
    `${repairs.length} of ${objects.length * fields.length * timesEach}`,
    'none missed',
  );
  line('drift repair', `p50 ${at(repairs, 0.5)} ms, p99 ${at(repairs, 0.99)} ms`, 'p50 30 ms, p99 250 ms');

  await first.end();
  const settling = start(); // forgets that so much was corrected, and says so once
  await sleep(5000);
  await settling.end();
  const restarted = new Date();
  const second = start();
  await sleep(10_000);
  line('requests of a restart', await verbs(cluster, restarted), '0 writes');

  const idleSince = new Date();
  await sleep(idleMinutes * 60_000);
  line(`requests of ${idleMinutes} idle min`, await verbs(cluster, idleSince), '<= 20/min, 0 writes');
  line('memory', `${(await memoryOf(second.pid)).residentMiB} MiB`, '85 MiB');
  await second.end();
}

const converging = 5;

/** Deletes the config and waits until garbage collection is through; it learns of a new kind only every 30 s. */
async function removeAll(cluster: LocalCluster, admin: Connection): Promise<void> {
  await admin.send({ method: 'DELETE', path: `${configPath}/metrics-server` });
  for (const { kind, name, ...rest } of objects) {
    const place = 'namespace' in rest && rest.namespace !== undefined ? ['-n', rest.namespace] : [];
    await cluster.kubectl(['wait', '--for=delete', ...place, `${kind}/${name}`, '--timeout=120s'], {
      timeoutMs: 130_000,
    });
  }
}

// Five of each, because a sixth correction of a field within ten minutes is put off by design.
const timesEach = 5;
const fields = [
  'k8s-app',
  'app.kubernetes.io/name',
  'app.kubernetes.io/managed-by',
  'metrics-server.io/config',
  'owner',
];

/** Milliseconds from each drift to its repair, as the API server received the two; sorted. */
async function drifts(admin: Connection): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < timesEach; round += 1) {
    for (const object of objects) {
      for (const field of fields) {
        const path = objectPath(object);
        const value = `drift-${round}`;
        const metadata =
          field === 'owner'
            ? { annotations: { 'metrics-server.io/owner': value } }
            : { labels: { [field]: value } };
        const since = Date.now();
        const query = { fieldManager: 'drifter' };
        const contentType = 'application/merge-patch+json';
        await admin.send({ method: 'PATCH', path, query, contentType, body: { metadata } });
        if (await isRepaired(admin, path, value)) times.push(Date.now() - since);
      }
    }
  }
  return times.sort((a, b) => a - b);
}

async function isRepaired(admin: Connection, path: string, value: string): Promise<boolean> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    const { metadata } = await admin.send<KubernetesObject>({ path });
    const values = [...Object.values(metadata?.labels ?? {}), ...Object.values(metadata?.annotations ?? {})];
    if (!values.includes(value)) return true;
    await sleep(2);
  }
  return false;
}

function isObjectWrite({ verb, uri }: AuditedRequest): boolean {
  return isWrite(verb) && !/\/(status|events)/.test(uri);
}

async function untilQuiet(cluster: LocalCluster): Promise<void> {
  for (let seen = -1, now = 0; seen !== now; ) {
    seen = now;
    await sleep(2000);
    now = (await byOperator(cluster, new Date(0))).filter(isObjectWrite).length;
  }
}
