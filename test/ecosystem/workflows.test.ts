import { expect } from 'chai';
import { ensureBinaries, pathOf } from '../../local-cluster/binaries.ts';
import { run } from '../../local-cluster/run.ts';
import { workflowFolder, workflows } from '../release/workflows.ts';

describe('actionlint', function () {
  this.timeout(600_000); // the first run builds it

  it('has nothing to say of the workflows', async () => {
    const built = await ensureBinaries(['actionlint'], console.log);
    const files = (await workflows()).map(({ file }) => `${workflowFolder}/${file}`);
    expect(
      await run([pathOf(built, 'actionlint'), '-no-color', '-shellcheck=', '-pyflakes=', ...files]),
    ).to.equal('');
  });
});
