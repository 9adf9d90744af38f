import { access, mkdir, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../local-cluster/run.ts';

/** The real Prometheus and its promtool, out of Debian's package: unpacked into the cache, not installed, so that nothing is started. */
export async function prometheusBinaries(): Promise<{ prometheus: string; promtool: string }> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'metrics-server-operator', 'prometheus');
  const found = {
    prometheus: join(folder, 'usr/bin/prometheus'),
    promtool: join(folder, 'usr/bin/promtool'),
  };
  const isThere = await access(found.promtool).then(
    () => true,
    () => false,
  );
  if (isThere) return found;
  await mkdir(folder, { recursive: true });
  await run(['apt-get', 'download', 'prometheus'], { cwd: folder }).catch(async () => {
    await run(['apt-get', 'update']); // the package lists of a fresh machine are empty or old
    await run(['apt-get', 'download', 'prometheus'], { cwd: folder });
  });
  const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get download has left no package');
  await run(['dpkg-deb', '--extract', file, '.'], { cwd: folder });
  return found;
}
