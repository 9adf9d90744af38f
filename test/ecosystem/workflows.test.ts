import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureBinaries, pathOf } from '../../local-cluster/binaries.ts';
import { run } from '../../local-cluster/run.ts';
import { workflowFolder, workflows } from '../release/workflows.ts';
import { debianPackage } from './debian.ts';

describe('actionlint', function () {
  this.timeout(600_000); // the first run builds it

  const lint = async (files: string[]) => {
    const built = await ensureBinaries(['actionlint'], console.log);
    const shellcheck = join(await debianPackage('shellcheck', 'usr/bin/shellcheck'), 'usr/bin/shellcheck');
    const flags = ['-no-color', `-shellcheck=${shellcheck}`, '-pyflakes='];
    return await run([pathOf(built, 'actionlint'), ...flags, ...files]).catch(
      (error: Error) => error.message,
    );
  };

  it('has nothing to say of the workflows, nor has shellcheck of their scripts', async () => {
    const files = (await workflows()).map(({ file }) => `${workflowFolder}/${file}`);
    expect(await lint(files)).to.equal('');
  });

  it('would say it of a careless script', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workflow-'));
    const file = join(folder, 'careless.yaml');
    const [{ text } = { text: '' }] = await workflows();
    await writeFile(file, text.replace('npm run check', 'rm -r $HOME/$1'));
    const said = await lint([file]);
    await rm(folder, { recursive: true });
    expect(said).to.include('SC2086');
  });
});
