import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, get } from '../objects.ts';

const longAgo = '2026-01-01T00:00:00Z';

/** There are no kubelets here, so the test says that a pod runs and is not ready. */
export async function sayUnready(cluster: LocalCluster, namespace: string, name: string): Promise<void> {
  await sayState(cluster, namespace, name, { running: { startedAt: longAgo } });
}

/** And that another one waits for something, of which an Event tells. */
export async function sayKeptFromStarting(
  cluster: LocalCluster,
  namespace: string,
  name: string,
  because: string,
): Promise<void> {
  const pod = await get<KubernetesObject>(cluster, '-n', namespace, 'pod', name);
  const event = {
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name, namespace } },
    ...{ involvedObject: { kind: 'Pod', namespace, name, uid: pod?.metadata?.uid } },
    ...{ type: 'Warning', reason: 'FailedMount', message: because },
  };
  await applyYaml(cluster, JSON.stringify(event));
  await sayState(cluster, namespace, name, { waiting: { reason: 'ContainerCreating' } });
}

async function sayState(
  cluster: LocalCluster,
  namespace: string,
  name: string,
  state: object,
): Promise<void> {
  const container = { name: 'metrics-server', ready: false, restartCount: 0, image: 'x', imageID: '', state };
  const status = JSON.stringify({ status: { startTime: longAgo, containerStatuses: [container] } });
  const patch = ['--subresource=status', '--type=merge', '-p', status];
  await cluster.kubectl(['patch', '-n', namespace, 'pod', name, ...patch]);
}

/** What the operator asks has no answer here, and yet it may ask. */
export async function expectMayAsk(cluster: LocalCluster, uri: RegExp): Promise<void> {
  await eventually(async () => {
    const all = await requests(cluster.auditLog, { user: operatorUser });
    const codes = all.filter((one) => uri.test(one.uri)).map(({ code }) => code);
    expect(codes, `${uri}`).to.satisfy((some: number[]) => some.some((code) => code !== 403));
  }, 30_000);
}
