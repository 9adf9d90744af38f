import { join } from 'node:path';
import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import { helmFor } from '../../local-cluster/chart.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { type RealRelease, realReleases } from '../ecosystem/real-releases.ts';
import { sourceFolder, upstreamObjects } from '../ecosystem/upstream-manifests.ts';

/** What upstream publishes for a release, as JSON that kubectl applies. `image` stands for upstream's. */
export async function upstreamManifests(
  version: string,
  change: (object: KubernetesObject) => KubernetesObject = (object) => object,
  image?: string,
): Promise<string> {
  const all: KubernetesObject[] = await upstreamObjects(release(version));
  const text = all.map((object) => JSON.stringify(change(object))).join('\n---\n');
  return image === undefined
    ? text
    : text.replace(/registry\.k8s\.io\/metrics-server\/metrics-server/g, image);
}

/** A change of what upstream publishes: its Deployment on node-1, with further flags; of two of a name the last one holds. */
export function onFirstNode(flags: string[]): (object: KubernetesObject) => KubernetesObject {
  return (object) => {
    if (object.kind !== 'Deployment') return object;
    const { spec, ...rest }: V1Deployment = { ...object };
    const pod = spec?.template.spec;
    if (spec === undefined || pod === undefined) throw new Error('a Deployment without pods');
    const containers = pod.containers.map((one) => ({ ...one, args: [...(one.args ?? []), ...flags] }));
    const nodeSelector = { ...pod.nodeSelector, 'kubernetes.io/hostname': 'node-1' };
    const template = { ...spec.template, spec: { ...pod, containers, nodeSelector } };
    return { ...rest, spec: { ...spec, template } };
  };
}

function release(version: string): RealRelease {
  const found = realReleases.find((one) => one.version === version);
  if (found === undefined) throw new Error(`no sources of metrics-server ${version}`);
  return found;
}

/** Runs the real Helm. */
export async function helm(
  cluster: LocalCluster,
  args: string[],
  namespace = 'kube-system',
): Promise<string> {
  return await (await helmFor(cluster, console.log, namespace))(args);
}

/** Installs upstream's chart as a release, with values as `--set` takes them. */
export async function helmInstall(cluster: LocalCluster, name: string, values: string[] = []): Promise<void> {
  const chart = join(await sourceFolder(release('0.9.0')), 'charts', 'metrics-server');
  await helm(cluster, ['install', name, chart, ...values.flatMap((value) => ['--set', value])]);
}
