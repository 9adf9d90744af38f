import { expect } from 'chai';
import { eventually } from '../cluster/eventually.ts';
import { repository, underQuestions } from '../cluster/node/zero-gap.ts';
import { expectCondition } from '../cluster/objects.ts';

// Two minutes each: what fails sooner is in test/cluster/node.
describe('a change that fails slowly', function () {
  this.timeout(240_000);
  const { cluster, begin, complete, deployment, nothingFailed } = underQuestions('rollback-ecosystem');
  const good = { resolution: '10s' };
  const applied = (reason: 'RolledBack' | 'RolloutFailed') =>
    eventually(() => expectCondition(cluster(), 'Applied', { status: 'False', reason }), 200_000);

  it('for want of its image is rolled back when every place has been tried', async () => {
    await begin({ ...good, image: { repository, tag: 'v0.0.1' } });
    const { message } = await applied('RolledBack');
    expect(message).to.match(/The image .*:v0\.0\.1 cannot be pulled.* It is tried again at /s);
    await begin(good);
    await complete(good);
    await nothingFailed('rollback for an image');
  });

  it('is only told where that is what the spec wants, and the old pod serves on', async () => {
    await begin({ ...good, image: { repository, tag: 'v0.0.1' }, upgrade: { onFailure: 'Report' } });
    const { message } = await applied('RolloutFailed');
    expect(message).to.include('upgrade.onFailure is Report');
    const [container] = (await deployment())?.spec?.template.spec?.containers ?? [];
    expect(container?.image).to.equal(`${repository}:v0.0.1`);
    await expectCondition(cluster(), 'Serving', { status: 'True' });
    await begin(good);
    await complete(good);
    await nothingFailed('a change that only is told');
  });
});
