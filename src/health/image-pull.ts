import type { V1Pod } from '@kubernetes/client-node';
import { ourStatus } from './pods.ts';

const pullFailures = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'];

/** An image that a pod cannot have, and what its node says of it. */
export interface PullFailure {
  image: string;
  message: string;
}

/** Undefined where a pod's image is there, or is still on its way. */
export function pullFailureOf(pod: V1Pod): PullFailure | undefined {
  const { waiting } = ourStatus(pod)?.state ?? {};
  const image = pod.spec?.containers[0]?.image; // the status shows what the runtime made of it
  if (image === undefined || !pullFailures.includes(waiting?.reason ?? '')) return undefined;
  return { image, message: waiting?.message ?? waiting?.reason ?? '' };
}
