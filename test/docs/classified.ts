import type { V1ContainerStatus, V1DeploymentCondition, V1Pod } from '@kubernetes/client-node';
import type { Sign } from '../../src/crds/pages/page.ts';
import { diagnoseAvailable } from '../../src/health/available.ts';
import type { PodWarning } from '../../src/health/facts.ts';
import { scrapeErrors, webhookFailure } from '../../src/health/scrape-errors.ts';
import { reasonOf } from '../../src/health/scrape-reasons.ts';
import { diagnoseServing } from '../../src/health/serving.ts';
import { failed, node, someFacts } from '../health/some-facts.ts';

/** The reason that the operator would give where it meets these words; undefined for its own. */
export function classified(sign: Sign): string | undefined {
  const { text, labels = {} } = sign;
  switch (sign.in) {
    case 'log':
      if (webhookFailure(text) !== undefined) return unanswered(text);
      return scrapeErrors(text)
        .map(({ node: name, error }) => reasonOf(error, someFacts(), node(name, { labels })))
        .join(', ');
    case 'end':
      return available([crashing({ exitCode: 1, reason: 'Error', message: text })]);
    case 'termination':
      return available([crashing({ exitCode: 137, reason: text })]);
    case 'waiting': {
      const [reason = '', ...message] = text.split(': ');
      return available([pod({ state: { waiting: { reason, message: message.join(': ') } } })]);
    }
    case 'event': {
      const [reason = '', ...message] = text.split(': ');
      return available([], [], { reason, message: message.join(': ') });
    }
    case 'scheduler':
      return available([unscheduled(text)]);
    case 'rejection':
      return available(
        [],
        [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: text }],
      );
    case 'answer':
      return diagnoseServing(someFacts({ metrics: failed(text) })).reason;
    case 'check':
      return diagnoseServing(someFacts({ metrics: failed('ServiceUnavailable'), apiService: checked(text) }))
        .reason;
    case 'message':
      return undefined;
  }
}

function available(pods: V1Pod[], conditions: V1DeploymentCondition[] = [], podWarning?: PodWarning): string {
  const { deployment } = someFacts();
  const status = { ...deployment?.status, readyReplicas: 0, conditions };
  return diagnoseAvailable(someFacts({ pods, podWarning, deployment: { ...deployment, status } })).reason;
}

function unanswered(log: string): string {
  const read = { is: 'read' as const, errors: [], webhook: webhookFailure(log) };
  return diagnoseServing(someFacts({ metrics: failed('ServiceUnavailable'), log: read })).reason;
}

function crashing(terminated: { exitCode: number; reason: string; message?: string }): V1Pod {
  return pod({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } });
}

function pod(status: Partial<V1ContainerStatus>): V1Pod {
  const container = { name: 'metrics-server', image: 'registry.example.com/metrics-server:v0.9.0' };
  const rest = { imageID: '', ready: false, restartCount: 3 };
  return {
    metadata: { name: 'metrics-server-x', namespace: 'kube-system' },
    spec: { containers: [container] },
    status: { containerStatuses: [{ ...container, ...rest, ...status }] },
  };
}

function unscheduled(message: string): V1Pod {
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  return { spec: { containers: [] }, status: { conditions: [condition] } };
}

function checked(message: string) {
  const condition = { type: 'Available', status: 'False', message };
  return { metadata: { name: 'v1beta1.metrics.k8s.io' }, status: { conditions: [condition] } };
}
