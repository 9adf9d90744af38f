import type { V1Pod } from '@kubernetes/client-node';
import { withoutOwnPort } from './own-port.ts';
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
  return { image, message: causeIn(waiting?.message ?? waiting?.reason ?? '') };
}

/** Without what kubelet and containerd put before it, which names the image again and again, and changes with every attempt. */
function causeIn(message: string): string {
  return withoutOwnPort(message).replaceAll(
    /(rpc error: code = \w+ desc = |(Back-off pulling|failed to (pull and unpack|resolve)) (image|reference) "[^"]*": |ErrImagePull: )/g,
    '',
  );
}
