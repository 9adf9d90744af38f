import { connectApi, exists } from './api.ts';
import { forgetServingCertificate, type ServingCertificate } from './kubelet-certificates.ts';
import { type Layout, layout, nodeName } from './layout.ts';
import type { LocalCluster } from './local-cluster.ts';
import { writeKubeletConfig } from './node-files.ts';
import { waitUntil } from './processes.ts';
import {
  approveServingCertificates,
  isKubeletTrusted,
  isNodeReady,
  isWaitingForApproval,
} from './readiness.ts';
import { type Mark, readMark } from './state.ts';
import { startStopped, stopComponent } from './stopped.ts';

/**
 * An upgrade of the control plane, or its machine restarting: kube-apiserver says goodbye to its clients
 * and ends; until it is back, connections to it are refused. Behind a node cluster's relay they are
 * accepted and closed at once instead, as by a load balancer that has nobody left to ask; kubectl takes
 * that for a mishap and tries again for more than a minute, so ask with `connectApi` meanwhile.
 */
export async function stopApiServer({ state }: LocalCluster): Promise<void> {
  const paths = layout(state);
  await stopComponent(paths, apiServerName(await markOf(paths)));
}

/** kube-apiserver comes back at the same address, with what etcd has kept, and with an empty watch cache. */
export async function startApiServer({ state }: LocalCluster): Promise<void> {
  const paths = layout(state);
  const mark = await markOf(paths);
  const apiserver = await startStopped(paths, apiServerName(mark), leash(mark));
  const api = await connectApi(paths, mark.apiPort);
  await waitUntil('kube-apiserver answers', () => exists(api, '/readyz'), { needs: [apiserver] });
}

/**
 * A kubelet that has crashed or is being upgraded: its containers go on running, but nobody measures
 * them or tells of them, and after a while (50 s) its node counts as not Ready.
 */
export async function stopKubelet({ state }: Pick<LocalCluster, 'state'>, node: number): Promise<void> {
  await stopComponent(layout(state), kubeletName(node));
}

/**
 * An administrator restarts a kubelet, with other serving certificates if told so: `cluster-ca` is how one
 * mends kubelets that signed theirs themselves. It finds its containers again and leaves them alone. One
 * that still runs is stopped first. The old self-signed file stays on disk, but kubelet no longer serves it.
 */
export async function restartKubelet(
  cluster: Pick<LocalCluster, 'state'>,
  node: number,
  { kubeletCertificates }: { kubeletCertificates?: ServingCertificate } = {},
): Promise<void> {
  const paths = layout(cluster.state);
  const mark = await markOf(paths);
  if (kubeletCertificates !== undefined) refuseUnverifiable(mark, kubeletCertificates);
  const [name, api] = [nodeName(node), await connectApi(paths, mark.apiPort)];
  await stopKubelet(cluster, node);
  if (kubeletCertificates !== undefined) await writeKubeletConfig(paths, node, kubeletCertificates);
  if (kubeletCertificates === 'pending') await forgetServingCertificate(paths, node);
  const watched = { needs: [await startStopped(paths, kubeletName(node), leash(mark))] };
  // A kubelet without a certificate yet refuses all connections, so this also waits for the new one.
  const isTrusted = async () => {
    if (kubeletCertificates === 'pending') return await isWaitingForApproval(api, name);
    await approveServingCertificates(api, name);
    return await isKubeletTrusted(api, name);
  };
  await waitUntil(`kube-apiserver trusts the kubelet of ${name}`, isTrusted, watched);
  await waitUntil(`${name} is Ready`, () => isNodeReady(api, name), watched);
}

/** Where kube-apiserver itself verifies kubelets, nobody could tell when such a one has come back. */
function refuseUnverifiable({ shape }: Mark, certificate: ServingCertificate): void {
  const isVerifying = shape.kind !== 'nodes' || shape.kubeletCertificates !== 'self-signed';
  if (!isVerifying || certificate === 'cluster-ca' || certificate === 'pending') return;
  throw new Error(
    `A cluster with certificates "cluster-ca" does not accept a kubelet with "${certificate}": start one with --kubelet-certificates self-signed.`,
  );
}

async function markOf(paths: Layout): Promise<Mark> {
  const mark = await readMark(paths);
  if (mark === undefined) throw new Error(`There is no cluster in ${paths.state}.`);
  return mark;
}

const kubeletName = (node: number) => `kubelet-${nodeName(node)}`;

function apiServerName({ shape }: Mark): string {
  switch (shape.kind) {
    case 'control-plane':
      return 'kube-apiserver';
    case 'nodes':
      return `kube-apiserver-${nodeName(1)}`;
  }
}

function leash({ shape }: Mark): { diesWithParent: boolean } {
  switch (shape.kind) {
    case 'control-plane':
      return { diesWithParent: true };
    case 'nodes':
      return { diesWithParent: shape.diesWithParent };
  }
}
