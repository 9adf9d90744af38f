import { expect } from 'chai';
import packageJson from '../../package.json' with { type: 'json' };
import { workflows } from './workflows.ts';

/** All that a job may do beyond reading, and why. */
const writes: Record<string, string[]> = {
  'release.yaml image': ['packages', 'id-token', 'attestations'], // push, sign, attest
  'release.yaml chart': ['packages', 'id-token', 'attestations'], // the same
  'release.yaml release': ['contents'], // the release itself
};

describe('the workflows', () => {
  it('give no right to all jobs, and each job only what is listed here', async () => {
    for (const { file, permissions, jobs } of await workflows()) {
      expect(permissions, file).to.deep.equal({});
      for (const [job, { permissions: granted }] of Object.entries(jobs)) {
        const written = Object.entries(granted).flatMap(([right, how]) => (how === 'write' ? [right] : []));
        expect(written, `${file} ${job}`).to.have.members(writes[`${file} ${job}`] ?? []);
      }
    }
  });

  it('pin every action by its commit, with the version beside it', async () => {
    for (const { file, text } of await workflows()) {
      const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action = '']) => action);
      expect(uses, file).not.to.deep.equal([]);
      for (const action of uses) {
        expect(action, file).to.match(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    }
  });

  it('let no step but the login see the token, and no script read what strangers write', async () => {
    for (const { file, jobs, text } of await workflows()) {
      const steps = Object.values(jobs).flatMap((job) => job.steps);
      for (const { run = '', uses = '', with: given = {} } of steps) {
        expect(run, `${file}: values reach a script through env`).not.to.include('${{');
        if (uses.startsWith('actions/checkout@')) expect(given).to.include({ 'persist-credentials': false });
      }
      expect(text, 'no secret but the token of the run itself').not.to.include('secrets.');
      expect(text).not.to.include('pull_request_target');
    }
  });

  it('run the Node that the tests run', async () => {
    const versions = (await workflows()).flatMap(({ text }) =>
      [...text.matchAll(/node-version: (.*)/g)].map(([, version]) => version),
    );
    expect(new Set(versions)).to.deep.equal(new Set([packageJson.dependencies.node]));
  });

  it('say that they have not been run yet', async () => {
    for (const { text } of await workflows()) expect(text).to.match(/^# Not run yet/);
  });
});
