import type { V1Affinity, V1Container, V1Deployment, V1DeploymentStrategy } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { flags } from './flags.ts';
import { labels, names, selectorLabels, versionLabel } from './names.ts';

export const containerName = 'metrics-server';

/** metrics-server itself. */
export function deployment(config: string, spec: EffectiveSpec): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: names(config).deployment, namespace: spec.namespace, labels: labels(config) },
    spec: {
      replicas: spec.availability.replicas,
      selector: { matchLabels: selectorLabels(config) },
      strategy,
      template: {
        metadata: { labels: { ...labels(config), [versionLabel]: spec.release.version } },
        spec: {
          serviceAccountName: names(config).serviceAccount,
          priorityClassName: 'system-cluster-critical',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          ...(spec.availability.replicas > 1 && { affinity: spreadOverNodes(config) }),
          ...(spec.image.pullSecrets && { imagePullSecrets: spec.image.pullSecrets }),
          containers: [container(spec)],
          volumes: [{ name: 'tmp-dir', emptyDir: {} }], // the self-signed certificate is written there
        },
      },
    },
  };
}

// A new pod serves before an old one goes, also with a single replica.
const strategy: V1DeploymentStrategy = {
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
};

/** Preferred, not required: two replicas must also run on one node, and roll out on two. */
function spreadOverNodes(config: string): V1Affinity {
  const term = {
    labelSelector: { matchLabels: selectorLabels(config) },
    topologyKey: 'kubernetes.io/hostname',
  };
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
    },
  };
}

function container(spec: EffectiveSpec): V1Container {
  const { requests, limits } = spec.resources;
  return {
    name: containerName,
    image: spec.image.reference,
    imagePullPolicy: spec.image.pullPolicy,
    args: flags(spec),
    ports: [{ name: 'https', containerPort: spec.servingPort, protocol: 'TCP' }],
    // Upstream waits 20 s before the first probe; asking every 2 s lets it serve as soon as it has two scrapes.
    readinessProbe: { httpGet: probe('/readyz'), periodSeconds: 2, failureThreshold: 3, timeoutSeconds: 2 },
    livenessProbe: { httpGet: probe('/livez'), periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 },
    resources: { ...(requests && { requests: texts(requests) }), ...(limits && { limits: texts(limits) }) },
    securityContext: {
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1000,
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [{ name: 'tmp-dir', mountPath: '/tmp' }],
    terminationMessagePolicy: 'FallbackToLogsOnError', // so that the status can show why it ended
  };
}

function probe(path: string) {
  return { path, port: 'https', scheme: 'HTTPS' };
}

function texts(quantities: Record<string, string | number | undefined>): Record<string, string> {
  const given = Object.entries(quantities).filter(([, quantity]) => quantity !== undefined);
  return Object.fromEntries(given.map(([name, quantity]) => [name, `${quantity}`]));
}
