import { faultsWith } from './all-faults.ts';
import { namesEveryFault } from './named-faults.ts';

const inEveryRun = [
  'KubeletForbidden',
  'KubeletTimeout',
  'NodeAddressUnresolvable',
  'PortInUse',
  'AggregatorTimeout',
];

// The others, and older releases, are in test/ecosystem.
describe('what goes wrong', function () {
  this.timeout(400_000);
  namesEveryFault('named-faults', faultsWith(inEveryRun), { version: '0.9.0' });
});
