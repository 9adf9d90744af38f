import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import type { Given } from '../../src/controllers/given.ts';
import { planFor, type Step } from '../../src/controllers/plan.ts';
import type { TrialLogs } from '../../src/controllers/trial.ts';
import { now } from '../health/some-facts.ts';
import { appliedObjects, emptyLive, someConfig, someSeen } from './some-seen.ts';

export const revision = (number: number) => ({ 'deployment.kubernetes.io/revision': `${number}` });
const hashLabel = (hash: string) => ({ 'pod-template-hash': hash });

export interface Situation {
  /** What the cluster has been given. */
  applied: object;
  /** What is asked of it now; default that. */
  spec?: object;
  /** What was there before. */
  before?: object;
  /** The Deployment as a look has written it; default as `applied` leads to it. */
  deployment?: V1Deployment | undefined;
  /** Annotations of the Deployment. */
  notes?: Record<string, string>;
  /** Annotations of the config. */
  asks?: Record<string, string>;
  status?: V1Deployment['status'];
  /** Pods of the new template; the old one has a ready pod. */
  fresh?: V1Pod[];
  logs?: TrialLogs;
  /** Objects that the spec names. */
  given?: Given[];
  at?: Date;
  /** Whether the old ReplicaSet is gone. */
  isForgotten?: boolean;
  /** Whether the old ReplicaSet has no pod left. */
  isAlone?: boolean;
  /** How many revisions after the old one the new one came. */
  later?: number;
}

export const secondsBefore = (seconds: number) => new Date(now.getTime() - seconds * 1000);

const settled = {
  observedGeneration: 1,
  replicas: 1,
  updatedReplicas: 1,
  availableReplicas: 1,
  readyReplicas: 1,
};
export const underWay = { observedGeneration: 1, replicas: 2, updatedReplicas: 1, availableReplicas: 1 };

/** A look in the middle of a rollout from `before` to `applied`; without `before`, one at rest. */
export function seenIn(situation: Situation) {
  const {
    applied,
    before,
    spec = applied,
    notes = {},
    asks,
    at,
    logs,
    given = [],
    isForgotten,
    isAlone,
    later = 1,
  } = situation;
  const objects = appliedObjects(applied, 'uid-1', { Deployment: notes });
  const made: V1Deployment | undefined =
    situation.deployment ?? objects.find(({ kind }) => kind === 'Deployment');
  const annotations = { ...made?.metadata?.annotations, ...revision(1 + later) };
  const deployment: V1Deployment = {
    ...made,
    metadata: { ...made?.metadata, generation: 1, annotations },
    status: situation.status ?? (before === undefined ? settled : underWay),
  };
  const config = someConfig(spec);
  const former = before && !isForgotten ? [replicaSet('old', 1, before)] : [];
  const old = before && !isAlone ? [readyPod('old')] : [];
  return someSeen({
    spec,
    now: at ?? now,
    config: { ...config, metadata: { ...config.metadata, annotations: asks } },
    ...(logs && { trialLogs: logs }),
    live: {
      ...emptyLive,
      given,
      objects: [...objects.filter(({ kind }) => kind !== 'Deployment'), deployment],
      deployment,
      replicaSets: [...former, replicaSet('new', 1 + later, applied)],
      pods: [...old, ...(situation.fresh ?? (before ? [] : [readyPod('new')]))],
    },
  });
}

/** As Kubernetes makes it of a Deployment's template. */
function replicaSet(hash: string, number: number, spec: object): V1ReplicaSet {
  const made: V1Deployment | undefined = appliedObjects(spec).find(({ kind }) => kind === 'Deployment');
  const template = made?.spec?.template;
  const labels = { ...template?.metadata?.labels, ...hashLabel(hash) };
  return {
    metadata: { name: `metrics-server-${hash}`, labels, annotations: revision(number) },
    spec: { selector: {}, template: { ...template, metadata: { ...template?.metadata, labels } } },
  };
}

export function readyPod(hash: string): V1Pod {
  return podOf(hash, { ready: true, state: { running: { startedAt: secondsBefore(600) } } }, 600);
}

/** A pod of one of the two templates, `age` seconds old. */
export function podOf(
  hash: string,
  container: { image?: string; [field: string]: unknown },
  age: number,
): V1Pod {
  const status = {
    name: 'metrics-server',
    image: 'i',
    imageID: '',
    ready: false,
    restartCount: 0,
    ...container,
  };
  return {
    metadata: { name: `pod-${hash}`, labels: hashLabel(hash), creationTimestamp: secondsBefore(age) },
    spec: { nodeName: 'a', containers: [{ name: 'metrics-server', image: container.image ?? 'i' }] },
    status: {
      containerStatuses: [status],
      conditions: [{ type: 'Ready', status: status.ready ? 'True' : 'False' }],
    },
  };
}

export const crashing = (age: number) =>
  podOf(
    'new',
    {
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, message: 'panic: no' } },
    },
    age,
  );

/** What the look writes to the Deployment; undefined where it leaves it. */
export function writtenIn(situation: Situation): V1Deployment | undefined {
  const step: Step | undefined = planFor(seenIn(situation)).steps.find(
    ({ action, object }) => action === 'apply' && object.kind === 'Deployment',
  );
  return step?.object;
}

export const good = { resolution: '15s' };
export const bad = { resolution: '20s' };
export const lastGood = { 'metrics-server.io/last-good': '{"name":"metrics-server-old","until":2}' };
export const rollout: Situation = { before: good, applied: bad, notes: lastGood };

export const argsOf = (deployment?: V1Deployment) => deployment?.spec?.template.spec?.containers[0]?.args;
export const notesOf = (deployment?: V1Deployment) => deployment?.metadata?.annotations ?? {};
export const lastGoodIn = (deployment?: V1Deployment) =>
  JSON.parse(notesOf(deployment)['metrics-server.io/last-good'] ?? 'null');
export const noteOf = (deployment?: V1Deployment) =>
  JSON.parse(notesOf(deployment)['metrics-server.io/rolled-back'] ?? 'null');

export const pulling = (age: number) =>
  podOf(
    'new',
    { image: wantedImage, state: { waiting: { reason: 'ImagePullBackOff', message: 'no' } } },
    age,
  );
export const wantedImage = `${appliedObjects(bad)
  .flatMap((object: V1Deployment) =>
    object.kind === 'Deployment' ? (object.spec?.template.spec?.containers ?? []) : [],
  )
  .map(({ image }) => image)}`;
export const unschedulable = {
  ...podOf('new', {}, 400),
  status: {
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no CPU' }],
  },
};
export const lateSince = (age: number) => ({
  ...underWay,
  conditions: [
    {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      lastUpdateTime: secondsBefore(age),
    },
  ],
});
export const late = lateSince(0);

/** The cluster once the old pods run again, while the spec is still the failed one. */
export function rolledBack(situation: Partial<Situation> = {}): Situation {
  const deployment = writtenIn({ ...rollout, fresh: [crashing(61)], ...situation });
  return { applied: good, before: good, spec: bad, deployment };
}
