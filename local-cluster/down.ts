import { readFile } from 'node:fs/promises';
import { removeCgroups } from './cgroups.ts';
import { type Layout, layout } from './layout.ts';
import { childrenOf, namespacesOf, processesIn } from './namespaces.ts';
import { forgetRecords, liveRecords } from './processes.ts';
import { type Say, sleep } from './progress.ts';
import { readMark, refuseForeignOwner, removeState } from './state.ts';
import { keepUsedRights } from './used-rights.ts';

const patienceMs = 20_000;

/** Ends the cluster of a state folder, whole or half started, and removes all that belongs to it. */
export async function downCluster(state: string, say: Say): Promise<void> {
  const paths = layout(state);
  if ((await readMark(paths)) === undefined) return say(`there is no cluster in ${paths.state}`);
  await refuseForeignOwner(paths);
  const { processes, namespaces } = await endRecorded(paths, () => true);
  const cgroups = await removeCgroups(paths);
  await refuseLeftMounts(paths);
  await keepUsedRights(paths);
  await removeState(paths);
  say(
    `ended ${processes} processes, removed ${cgroups} cgroups and ${namespaces} namespaces ` +
      'with their mounts and interfaces; nothing is left',
  );
}

/**
 * Kills the components whose names fit, and with process 1 of a node everything in its namespaces;
 * returns when all of it is gone.
 */
export async function endRecorded(
  paths: Layout,
  fits: (name: string) => boolean,
): Promise<{ processes: number; namespaces: number }> {
  const seen = { processes: new Set<number>(), namespaces: new Set<string>() };
  // Looked at anew each time: what a killed start had just begun may record itself, or enter the namespaces, only now.
  for (const deadline = performance.now() + patienceMs; ; await sleep(20)) {
    const recorded = (await liveRecords(paths)).filter(({ name }) => fits(name)).map(({ pid }) => pid);
    const children = recorded.flatMap(childrenOf);
    for (const id of namespacesOf(children)) seen.namespaces.add(id);
    const inside = processesIn(seen.namespaces).filter((pid) => !recorded.includes(pid));
    for (const pid of [...recorded, ...children, ...inside]) seen.processes.add(pid);
    if (recorded.length + inside.length === 0) break;
    if (performance.now() > deadline) {
      throw new Error(`These processes do not end: ${[...recorded, ...inside].join(', ')}`);
    }
    // First what is inside: it is then reaped by the `nsenter` that started it. Without that parent it
    // would wait, and the namespaces with it, for an init that may take seconds to reap.
    for (const pid of inside) kill(pid);
    if (inside.length === 0) for (const pid of recorded) kill(-pid);
  }
  await forgetRecords(paths, fits);
  return { processes: seen.processes.size, namespaces: seen.namespaces.size };
}

/** A negative number means a process group: each component leads a session and so a group of its own. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return; // it was faster
    throw new Error(`end process ${Math.abs(pid)}`, { cause: error });
  }
}

/** All mounts are made in private namespaces; one that is seen from here must not be deleted through. */
async function refuseLeftMounts(paths: Layout): Promise<void> {
  const left = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((target) => target.startsWith(`${paths.state}/`));
  if (left.length > 0) throw new Error(`Still mounted, unmount first: ${left.join(', ')}`);
}
