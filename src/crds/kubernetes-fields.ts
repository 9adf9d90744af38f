import { compareVersions, minorOf } from './catalogue/versions.ts';

/**
 * Fields of ours by the first Kubernetes that keeps them by default: an older one drops them, so that they would be written again for ever, or
 * refuses the object. From its feature gates: PodLifecycleSleepAction, PDBUnhealthyPodEvictionPolicy, MatchLabelKeysInPodAffinity,
 * MatchLabelKeysInPodTopologySpread.
 */
const keptSince = {
  preStopSleep: '1.30',
  unhealthyPodEvictionPolicy: '1.27',
  affinityMatchLabelKeys: '1.31',
  spreadMatchLabelKeys: '1.27',
};

/** Whether a Kubernetes keeps a field; one that nobody knows is taken for a new one. */
export function keeps(kubernetes: string | undefined, field: keyof typeof keptSince): boolean {
  return kubernetes === undefined || compareVersions(minorOf(kubernetes), keptSince[field]) >= 0;
}
