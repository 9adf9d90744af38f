import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from './layout.ts';
import { liveProcess, ownStat } from './processes.ts';

/** Who signs the kubelets' serving certificates: the cluster's CA or each kubelet itself. */
export type KubeletCertificates = 'cluster-ca' | 'self-signed';

export type Shape =
  | { kind: 'control-plane' }
  | { kind: 'nodes'; kubeletCertificates: KubeletCertificates; diesWithParent: boolean };

/** The file that marks a folder as the state of a local cluster, and only then may it be emptied. */
export type Mark = { madeBy: string; shape: Shape; apiPort: number; ready: boolean };

export const madeBy = 'local-cluster of metrics-server-operator';

export async function readMark(paths: Layout): Promise<Mark | undefined> {
  const text = await readFile(paths.mark, 'utf8').catch(() => '');
  if (!text.includes(madeBy)) return undefined;
  const mark: Mark = JSON.parse(text);
  return mark;
}

export async function writeMark(paths: Layout, mark: Omit<Mark, 'madeBy'>): Promise<void> {
  await writeFile(paths.mark, `${JSON.stringify({ madeBy, ...mark }, undefined, 2)}\n`);
}

/** Makes the folder ours, which must be empty before. The caller has ended what ran there. */
export async function claimState(paths: Layout, mark: Omit<Mark, 'madeBy'>): Promise<void> {
  await mkdir(paths.state, { recursive: true });
  const foreign = (await readdir(paths.state)).filter((name) => name !== 'bin');
  if (foreign.length > 0) {
    throw new Error(
      `${paths.state} holds other files (${foreign.slice(0, 3).join(', ')}): choose another folder.`,
    );
  }
  await writeMark(paths, mark);
  await writeFile(paths.owner, await ownStat());
}

/** Throws when another live process is starting a cluster here or owns the one that runs here. */
export async function refuseForeignOwner(paths: Layout): Promise<void> {
  const owner = await liveProcess(paths.owner);
  if (owner === undefined || owner === process.pid) return;
  throw new Error(`Process ${owner} is using the cluster in ${paths.state}: wait for it or end it first.`);
}

/** From here on the cluster belongs to nobody in particular: any process may end it. */
export async function releaseState(paths: Layout): Promise<void> {
  await rm(paths.owner, { force: true });
}

/** Removes all but the links to the binaries; the mark goes last, so that a half removed state is still ours. */
export async function removeState(paths: Layout): Promise<void> {
  const names = (await readdir(paths.state)).filter(
    (name) => name !== 'bin' && join(paths.state, name) !== paths.mark,
  );
  await Promise.all(
    names.map((name) => rm(join(paths.state, name), { recursive: true, force: true, maxRetries: 5 })),
  );
  await rm(paths.mark, { force: true });
  if ((await readdir(paths.state)).length === 0) await rmdir(paths.state);
}
