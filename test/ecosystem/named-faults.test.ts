import { pushMetricsServer } from '../../local-cluster/images.ts';
import { faults, namesEveryFault } from '../cluster/node/named-faults.ts';
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
  this.timeout(400_000);
  describe(`with metrics-server ${newest}`, () =>
    namesEveryFault('every-fault', faults, { version: newest }));
  for (const release of realReleases.filter(({ version }) => version !== newest)) {
    const { version } = release;
    const chosen = inOtherWords.flatMap((reason) => faults.find((one) => one.reason === reason) ?? []);
    describe(`with metrics-server ${version}`, () => {
      const program = withBinary(release);
      namesEveryFault(`faults-of-${version}`, chosen, {
        version,
        prepare: (cluster) => pushMetricsServer(cluster, version, program()),
      });
    });
  }
});
