import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { imageLayer } from '../image/layer.ts';
import { type ImageConfig, pushImage } from '../image/push.ts';
import { imageConfig } from '../image/runtime.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type Binaries, pathOf } from './binaries.ts';
import { type Layout, layout, network } from './layout.ts';
import type { LocalCluster } from './local-cluster.ts';
import { insideNetwork } from './namespaces.ts';
import { type Component, waitUntil } from './processes.ts';
import { run } from './run.ts';

export const registry = `127.0.0.1:${network.registryPort}`;
export const pauseImage = `${registry}/pause:1`;

const applets = ['sh', 'cat', 'echo', 'env', 'hostname', 'httpd', 'ls', 'nc', 'sleep', 'test', 'top', 'wget'];

type Image = ImageConfig & { name: string; layer: string };

// The sandbox of a pod only has to stay, to end when told so, and to reap orphans.
const stay = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done";

/** Command of the registry; the network it listens in is the cluster's own. */
export function registryCommand(bin: Binaries): string[] {
  return [pathOf(bin, 'crane'), 'registry', 'serve', '--address', `0.0.0.0:${network.registryPort}`];
}

/** Builds the images from programs of this machine, without any base image, and pushes them to the registry. */
export async function pushImages(paths: Layout, bin: Binaries, registryComponent: Component): Promise<void> {
  const [busybox, metricsServer] = await Promise.all([
    busyboxLayer(paths),
    metricsServerImage(paths, '0.9.0', pathOf(bin, 'metrics-server')),
  ]);
  const images: Image[] = [
    { name: 'pause:1', layer: busybox, entrypoint: ['/bin/sh', '-c', stay], user: '65535:65535' },
    { name: 'busybox:1', layer: busybox, entrypoint: ['/bin/sh'], user: '0:0' },
    metricsServer,
  ];
  const crane = craneIn(paths, bin);
  const answers = async () => await crane(['catalog', registry]).then(...yesOrNo);
  await waitUntil('the registry answers', answers, { needs: [registryComponent], seconds: 20 });
  await Promise.all(images.map((image) => push(image, crane)));
}

/** Puts a further release of metrics-server into the registry of a running cluster. */
export async function pushMetricsServer(
  { state, bin }: LocalCluster,
  version: string,
  program: string,
): Promise<void> {
  const paths = layout(state);
  await push(await metricsServerImage(paths, version, program), craneIn(paths, bin));
}

export const operatorImage = `${registry}/metrics-server-operator/metrics-server-operator`;

/** Builds the image of the operator from this checkout, and puts it into the registry of a running cluster. Returns its digest. */
export async function pushOperator({ state, bin }: LocalCluster): Promise<string> {
  const paths = layout(state);
  const crane = craneIn(paths, bin);
  const reference = `${operatorImage}:${packageJson.version}`;
  await pushImage(reference, await imageLayer(join(paths.images, 'operator')), imageConfig, crane);
  return (await crane(['digest', reference])).trim();
}

type Crane = (args: string[]) => Promise<string>;

const push = ({ name, layer, ...config }: Image, crane: Crane) =>
  pushImage(`${registry}/${name}`, layer, config, crane);

function craneIn(paths: Layout, bin: Binaries): Crane {
  const env = { DOCKER_CONFIG: paths.images }; // no logins of the user
  return async (args) => await run(insideNetwork(paths, 1, [pathOf(bin, 'crane'), ...args]), { env });
}

async function busyboxLayer(paths: Layout): Promise<string> {
  const folder = join(paths.images, 'busybox');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await mkdir(join(folder, 'tmp'), { recursive: true });
  await cp('/bin/busybox', join(folder, 'bin', 'busybox'), { dereference: true });
  await Promise.all(applets.map((applet) => symlink('busybox', join(folder, 'bin', applet))));
  return await archive(paths, folder);
}

async function metricsServerImage(paths: Layout, version: string, program: string): Promise<Image> {
  const folder = join(paths.images, `metrics-server-${version}`);
  await mkdir(folder, { recursive: true });
  const to = join(folder, 'metrics-server');
  // No copy, for it has 70 MB; nor a second name, which counts as a change for a tar of another cluster that reads it at the moment.
  await symlink(program, to);
  return {
    name: `metrics-server/metrics-server:v${version}`,
    layer: await archive(paths, folder, ['--dereference']),
    entrypoint: ['/metrics-server'],
    user: '65534:65534',
  };
}

async function archive(paths: Layout, folder: string, more: string[] = []): Promise<string> {
  const file = `${folder}.tar`;
  const stable = ['--owner=0', '--group=0', '--sort=name', '--mtime=@0'];
  // In the cluster's network, for what ends the cluster looks there: a tar that outlives its killed start must not write on.
  const tar = ['tar', '--create', '--file', file, ...stable, ...more, '--directory', folder, '.'];
  await run(insideNetwork(paths, 1, tar));
  await rm(folder, { recursive: true });
  return file;
}

const yesOrNo = [() => true, () => false] as const;
