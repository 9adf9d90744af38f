import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Found } from './found.ts';
import type { MountedSource } from './mounted-sources.ts';
import { notCarriedOver } from './piece.ts';

/** What the spec has no field for. `used` are the volumes that typed fields stand for. */
export function leftBehind(found: Found, container: V1Container, used: MountedSource[]): string[] {
  const pod: Partial<V1PodSpec> = found.deployment.spec?.template.spec ?? {};
  return [
    ...sidecars(pod, container),
    ...volumes(pod, container, used),
    ...otherFields(pod, podFields, 'of the pod'),
    ...otherFields(container, containerFields, 'of the container'),
    ...budget(found),
  ];
}

function sidecars({ containers = [], initContainers = [] }: Partial<V1PodSpec>, main: V1Container): string[] {
  return [
    ...containers
      .filter((one) => one !== main)
      .map((one) => notCarriedOver(`container ${one.name}`, why(one))),
    ...initContainers.map(({ name }) =>
      notCarriedOver(`init container ${name}`, 'the pod has one container'),
    ),
  ];
}

function why({ image = '' }: V1Container): string {
  return image.includes('addon-resizer')
    ? 'the operator does that itself: leave spec.resources out, and requests follow the number of nodes'
    : 'the pod has one container';
}

/** The one for the certificate is made anyway; a file that a field stands for is mounted anyway. */
function volumes(
  pod: Partial<V1PodSpec>,
  { volumeMounts = [] }: V1Container,
  used: MountedSource[],
): string[] {
  return (pod.volumes ?? []).flatMap(({ name, ...source }) => {
    const isScratch = 'emptyDir' in source && volumeMounts.some((mount) => mount.name === name);
    if (isScratch || used.some(({ volume }) => volume === name)) return [];
    const kind = Object.keys(source)[0] ?? 'emptyDir';
    return [notCarriedOver(`volume ${name} (${kind})`, 'the spec has no volumes')];
  });
}

// What a field stands for, what the operator sets itself, and what the API server fills in.
const podFields = [
  'affinity',
  'containers',
  'dnsConfig',
  'dnsPolicy',
  'hostNetwork',
  'imagePullSecrets',
  'initContainers',
  'nodeSelector',
  'priorityClassName',
  'restartPolicy',
  'schedulerName',
  'securityContext',
  'serviceAccount',
  'serviceAccountName',
  'terminationGracePeriodSeconds',
  'tolerations',
  'topologySpreadConstraints',
  'volumes',
];
const containerFields = [
  'args',
  'command',
  'env',
  'image',
  'imagePullPolicy',
  'livenessProbe',
  'name',
  'ports',
  'readinessProbe',
  'resources',
  'securityContext',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'lifecycle',
  'volumeMounts',
];

function otherFields(object: object, known: string[], where: string): string[] {
  return Object.entries(object)
    .filter(([name, value]) => value !== undefined && !known.includes(name))
    .map(([name]) => notCarriedOver(`${name} ${where}`, 'no field of the spec stands for it'));
}

function budget({ deployment, disruptionBudget }: Found): string[] {
  if (disruptionBudget === undefined || (deployment.spec?.replicas ?? 1) > 1) return [];
  return [
    notCarriedOver(
      `PodDisruptionBudget ${disruptionBudget.metadata?.name}`,
      'there is none for a single replica, which it would keep from being drained',
    ),
  ];
}
