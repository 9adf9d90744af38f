import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBinaries, pathOf } from '../local-cluster/binaries.ts';
import { run, succeeds } from '../local-cluster/run.ts';

const root = join(import.meta.dirname, '..');
const usage = 'usage: npm run manifests -- [REPOSITORY:VERSION[@sha256:DIGEST]]';
const imageLine = /^(\s*image: ).*\/metrics-server-operator:\S+$/gm;
const pinned = /^[^\s@]+:(?!latest\b)[\w.-]+(@sha256:[0-9a-f]{64})?$/;

/** config/default in one file; the image is that of the Deployment there, unless another is named. */
export async function installManifest(kubectl: string, image?: string): Promise<string> {
  if (image !== undefined && !pinned.test(image))
    throw new Error(`${image} is not an image with a version or a digest; ${usage}`);
  const text = await run([kubectl, 'kustomize', join(root, 'config/default')]);
  const found = text.match(imageLine) ?? [];
  if (found.length !== 1)
    throw new Error(`config/default has ${found.length} images of the operator, not one: ${found.join()}`);
  return image === undefined ? text : text.replace(imageLine, (_, before: string) => `${before}${image}`);
}

/** What the machine has, else what the tests build. */
async function someKubectl(): Promise<string> {
  if (await succeeds(['kubectl', 'version', '--client'])) return 'kubectl';
  return pathOf(await ensureBinaries(['kubectl'], console.log), 'kubectl');
}

async function main(args: string[]): Promise<void> {
  if (args.length > 1) throw new Error(usage);
  const text = await installManifest(await someKubectl(), args[0]);
  await mkdir(join(root, 'dist'), { recursive: true });
  await writeFile(join(root, 'dist/install.yaml'), text);
  console.log(
    `dist/install.yaml has ${text.split('\n---\n').length} objects: kubectl apply --server-side -f dist/install.yaml`,
  );
}

if (import.meta.main) {
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`manifests: ${error.message}\n`);
    process.exitCode = 1;
  });
}
