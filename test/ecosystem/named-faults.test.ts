import { pushMetricsServer } from '../../local-cluster/images.ts';
import { allFaults, faultsWith } from '../cluster/node/all-faults.ts';
import { namesEveryFault } from '../cluster/node/named-faults.ts';
import { realReleases, withBinary } from './real-releases.ts';

const newest = '0.9.0'; // the cluster has it
const inOtherWords = [
  'KubeletUnauthorized',
  'KubeletTimeout',
  'KubeletRefused',
  'NodeAddressUnresolvable',
  'PortInUse',
];

describe('what goes wrong', function () {
  this.timeout(600_000);
  for (const [about, faults] of Object.entries(allFaults))
    describe(`with ${about}, and metrics-server ${newest}`, () =>
      namesEveryFault(`faults-of-${about.replaceAll(' ', '-')}`, faults, { version: newest }));
  for (const release of realReleases.filter(({ version }) => version !== newest)) {
    const { version } = release;
    describe(`with metrics-server ${version}`, () => {
      const program = withBinary(release);
      namesEveryFault(`faults-of-${version}`, faultsWith(inOtherWords), {
        version,
        prepare: (cluster) => pushMetricsServer(cluster, version, program()),
      });
    });
  }
});
