import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { diagnoseAvailable } from '../../src/health/available.ts';
import { now, someFacts } from './some-facts.ts';

const starting = (changes: object = {}) => ({
  metadata: { name: 'metrics-server', namespace: 'kube-system', generation: 1 },
  spec: { replicas: 1, selector: {}, template: {} },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 0, ...changes },
});

function pod(status: NonNullable<V1Pod['status']>): V1Pod {
  return { metadata: { name: 'metrics-server-1' }, status };
}

const waiting = (reason: string, message: string) =>
  pod({
    containerStatuses: [
      {
        name: 'metrics-server',
        image: 'r.example.com/ms:v1',
        imageID: '',
        ready: false,
        restartCount: 4,
        state: { waiting: { reason, message } },
        lastState: { terminated: { exitCode: 2, message: 'panic: bad flag' } },
      },
    ],
  });

const running = (secondsAgo: number) =>
  pod({
    containerStatuses: [
      {
        name: 'metrics-server',
        image: 'r.example.com/ms:v1',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { running: { startedAt: new Date(now.getTime() - secondsAgo * 1000) } },
      },
    ],
  });

describe('the diagnosis of the pods', () => {
  const cases = [
    { when: 'all are ready', facts: {}, status: 'True', reason: 'PodsReady' },
    {
      when: 'there is no Deployment',
      facts: { deployment: undefined },
      status: 'Unknown',
      reason: 'NotMeasured',
    },
    {
      when: 'no pod has been created',
      facts: { deployment: starting() },
      status: 'False',
      reason: 'Starting',
    },
    {
      when: 'the image cannot be pulled',
      facts: { deployment: starting(), pods: [waiting('ImagePullBackOff', 'Back-off pulling image')] },
      status: 'False',
      reason: 'ImagePullFailed',
    },
    {
      when: 'the container ends again and again',
      facts: { deployment: starting(), pods: [waiting('CrashLoopBackOff', 'back-off 10s')] },
      status: 'False',
      reason: 'CrashLoop',
    },
    {
      when: 'the container runs for three resolutions without metrics',
      facts: { deployment: starting(), pods: [running(46)] },
      status: 'False',
      reason: 'NoMetricsYet',
    },
    {
      when: 'the container runs for two resolutions without metrics',
      facts: { deployment: starting(), pods: [running(31)] },
      status: 'False',
      reason: 'Starting',
    },
    {
      when: 'no node takes the pod',
      facts: {
        deployment: starting(),
        pods: [
          pod({
            conditions: [
              { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes' },
            ],
          }),
        ],
      },
      status: 'False',
      reason: 'Unschedulable',
    },
    {
      when: 'pods are refused by the API server',
      facts: {
        deployment: starting({
          conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }],
        }),
      },
      status: 'False',
      reason: 'PodRejected',
    },
    {
      when: 'an old pod serves while the new one cannot pull its image',
      facts: {
        deployment: starting({ replicas: 2, readyReplicas: 1 }),
        pods: [waiting('ErrImagePull', 'not found')],
      },
      status: 'True',
      reason: 'RollingOut',
    },
  ];
  for (const { when, facts, status, reason } of cases) {
    it(`says ${reason} when ${when}`, () =>
      expect(diagnoseAvailable(someFacts(facts))).to.include({ status, reason }));
  }

  it('names the image that cannot be pulled, what the node said, and the way out', () => {
    const { message } = diagnoseAvailable(
      someFacts({ deployment: starting(), pods: [waiting('ErrImagePull', 'no such host')] }),
    );
    expect(message)
      .to.include('r.example.com/ms:v1')
      .and.include('spec.image.mirrors')
      .and.include('no such host');
  });

  it('shows the last words of a container that ends', () => {
    const { message } = diagnoseAvailable(
      someFacts({ deployment: starting(), pods: [waiting('CrashLoopBackOff', '')] }),
    );
    expect(message).to.include('exit code 2').and.include('panic: bad flag');
  });
});
