import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { fillCompileCache } from './compile-cache.ts';
import { imageConfig } from './runtime.ts';

/** What goes into the image: `npm run build` makes it in dist. Returns the size of the operator in bytes. */
export async function build(folder: string): Promise<number> {
  const file = join(folder, 'operator.mjs');
  const cache = join(folder, 'compile-cache');
  await rm(cache, { recursive: true, force: true });
  const bytes = await bundle(folder);
  await fillCompileCache(file, cache, Number.parseInt(imageConfig.user, 10));
  return bytes;
}

if (import.meta.main) {
  const bytes = await build(join(import.meta.dirname, '../dist'));
  console.log(
    `dist/operator.mjs has ${(bytes / 1e6).toFixed(2)} MB; beside it: its source map, licenses, compile cache`,
  );
}
