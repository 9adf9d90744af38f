import type { Fault } from './fault.ts';
import { faultsOfKubelets } from './faults-of-kubelets.ts';
import { faultsOfPods } from './faults-of-pods.ts';
import { faultsOfTheApi } from './faults-of-the-api.ts';

/** By what they are about. */
export const allFaults = {
  kubelets: faultsOfKubelets,
  pods: faultsOfPods,
  'the metrics API': faultsOfTheApi,
};

/** For each reason the first fault that has it. */
export function faultsWith(reasons: string[]): Fault[] {
  const all = Object.values(allFaults).flat();
  return reasons.flatMap((reason) => all.find((one) => one.reason === reason) ?? []);
}
