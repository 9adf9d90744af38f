import { chmod, glob, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../local-cluster/run.ts';
import { environment, nodeFlags } from './runtime.ts';

// Without it V8 puts what it keeps into another order each time. It is no part of the flags that Node wants again.
const sameOrder = '--random-seed=1';

/**
 * Has Node keep what it compiles of a bundle in a folder beside it: the same bytes each time, as long as the bundle is in the same place, whose
 * path is in them. Node wants the same version, V8 flags and distance between the two again, and the folder named after the user
 * whose process it is.
 */
export async function fillCompileCache(bundle: string, folder: string, user?: number): Promise<void> {
  const env = { ...environment(folder), KUBECONFIG: join(folder, 'none') }; // it loads everything, then ends
  const complaint = await run([process.execPath, ...nodeFlags, sameOrder, bundle], { env }).catch(
    (error: Error) => error.message,
  );
  if (!complaint.includes('the kubeconfig cannot be read'))
    throw new Error(`${bundle} does not start: ${complaint}`);
  for await (const file of glob(join(folder, '*/*'))) await chmod(file, 0o644);
  if (user === undefined) return;
  for await (const of of glob(join(folder, '*'))) await rename(of, of.replace(/-\d+$/, `-${user}`));
}
