import type { V1Container, V1Deployment, V1PodSecurityContext, V1Volume } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import type { EffectiveSpec } from '../crds/effective.ts';
import { keeps } from '../crds/kubernetes-fields.ts';
import { mountedFolders, servingFolder, servingVolume } from './files.ts';
import { flags } from './flags.ts';
import {
  kubeletCaAnnotation,
  labels,
  names,
  selectorLabels,
  servingCertificateAnnotation,
  versionLabel,
} from './names.ts';
import { scheduling, strategy } from './scheduling.ts';

export const containerName = 'metrics-server';

/** metrics-server itself. */
export function deployment(config: string, spec: EffectiveSpec): V1Deployment {
  const securityContext = podSecurityContext(spec);
  const certificate = servingVolume(config, spec);
  const annotations = podAnnotations(spec);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: names(config).deployment, namespace: spec.namespace, labels: labels(config) },
    spec: {
      replicas: spec.availability.replicas,
      selector: { matchLabels: selectorLabels(config) },
      strategy: strategy(spec),
      ...patience(spec),
      template: {
        metadata: {
          labels: { ...spec.pod?.labels, ...labels(config), [versionLabel]: spec.release.version },
          ...(annotations && { annotations }),
        },
        spec: {
          serviceAccountName: names(config).serviceAccount,
          ...scheduling(config, spec),
          ...(securityContext && { securityContext }),
          ...(spec.image.pullSecrets && { imagePullSecrets: spec.image.pullSecrets }),
          containers: [container(config, spec, certificate)],
          volumes: [
            { name: 'tmp-dir', emptyDir: {} }, // a self-signed certificate is written there
            ...(certificate ? [certificate] : []),
            ...mountedFolders(config, spec).map(({ volume }) => volume),
          ],
        },
      },
    },
  };
}

/** What metrics-server reads only at start has its hash here, so that pods are replaced when it changes. */
function podAnnotations({
  pod,
  release,
  kubeletCa,
  shownHash,
}: EffectiveSpec): Record<string, string> | undefined {
  const hashes = {
    ...(!release.reloadsKubeletCa && kubeletCa && { [kubeletCaAnnotation]: kubeletCa.hash }),
    ...(!release.reloadsCertificate && shownHash && { [servingCertificateAnnotation]: shownHash }),
  };
  return Object.keys(hashes).length === 0 ? pod?.annotations : { ...pod?.annotations, ...hashes };
}

const longestTrial = 60;

/**
 * In seconds. The old pod stays while the new one is on trial: what it cannot scrape is in its log when it is ready, and a rollback needs a moment.
 * A new pod has five minutes for its image and four resolutions for its first two scrapes before the rollout counts as failed.
 */
function patience({ resolution }: EffectiveSpec) {
  const seconds = durationMs(resolution) / 1000;
  return {
    minReadySeconds: Math.min(longestTrial, Math.ceil(2 * seconds)),
    progressDeadlineSeconds: Math.ceil(300 + 4 * seconds),
  };
}

function container(config: string, spec: EffectiveSpec, certificate: V1Volume | undefined): V1Container {
  const { mode, requests, limits } = spec.resources;
  return {
    name: containerName,
    image: spec.image.reference,
    imagePullPolicy: spec.image.pullPolicy,
    args: flags(config, spec),
    ...(spec.pod?.env && { env: spec.pod.env }),
    ports: [{ name: 'https', containerPort: spec.servingPort, protocol: 'TCP' }],
    // Upstream waits 20 s before the first probe; asking every 2 s lets it serve as soon as it has two scrapes.
    readinessProbe: {
      httpGet: probe(spec.release.probes.ready),
      periodSeconds: 2,
      failureThreshold: 3,
      timeoutSeconds: 2,
    },
    livenessProbe: {
      httpGet: probe(spec.release.probes.live),
      periodSeconds: 10,
      failureThreshold: 3,
      timeoutSeconds: 5,
    },
    ...(mode !== 'External' && {
      resources: { ...(requests && { requests: texts(requests) }), ...(limits && { limits: texts(limits) }) },
    }),
    securityContext: {
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: spec.pod?.securityContext?.runAsUser ?? 1000,
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
      capabilities: { drop: ['ALL'], ...(spec.release.bindsPrivileged && { add: ['NET_BIND_SERVICE'] }) },
    },
    volumeMounts: [
      { name: 'tmp-dir', mountPath: '/tmp' },
      ...(certificate ? [{ name: certificate.name, mountPath: servingFolder, readOnly: true }] : []),
      ...mountedFolders(config, spec).map(({ volume, folder }) => ({
        name: volume.name,
        mountPath: folder,
        readOnly: true,
      })),
    ],
    // It serves on until everybody knows that it goes: a second for kube-proxy, more in a large cluster.
    ...(keeps(spec.kubernetes, 'preStopSleep') && { lifecycle: { preStop: { sleep: { seconds: 10 } } } }),
    terminationMessagePolicy: 'FallbackToLogsOnError', // so that the status can show why it ended
  };
}

function podSecurityContext({ pod }: EffectiveSpec): V1PodSecurityContext | undefined {
  const { runAsGroup, fsGroup } = pod?.securityContext ?? {};
  return runAsGroup === undefined && fsGroup === undefined ? undefined : { runAsGroup, fsGroup };
}

function probe(path: string) {
  return { path, port: 'https', scheme: 'HTTPS' };
}

function texts(quantities: Record<string, string | number | undefined>): Record<string, string> {
  const given = Object.entries(quantities).filter(([, quantity]) => quantity !== undefined);
  return Object.fromEntries(given.map(([name, quantity]) => [name, `${quantity}`]));
}
