import { faults, namesEveryFault } from './named-faults.ts';

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
  const chosen = inEveryRun.flatMap((reason) => faults.find((one) => one.reason === reason) ?? []);
  namesEveryFault('named-faults', chosen, { version: '0.9.0' });
});
