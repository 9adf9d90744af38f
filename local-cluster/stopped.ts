import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kill } from './down.ts';
import type { Layout } from './layout.ts';
import { childrenOf } from './namespaces.ts';
import { type Component, liveProcess, type StartOptions, startComponent } from './processes.ts';
import { sleep } from './progress.ts';

// While clients watch, kube-apiserver would stay for 60 s after SIGTERM: it no longer listens, but lets watches go
// on. The kubelet of a real control plane kills it after 30 s of that; tests have not so much time.
const graceMs = 5000;

/**
 * Ends one component, with SIGTERM and if need be SIGKILL, and keeps its command line, so that it can come back as it was. Its
 * record stays: a cluster that misses a component is not whole. Does nothing where it is stopped already.
 */
export async function stopComponent(paths: Layout, name: string): Promise<void> {
  const record = join(paths.processes, name);
  const pid = await liveProcess(record);
  if (pid === undefined) {
    if (existsSync(join(paths.stopped, name))) return;
    throw new Error(`${name} does not run in ${paths.state}`);
  }
  await mkdir(paths.stopped, { recursive: true });
  await writeFile(join(paths.stopped, name), await readFile(`/proc/${pid}/cmdline`));
  // What runs in a node's namespaces is recorded by the `nsenter` outside, which ends with its child.
  const [target = pid] = childrenOf(pid);
  kill(target, 'SIGTERM');
  const killed = setTimeout(() => kill(target), graceMs);
  while ((await liveProcess(record)) !== undefined) await sleep(20);
  clearTimeout(killed);
}

/** Starts a stopped component again: the same command line, the same log, a new process in its record. */
export async function startStopped(paths: Layout, name: string, options: StartOptions): Promise<Component> {
  const file = join(paths.stopped, name);
  if (!existsSync(file)) throw new Error(`${name} has not been stopped`);
  const command = (await readFile(file, 'utf8')).split('\0').slice(0, -1);
  const component = await startComponent(paths, { name, command }, options);
  await rm(file); // whoever starts it twice would lose track of the first one
  return component;
}
