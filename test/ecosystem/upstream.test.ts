import { expect } from 'chai';
import { objects } from '../../src/resources/objects.ts';
import { someSpec } from '../crds/some-spec.ts';
import { intendedDifferences } from './intended-differences.ts';
import { differences, leaves, titleOf } from './leaves.ts';
import { realReleases } from './real-releases.ts';
import { upstreamObjects } from './upstream-manifests.ts';

describe('the objects of an empty spec', function () {
  this.timeout(300_000); // the first run fetches the module and may build kubectl

  for (const release of realReleases) {
    it(`differ from upstream's for ${release.version} in nothing but what is intended`, async () => {
      const ours = objects('metrics-server', someSpec({ version: release.version }));
      const found = differences(leaves(await upstreamObjects(release)), leaves(ours));
      expect(found).to.deep.equal(intendedDifferences(release.version, ours.map(titleOf)));
    });
  }
});
