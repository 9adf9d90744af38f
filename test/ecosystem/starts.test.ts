import { expect } from 'chai';
import { startControlPlane } from '../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { extraFlags, takes } from '../../src/crds/catalogue/known-flags.ts';
import { stateFolder } from '../cluster/state-folder.ts';
import { someSpec } from '../crds/some-spec.ts';
import { everythingFor, extraFlagsFor } from './everything.ts';
import { realReleases, withBinary } from './real-releases.ts';
import { liveAnswer } from './real-start.ts';

const mostExtraFlags = 40; // that one spec may have

/** Some specs for a release that together set all that can be set. */
function specsFor(version: string): { title: string; spec: object }[] {
  const extra = extraFlagsFor(version).filter(([name]) => name !== 'vmodule');
  const parts = [extra.slice(0, mostExtraFlags), extra.slice(mostExtraFlags)].filter(
    ({ length }) => length > 0,
  );
  return [
    { title: 'a spec with nothing set', spec: { version } },
    // 0.9 x resolution must not be less than the timeout, which is computed where it is not set.
    { title: 'the shortest resolution', spec: { version, resolution: '10s' } },
    ...parts.map((flags) => ({
      title: `every typed field and the extra flags ${flags[0]?.[0]} to ${flags.at(-1)?.[0]}`,
      spec: { ...everythingFor(version), extraFlags: Object.fromEntries(flags) },
    })),
    {
      title: 'a CA of the kubelets, beside which there is no insecure mode',
      spec: { version, tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelet-ca' } } } },
    },
    {
      title: 'vmodule, beside which no log may be JSON',
      spec: { version, extraFlags: { vmodule: 'scraper=5,storage=4' } },
    },
  ];
}

describe('the command line', function () {
  this.timeout(60_000);
  const started: { cluster?: LocalCluster } = {};
  const cluster = () => {
    if (started.cluster === undefined) throw new Error('the control plane has not been started');
    return started.cluster;
  };
  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    started.cluster = await startControlPlane({ state: stateFolder('ecosystem'), say: console.log });
  });
  after(async () => await started.cluster?.down());

  for (const release of realReleases) {
    const { version } = release;
    describe(`for ${version}`, () => {
      const program = withBinary(release);

      it('is tried with a value for every extra flag, and so with each type of value', () => {
        const all = extraFlags.filter((flag) => takes(version, flag)).map(({ name }) => name);
        const given = extraFlagsFor(version).filter(([, value]) => value !== undefined);
        expect(given.map(([name]) => name)).to.deep.equal(all);
      });

      for (const { title, spec } of specsFor(version)) {
        it(`makes the real program serve, with ${title}`, async () => {
          const answer = await liveAnswer(program(), someSpec(spec), cluster());
          expect(answer).to.deep.equal({ status: 200, body: 'ok' });
        });
      }
    });
  }
});
