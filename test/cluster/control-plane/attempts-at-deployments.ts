import type { KubernetesObject, V1Deployment, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import { type Attempt, absent, applying, present, withContainer, withPod } from './attempts.ts';

const volume = (source: Omit<V1Volume, 'name'>) => (pod: V1PodSpec) => ({
  volumes: [...(pod.volumes ?? []), { name: 'more', ...source }],
});
const confined = (change: NonNullable<V1PodSpec['containers'][number]['securityContext']>) =>
  withContainer(({ securityContext }) => ({ securityContext: { ...securityContext, ...change } }));

/** What pods might be given, in a Deployment that the operator may write. */
const pods: Record<string, (pod: V1PodSpec) => Partial<V1PodSpec>> = {
  'the rights of another ServiceAccount': () => ({ serviceAccountName: 'generic-garbage-collector' }),
  'the rights of the default ServiceAccount': () => ({ serviceAccountName: 'default' }),
  'the files of the node': volume({ hostPath: { path: '/' } }),
  'a disk of the network': volume({ nfs: { server: 'nfs.example.com', path: '/' } }),
  'a disk of others': volume({ persistentVolumeClaim: { claimName: 'data' } }),
  'a token for another audience': volume({
    projected: { sources: [{ serviceAccountToken: { audience: 'vault', path: 'token' } }] },
  }),
  'a driver of the node': volume({ csi: { driver: 'example.com' } }),
  'a privileged container': confined({ privileged: true, allowPrivilegeEscalation: true }),
  'more privileges than its parent': confined({ allowPrivilegeEscalation: true }),
  'user root': confined({ runAsNonRoot: false, runAsUser: 0 }),
  'a file system to write to': confined({ readOnlyRootFilesystem: false }),
  'every system call': confined({ seccompProfile: { type: 'Unconfined' } }),
  'all capabilities of a container': confined({ capabilities: { drop: [] } }),
  'a capability': confined({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }),
  'a label of SELinux': confined({ seLinuxOptions: { type: 'spc_t' } }),
  'no AppArmor': confined({ appArmorProfile: { type: 'Unconfined' } }),
  'the processes of the node': () => ({ hostPID: true }),
  'the memory that processes of the node share': () => ({ hostIPC: true }),
  'processes that its containers share': () => ({ shareProcessNamespace: true }),
  'a second container': ({ containers }) => ({
    containers: [...containers, { name: 'more', image: 'more' }],
  }),
  'an init container': () => ({ initContainers: [{ name: 'more', image: 'more' }] }),
  'a port of the node': withContainer(() => ({
    ports: [{ name: 'https', containerPort: 10250, hostPort: 10250, protocol: 'TCP' }],
  })),
  'a variable from a Secret': withContainer(() => ({
    env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }],
  })),
  'all variables of a Secret': withContainer(() => ({ envFrom: [{ secretRef: { name: 'a' } }] })),
  'a Secret of others': volume({ secret: { secretName: 'admin' } }),
  'the key of its own CA': volume({ secret: { secretName: 'metrics-server-serving-ca' } }),
  'the registry of others': () => ({ imagePullSecrets: [{ name: 'top-secret' }] }),
  'pods that take years to end': () => ({ terminationGracePeriodSeconds: 100_000_000 }),
  'a command': withContainer(() => ({ command: ['sh', '-c', 'id'] })),
  'a terminal': withContainer(() => ({ stdin: true, tty: true })),
  'a folder of their choice': withContainer(() => ({ workingDir: '/etc/metrics-server' })),
  "a request by the kubelet to the cloud's metadata": withContainer(() => ({
    lifecycle: { postStart: { httpGet: { host: '169.254.169.254', port: 80 } } },
  })),
  'a request by the kubelet at the end': withContainer(() => ({
    lifecycle: { preStop: { httpGet: { host: '169.254.169.254', port: 80 } } },
  })),
  'a program at the end': withContainer(() => ({ lifecycle: { preStop: { exec: { command: ['id'] } } } })),
  'a program as a probe': withContainer(() => ({ livenessProbe: { exec: { command: ['id'] } } })),
  'a probe of another host': withContainer(() => ({
    readinessProbe: { httpGet: { host: '169.254.169.254', port: 80 } },
  })),
  'a probe of any port': withContainer(() => ({
    livenessProbe: { tcpSocket: { host: '10.0.0.1', port: 22 } },
  })),
  'a probe with headers': withContainer(() => ({
    readinessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'Metadata-Flavor', value: 'Google' }] } },
  })),
  'one more probe': withContainer(() => ({ startupProbe: { tcpSocket: { host: '10.0.0.1', port: 22 } } })),
  'another address for the API server': () => ({
    hostAliases: [{ ip: '192.0.2.1', hostnames: ['kubernetes.default.svc'] }],
  }),
  'the name of another host': () => ({ hostname: 'a', subdomain: 'b' }),
  'another runtime': () => ({ runtimeClassName: 'a' }),
  'a node of their choice': () => ({ nodeName: 'node-1' }),
  'a setting of the kernel': () => ({
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_forward', value: '1' }] },
  }),
  'a group that owns files': () => ({ securityContext: { supplementalGroups: [0] } }),
};

const noAppArmor = { 'container.apparmor.security.beta.kubernetes.io/metrics-server': 'unconfined' };
type Deployed = NonNullable<V1Deployment['spec']>;

/** What else is in a Deployment. */
const specs: Record<string, (spec: Deployed) => Partial<Deployed>> = {
  '500 replicas': () => ({ replicas: 500 }),
  '500 pods for a moment': () => ({
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 500, maxUnavailable: 0 } },
  }),
  'pods that never go': ({ template }) => ({
    template: { ...template, metadata: { ...template.metadata, finalizers: ['evil.example.com/x'] } },
  }),
  'no AppArmor, by an annotation': ({ template }) => ({
    template: { ...template, metadata: { ...template.metadata, annotations: noAppArmor } },
  }),
};

function withSpec(
  { spec, ...rest }: V1Deployment,
  change: (spec: Deployed) => Partial<Deployed>,
): KubernetesObject {
  if (spec === undefined) throw new Error('a Deployment without a spec');
  return Object.assign(rest, { spec: { ...spec, ...change(spec) } });
}

// As a change of what is there, and as something new.
const withPods = Object.entries(pods).flatMap(([what, change]): Attempt[] => [
  {
    what: `a Deployment of the right name with ${what}`,
    request: applying(withPod({ ...present('Deployment') }, change)),
    by: 'content',
  },
  {
    what: `a new Deployment with ${what}`,
    request: applying(withPod({ ...absent('Deployment') }, change)),
    by: 'content',
  },
]);
const withSpecs = Object.entries(specs).flatMap(([what, change]) =>
  Object.entries({ present, absent }).map(
    ([which, made]): Attempt => ({
      what: `a Deployment that is ${which} with ${what}`,
      request: applying(withSpec({ ...made('Deployment') }, change)),
      by: 'content',
    }),
  ),
);

/** A Deployment under the right name that has in it what it must not. */
export const attemptsAtDeployments: Attempt[] = [...withPods, ...withSpecs];
