import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../local-cluster/run.ts';
import { build } from './build.ts';
import { imageConfig } from './runtime.ts';

/**
 * The one layer of the image, as a tar, without a Docker daemon and without a base image: Node, the libraries of this machine that it is linked
 * with, and the operator. The same files give the same tar.
 */
export async function imageLayer(folder: string): Promise<string> {
  const root = join(folder, 'root');
  await rm(root, { recursive: true, force: true });
  await build(join(root, 'app'));
  for (const library of await librariesOf(process.execPath)) await copy(library, join(root, library));
  await copy(process.execPath, join(root, 'nodejs/bin/node'));
  const [user] = imageConfig.user.split(':');
  await mkdir(join(root, 'etc'));
  await writeFile(join(root, 'etc/passwd'), `nonroot:x:${user}:${user}:nonroot:/app:/sbin/nologin\n`);
  const tar = join(folder, 'operator.tar');
  const stable = ['--owner=0', '--group=0', '--sort=name', '--mtime=@0'];
  await run(['tar', '--create', '--file', tar, ...stable, '--directory', root, '.']);
  await rm(root, { recursive: true });
  return tar;
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { dereference: true });
}

/** As the loader names them: `libm.so.6 => /lib/…/libm.so.6 (0x…)`, and the loader itself without an arrow. */
async function librariesOf(program: string): Promise<string[]> {
  const lines = (await run(['ldd', program])).split('\n');
  return lines.flatMap((line) => /(?:^|=>)\s*(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
