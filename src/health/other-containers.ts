import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { isNotCreated } from './container-creation.ts';
import { keepsEnding } from './ends.ts';
import type { Facts } from './facts.ts';
import { isReady, ourStatus } from './pods.ts';
import { howItEnded } from './start-up.ts';

/** What was injected beside metrics-server is not its own, and counts only where it alone keeps the pod from being ready. */
export function anotherContainerFails(facts: Facts): Finding<'Available'> | undefined {
  const kept = facts.pods.filter((pod) => ourStatus(pod)?.ready === true && !isReady(pod));
  return kept.flatMap((pod) => failureBeside(pod, facts) ?? [])[0];
}

function failureBeside(pod: V1Pod, facts: Facts): Finding<'Available'> | undefined {
  const others = (pod.status?.containerStatuses ?? []).slice(1).filter(({ ready }) => !ready);
  const uncreated = others.find(isNotCreated);
  if (uncreated !== undefined) return failure('CreateConfigError', uncreated, howItIsNot(uncreated));
  const ending = others.find((other) => keepsEnding(other, pod, facts));
  return ending && failure('CrashLoop', ending, howItEnded(ending));
}

function failure(
  reason: 'CreateConfigError' | 'CrashLoop',
  { name }: V1ContainerStatus,
  how: string,
): Finding<'Available'> {
  const message = `metrics-server is ready, and its pod is not, for another container in it: ${name} ${how}`;
  return { status: 'False', reason, message };
}

function howItIsNot({ state }: V1ContainerStatus): string {
  const { message, reason = '' } = state?.waiting ?? {};
  return `cannot be created: ${(message ?? reason).replace(/[.\s]*$/, '')}.`;
}
