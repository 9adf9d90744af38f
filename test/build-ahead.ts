import { prebuildAll } from '../local-cluster/binaries.ts';

/**
 * mocha's global set-up: starts to build what the cluster tests need, beside the unit tests. A build that fails is
 * reported by the suite that needs the binary, so nothing is awaited here.
 */
export function mochaGlobalSetup(): void {
  prebuildAll((line) => console.log(`      [build] ${line}`)).catch((error) => {
    console.log(`      [build] failed: ${error.message}`);
  });
}
