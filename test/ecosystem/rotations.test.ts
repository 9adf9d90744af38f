import { expect } from 'chai';
import { pushMetricsServer } from '../../local-cluster/images.ts';
import { eventually } from '../cluster/eventually.ts';
import { certificatesUnderQuestions } from '../cluster/node/certificates.ts';
import { realReleases, withBinary } from './real-releases.ts';

const current = { version: '0.9.0', resolution: '10s' };
const releases = ['0.9.0', '0.8.0', '0.7.2', '0.6.1'];
const most = Number(process.env['ROTATIONS'] ?? 50);

// The campaign of issue 6: CA and certificate again and again, over every release that reads its files by itself and can be run here.
describe(`no request for metrics is lost by ${most} rotations`, function () {
  this.timeout(300_000);
  const programs = realReleases
    .filter(({ version }) => version !== current.version) // the cluster has that one
    .map((release) => ({ version: release.version, program: withBinary(release) }));
  const { cluster, begin, complete, nothingFailed, isPeaceful } = certificatesUnderQuestions(
    'rotations',
    current,
  );
  before(async () => {
    for (const { version, program } of programs) await pushMetricsServer(cluster(), version, program());
  });

  for (const [index, version] of releases.entries()) {
    it(`with ${version}`, async () => {
      await begin({ ...current, version });
      await complete({ ...current, version });
      await eventually(isPeaceful, 120_000);
      await nothingFailed(`release ${version}`);
    });

    const rounds = Array.from({ length: most }, (_, round) => round).filter(
      (round) => round % releases.length === index,
    );
    for (const round of rounds) {
      it(`rotation ${round + 1}, with ${version}`, async () => {
        const before = await isPeaceful();
        const since = Date.now();
        const asked = `metrics-server.io/rotate=${round}`;
        await cluster().kubectl(['annotate', 'msc', 'metrics-server', asked, '--overwrite']);
        await eventually(async () => expect(await isPeaceful()).not.to.equal(before), 240_000);
        await nothingFailed(`old CA out after ${(Date.now() - since) / 1000} s`);
      });
    }
  }
});
