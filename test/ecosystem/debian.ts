import { access, mkdir, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../local-cluster/run.ts';

/** The folder that a package of Debian is unpacked into, in the cache: it is not installed, so that nothing is started. */
export async function debianPackage(name: string, program: string): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'metrics-server-operator', name);
  const isThere = await access(join(folder, program)).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  await mkdir(folder, { recursive: true });
  await run(['apt-get', 'download', name], { cwd: folder }).catch(async () => {
    await run(['apt-get', 'update']); // the package lists of a fresh machine are empty or old
    await run(['apt-get', 'download', name], { cwd: folder });
  });
  const file = (await readdir(folder)).find((one) => one.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get download has left no package');
  await run(['dpkg-deb', '--extract', file, '.'], { cwd: folder });
  return folder;
}
