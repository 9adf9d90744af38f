import type { V1Deployment } from '@kubernetes/client-node';
import { get } from '../objects.ts';
import { type Fault, first, kubectl, newPods, onNode, second, together } from './fault.ts';
import { occupied, signalMetricsServers } from './node-faults.ts';

const registry = '127.0.0.1:5000/metrics-server';
const inNamespace = ['-n', 'kube-system'];
const deployment = ['deployment/metrics-server', ...inNamespace];

/** Somebody writes flags into the Deployment by hand that the API of a config does not take; no old pod serves on. */
const withFlags =
  (flags: string[], more: object = {}): NonNullable<Fault['inject']> =>
  async (cluster) => {
    const found = await get<V1Deployment>(cluster, ...inNamespace, 'deployment', 'metrics-server');
    const args = [...(found?.spec?.template.spec?.containers[0]?.args ?? []), ...flags];
    const containers = [{ name: 'metrics-server', args, ...more }];
    const strategy = { $retainKeys: ['type'], type: 'Recreate' };
    const patch = { spec: { strategy, template: { spec: { containers } } } };
    return await kubectl(['patch', ...deployment, '-p', JSON.stringify(patch)])(cluster);
  };

/** metrics-server does not start with what it is told. */
const startUp: Fault[] = (
  [
    ['its resolution is too short', 'InvalidResolution', 'metric-resolution', ['--metric-resolution=5s']],
    [
      'its resolution is not longer than its patience with kubelets',
      'ResolutionVsTimeout',
      'kubelet-request-timeout',
      ['--kubelet-request-timeout=10s'],
    ],
    ['it does not know a flag', 'FlagConflict', '--nonsense', ['--nonsense']],
    [
      'two of its flags exclude each other',
      'FlagConflict',
      'cannot use both --kubelet-certificate-authority and --kubelet-insecure-tls',
      ['--kubelet-insecure-tls', '--kubelet-certificate-authority=/tmp/ca.crt'],
    ],
    [
      'its certificate is not where it is told to look',
      'CertFileMissing',
      'no such file or directory',
      ['--tls-cert-file=/nowhere/tls.crt'],
    ],
  ] as const
).map(([where, reason, remedy, flags], index) => ({
  where,
  reason,
  remedy,
  spec: index < 4 ? first : second, // from the sixth time on within ten minutes the operator would set the flags right only once a minute
  after: 'Paused',
  inject: withFlags([...flags]),
}));

export const faultsOfPods: Fault[] = [
  {
    where: 'no node fits',
    reason: 'Unschedulable',
    remedy: 'scheduler',
    spec: onNode(3),
  },
  {
    where: 'something else has the port of metrics-server',
    reason: 'PortInUse',
    remedy: 'servingPort',
    spec: { scheduling: { ...first.scheduling, hostNetwork: true } },
    after: 'nothing',
    inject: (cluster) => occupied(cluster, 1, 10_251),
  },
  {
    where: 'the memory is not enough',
    reason: 'OOMKilled',
    remedy: 'resources',
    spec: {
      ...first,
      resources: { mode: 'Fixed', requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '16Mi' } },
    },
  },
  {
    where: 'the image is not in the registry',
    reason: 'ImagePullFailed',
    remedy: 'it is not there',
    spec: { ...first, image: { repository: `${registry}/nothing` } },
  },
  {
    where: 'nothing answers where the registry should be',
    reason: 'ImagePullFailed',
    remedy: 'spec.image.mirrors',
    spec: { ...first, image: { repository: '127.0.0.1:5999/metrics-server/metrics-server' } },
  },
  {
    where: 'a quota allows no pod',
    reason: 'PodRejected',
    remedy: 'exceeded quota: none',
    after: 'nothing',
    inject: kubectl(
      ['create', 'quota', 'none', ...inNamespace, '--hard=pods=0'],
      ['delete', 'quota', 'none', ...inNamespace],
    ),
  },
  {
    where: 'the namespace refuses pods in the network of the nodes',
    reason: 'PodRejected',
    remedy: 'violates PodSecurity "restricted',
    spec: { scheduling: { ...first.scheduling, hostNetwork: true } },
    after: 'nothing',
    inject: kubectl(
      ['label', 'namespace', 'kube-system', 'pod-security.kubernetes.io/enforce=restricted'],
      ['label', 'namespace', 'kube-system', 'pod-security.kubernetes.io/enforce-'],
    ),
  },
  {
    where: 'a ConfigMap is missing that the spec names',
    reason: 'CreateConfigError',
    remedy: 'no-policy',
    spec: { ...first, audit: { policyConfigMapRef: { name: 'no-policy' }, log: {} } },
  },
  {
    where: 'somebody has deleted the Secret with its certificate',
    reason: 'CreateConfigError',
    remedy: 'metrics-server-serving-cert',
    after: 'Paused',
    inject: together(kubectl(['delete', 'secret', 'metrics-server-serving-cert', ...inNamespace]), newPods),
  },
  ...startUp,
  {
    where: 'it may not listen at a port below 1024',
    reason: 'PortPermission',
    remedy: 'permission denied',
    spec: second,
    after: 'Paused',
    inject: withFlags(['--secure-port=443'], {
      securityContext: { capabilities: { $patch: 'replace', drop: ['ALL'] } },
    }),
  },
  {
    where: 'it may not read how clients are known',
    reason: 'AuthConfigForbidden',
    remedy: 'metrics-server-auth-reader',
    after: 'Paused',
    inject: together(
      kubectl(['delete', 'rolebinding', 'metrics-server-auth-reader', ...inNamespace]),
      newPods,
    ),
  },
  {
    where: 'metrics-server hangs',
    reason: 'Unresponsive',
    remedy: 'it hangs or is short of CPU',
    inject: async (cluster) => {
      await signalMetricsServers(cluster, 'STOP');
      return () => signalMetricsServers(cluster, 'CONT');
    },
  },
  {
    where: 'the kubelet ends it again and again, for its probe fails',
    reason: 'LivezTimeout',
    remedy: 'The kubelet has ended it',
    spec: second,
    after: 'Paused',
    inject: withFlags([], {
      livenessProbe: { httpGet: { path: '/nothing' }, periodSeconds: 1, failureThreshold: 1 },
    }),
  },
  {
    where: 'somebody has scaled it to zero',
    reason: 'NoReplicas',
    remedy: 'mode',
    after: 'Paused',
    inject: kubectl(['scale', ...deployment, '--replicas=0']),
  },
];
