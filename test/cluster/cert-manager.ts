import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1CustomResourceDefinition } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';
import { ensureBinaries, pathOf } from '../../local-cluster/binaries.ts';
import { recipeFor } from '../../local-cluster/go-build.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { run } from '../../local-cluster/run.ts';
import { eventually } from './eventually.ts';

const module = 'github.com/cert-manager/cert-manager';
const kinds = ['certificaterequests', 'certificates', 'clusterissuers', 'issuers', 'challenges', 'orders'];
const Downloaded = z.object({ Dir: z.string() });

/** The kinds of cert-manager, as its module holds them. */
export async function installCertManagerKinds(cluster: LocalCluster): Promise<void> {
  const { go, folder } = await recipeFor('cert-manager');
  const { Dir } = Downloaded.parse(
    JSON.parse(await run([go, 'mod', 'download', '-json', module], { cwd: folder })),
  );
  for (const kind of kinds) {
    const crd: V1CustomResourceDefinition = parse(
      await readFile(join(Dir, 'deploy', 'crds', `crd-${kind}.yaml`), 'utf8'),
    );
    delete crd.metadata?.labels; // templates of its chart
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(crd) });
  }
  const served = async () =>
    await cluster.kubectl(['get', kinds.join(','), '-n', 'kube-system', '-o', 'name']);
  await eventually(served, 30_000); // a kind is served a moment after it is there
}

/** Runs the real controller, beside the cluster. */
export async function startCertManager(cluster: LocalCluster): Promise<{ end(): Promise<void> }> {
  const program = pathOf(await ensureBinaries(['cert-manager'], console.log), 'cert-manager');
  const child = spawn(
    program,
    [
      `--kubeconfig=${cluster.kubeconfig}`,
      '--leader-elect=false',
      '--cluster-resource-namespace=kube-system',
      '--metrics-listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const log = createWriteStream(`${cluster.state}-cert-manager.log`);
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  return { end: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
