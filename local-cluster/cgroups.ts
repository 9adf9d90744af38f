import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from './layout.ts';
import { sleep } from './progress.ts';

const root = '/sys/fs/cgroup';

/**
 * Makes the cgroup that becomes kubelet's root, in every hierarchy. On version 1 each controller is
 * a hierarchy of its own. Version 2 has one; that branch has not been tried on such a machine.
 */
export async function createCgroup(name: string): Promise<void> {
  if (existsSync(join(root, 'cgroup.controllers'))) {
    await delegateControllers();
    await mkdir(join(root, name), { recursive: true });
    return;
  }
  for (const hierarchy of await hierarchies()) {
    if (existsSync(join(hierarchy, 'tasks'))) await mkdir(join(hierarchy, name), { recursive: true });
  }
}

/** Version 2 gives a controller to the children of a group only when the group says so. */
async function delegateControllers(): Promise<void> {
  const controllers = (await readFile(join(root, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  for (const controller of controllers)
    await writeFile(join(root, 'cgroup.subtree_control'), `+${controller}`);
}

/** Removes the cgroups of a cluster whose processes have all ended; says how many nodes had one. */
export async function removeCgroups(paths: Layout): Promise<number> {
  return await removeNamed((name) => name.startsWith(paths.cgroupPrefix));
}

export async function removeCgroup(name: string): Promise<void> {
  await removeNamed((candidate) => candidate === name);
}

async function removeNamed(belongs: (name: string) => boolean): Promise<number> {
  const removed = new Set<string>();
  for (const hierarchy of [root, ...(await hierarchies())]) {
    for (const name of (await folders(hierarchy)).filter(belongs)) {
      await removeTree(join(hierarchy, name));
      removed.add(name);
    }
  }
  return removed.size;
}

/** Files in a cgroup cannot be deleted; removing the folder does it, children first. */
async function removeTree(folder: string): Promise<void> {
  for (const child of await folders(folder)) await removeTree(join(folder, child));
  for (let attempts = 100; ; attempts--) {
    try {
      return await rmdir(folder);
    } catch (error) {
      // The kernel keeps a group busy for a moment after its last process has ended.
      if (attempts === 0) throw new Error(`remove cgroup ${folder}`, { cause: error });
      await sleep(20);
    }
  }
}

async function hierarchies(): Promise<string[]> {
  return (await folders(root)).map((name) => join(root, name));
}

async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
