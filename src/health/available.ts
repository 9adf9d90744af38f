import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import type { Finding } from '../crds/findings.ts';
import { type Check, type Facts, firstOf } from './facts.ts';

/** Are the pods up? */
export function diagnoseAvailable(facts: Facts): Finding<'Available'> {
  const { deployment } = facts;
  if (deployment === undefined) {
    return { status: 'Unknown', reason: 'NotMeasured', message: 'There is no Deployment yet.' };
  }
  const {
    readyReplicas = 0,
    updatedReplicas = 0,
    replicas = 0,
    observedGeneration,
  } = deployment.status ?? {};
  const desired = deployment.spec?.replicas ?? 1;
  const isRolledOut =
    observedGeneration === deployment.metadata?.generation &&
    updatedReplicas === desired &&
    replicas === desired;
  if (isRolledOut && readyReplicas >= desired) {
    return { status: 'True', reason: 'PodsReady', message: `${readyReplicas} of ${desired} pods are ready.` };
  }

  const trouble = firstOf(checks, facts);
  const isServing = readyReplicas > 0;
  if (trouble !== undefined && !isServing) return trouble;
  const detail = trouble === undefined ? '' : ` ${trouble.message}`;
  return isServing
    ? {
        status: 'True',
        reason: 'RollingOut',
        message: `${readyReplicas} pods are ready, others are being started or replaced.${detail}`,
      }
    : {
        status: 'False',
        reason: 'Starting',
        message: 'The pods are starting; metrics-server is ready about one resolution after its start.',
      };
}

const checks: Check<'Available'>[] = [
  podsAreRejected,
  podIsUnschedulable,
  imageCannotBePulled,
  containerKeepsEnding,
  containerHasNoMetrics,
];

function podsAreRejected({ deployment }: Facts): Finding<'Available'> | undefined {
  const failure = deployment?.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
  if (failure?.status !== 'True') return undefined;
  return {
    status: 'False',
    reason: 'PodRejected',
    message: `The pods cannot be created: ${failure.message}`,
  };
}

function podIsUnschedulable({ pods }: Facts): Finding<'Available'> | undefined {
  const refused = pods
    .flatMap((pod) => pod.status?.conditions ?? [])
    .find((condition) => condition.type === 'PodScheduled' && condition.reason === 'Unschedulable');
  if (refused === undefined) return undefined;
  return { status: 'False', reason: 'Unschedulable', message: `No node takes the pod: ${refused.message}` };
}

const pullFailures = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'];

function imageCannotBePulled({ pods }: Facts): Finding<'Available'> | undefined {
  const container = containers(pods).find(({ state }) => pullFailures.includes(state?.waiting?.reason ?? ''));
  if (container === undefined) return undefined;
  const said = container.state?.waiting?.message ?? container.state?.waiting?.reason;
  return {
    status: 'False',
    reason: 'ImagePullFailed',
    message: `The image ${container.image} cannot be pulled; name a registry that the nodes can reach in spec.image.mirrors, or a pull secret in spec.image.pullSecrets. The node says: ${said}`,
  };
}

function containerKeepsEnding({ pods }: Facts): Finding<'Available'> | undefined {
  const container = containers(pods).find(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff');
  if (container === undefined) return undefined;
  const ended = container.lastState?.terminated;
  const words = ended?.message ?? ended?.reason ?? 'no message';
  return {
    status: 'False',
    reason: 'CrashLoop',
    message: `The container ended ${container.restartCount} times, last with exit code ${ended?.exitCode}: ${words.trim().slice(-300)}`,
  };
}

// Two scrapes are needed before the first answer; the third shows that more waiting does not help.
const scrapesBeforeAnswer = 3;

function containerHasNoMetrics({ pods, spec, now, deployment }: Facts): Finding<'Available'> | undefined {
  const latestStartMs = now.getTime() - scrapesBeforeAnswer * durationMs(spec.resolution);
  const late = containers(pods).find(
    ({ ready, state }) => !ready && new Date(state?.running?.startedAt ?? now).getTime() < latestStartMs,
  );
  if (late === undefined) return undefined;
  const { name, namespace } = deployment?.metadata ?? {};
  return {
    status: 'False',
    reason: 'NoMetricsYet',
    message: `metrics-server runs since ${new Date(late.state?.running?.startedAt ?? now).toISOString()} and has no metrics of any node. ${causeOf(spec.kubeletTls)} The log has the error: kubectl logs -n ${namespace} deployment/${name}.`,
  };
}

function causeOf(mode: Facts['spec']['kubeletTls']): string {
  switch (mode) {
    case 'ClusterCA':
      return "Most often the kubelets' serving certificates are not from the cluster's CA: have the kubelets request them (serverTLSBootstrap: true) and approve the requests.";
    case 'Insecure':
      return 'Most often the kubelets cannot be reached: check the network from pods to nodes, addressPriority and kubelet.port.';
  }
}

function containers(pods: V1Pod[]): V1ContainerStatus[] {
  return pods.flatMap((pod) => pod.status?.containerStatuses ?? []);
}
