import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundle } from '../../image/bundle.ts';
import { fillCompileCache } from '../../image/compile-cache.ts';
import { environment, nodeFlags } from '../../image/runtime.ts';
import { run } from '../../local-cluster/run.ts';

describe('the operator as one file', function () {
  this.timeout(60_000);
  const folders: string[] = [];
  const built = async () => {
    const made = await mkdtemp(join(tmpdir(), 'operator-bundle-'));
    folders.push(made);
    const folder = join(made, 'deeper/'.repeat(folders.length));
    const file = join(folder, 'operator.mjs');
    return { folder, file, bytes: await bundle(folder) };
  };
  after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  it('is the same, byte for byte, wherever it is built, and below 3 MB', async () => {
    const [one, other] = [await built(), await built()];
    for (const name of ['operator.mjs', 'operator.mjs.map', 'operator.mjs.LEGAL.txt']) {
      const [first, second] = await Promise.all(
        [one, other].map(({ folder }) => readFile(join(folder, name))),
      );
      expect(first?.length).to.be.greaterThan(1000);
      expect(first?.equals(second ?? Buffer.of()), name).to.equal(true);
    }
    const { length } = await readFile(one.file);
    expect(length).to.equal(one.bytes).and.to.be.lessThan(3_000_000);
    console.log(`      ${length} bytes`);
  });

  it('starts, with what was compiled before, as its image has it, and that is the same each time', async () => {
    const { file, folder } = await built();
    const cache = join(folder, 'compile-cache');
    const filled = async () => {
      await rm(cache, { recursive: true, force: true });
      await fillCompileCache(file, cache);
      const files: string[] = [];
      for await (const file of glob(join(cache, '*/*'))) files.push(file);
      return await readFile(files[0] ?? '');
    };
    const [one, other] = [await filled(), await filled()];
    expect(one.length).to.be.greaterThan(100_000);
    expect(one.equals(other)).to.equal(true);
    const env = { ...environment(cache), KUBECONFIG: '/none', NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
    const refusal = await run([process.execPath, ...nodeFlags, file], { env }).catch(
      (error: Error) => error.message,
    );
    expect(refusal).to.include('the kubeconfig cannot be read').and.include('was accepted');
  });
});
