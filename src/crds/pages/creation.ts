import { noPod } from './impact.ts';
import { type Page, returns } from './page.ts';

const pods = '`kubectl describe pod -n kube-system -l k8s-app=metrics-server`';

/** Containers that are not even made. */
export const creation = {
  CreateConfigError: {
    shows: `${noPod} Where something that is to be mounted is missing, the pod stays in ContainerCreating and has an Event FailedMount.`,
    signs: [
      { in: 'waiting', text: 'CreateContainerConfigError: secret "x" not found' },
      {
        in: 'event',
        text: 'FailedMount: MountVolume.SetUp failed for volume "certificate" : secret "metrics-server-serving-cert" not found',
      },
      {
        in: 'message',
        text: 'it has been waiting for a while. It mounts <objects> in <namespace>: see that they are there, with the keys that it names',
      },
    ],
    causes: [
      'A ConfigMap or Secret that the spec names for mounting is missing, or lacks the key: `spec.audit`, `spec.requestHeader.clientCAConfigMapRef`, `spec.authentication.clientCAConfigMapRef`.',
      'The image wants to run as root.',
    ],
    steps: [
      'Make what the message names, in `spec.namespace`, with the key that the spec names.',
      `See the events of the pod: ${pods}.`,
    ],
    mended: returns('Available'),
  },
  SandboxImage: {
    shows: `${noPod} The pod stays in ContainerCreating, as every new pod of its node does.`,
    signs: [
      {
        in: 'event',
        text: 'FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "registry.k8s.io/pause:3.10": failed to pull image "registry.k8s.io/pause:3.10"',
      },
    ],
    causes: ['The node cannot reach the registry from which its container runtime takes the pause image.'],
    steps: [
      'Set the image that the container runtime takes for sandboxes to one that the node can reach (containerd: `sandbox_image`, since 2.0 `pinned_images.sandbox`), or load it there, and restart the runtime.',
      `See whether other nodes take the pod: ${pods}; \`kubectl cordon NODE\` and deleting the pod moves it.`,
    ],
    mended: returns('Available'),
  },
} satisfies Record<string, Page>;
