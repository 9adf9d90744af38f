import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { diagnoseAvailable } from '../../src/health/available.ts';
import { podInCreation } from '../../src/health/container-creation.ts';
import { suspect } from '../../src/health/scrape-errors.ts';
import { node, now, someFacts } from './some-facts.ts';

const starting = (changes: object = {}) => ({
  metadata: { name: 'metrics-server', namespace: 'kube-system', generation: 1 },
  spec: { replicas: 1, selector: {}, template: {} },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 0, ...changes },
});

function pod(status: NonNullable<V1Pod['status']>): V1Pod {
  const containers = [{ name: 'metrics-server', image: 'r.example.com/ms:v1' }];
  return { metadata: { name: 'metrics-server-1' }, spec: { containers }, status };
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

const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const container = (isReady: boolean) => ({
  name: 'metrics-server',
  image: 'r.example.com/ms:v1',
  imageID: '',
  ready: isReady,
  restartCount: 0,
  state: { running: { startedAt: secondsAgo(600) } },
});
const readyCondition = (status: 'True' | 'False') => ({
  type: 'Ready',
  status,
  lastTransitionTime: secondsAgo(10),
});
const ready = pod({ containerStatuses: [container(true)], conditions: [readyCondition('True')] });
const lostReadiness = pod({ containerStatuses: [container(false)], conditions: [readyCondition('False')] });
const onLostNode: V1Pod = {
  ...pod({ containerStatuses: [container(true)], conditions: [readyCondition('False')] }),
  spec: { nodeName: 'a', containers: [] },
};
const failing = (...nodes: string[]) => ({
  is: 'read' as const,
  errors: nodes.map((node) => ({ node, error: 'connect: connection refused', times: 2 })),
});

const progressDeadline = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };

describe('the diagnosis of the pods', () => {
  it('does not claim that nodes cannot be scraped where the log has no error of a scrape', () => {
    const said = (spec: object) => {
      const log = { is: 'read' as const, errors: [] };
      return diagnoseAvailable(someFacts({ spec, log, deployment: starting(), pods: [running(46)] })).message;
    };
    expect(said({}))
      .to.include('has no metrics to serve')
      .and.include('"logging":{"verbosity":2}')
      .and.not.include('cannot scrape');
    expect(said({ logging: { verbosity: 2 } })).to.not.include('kubectl patch');
  });

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
      when: 'the container measures nodes and no pods',
      facts: {
        deployment: starting(),
        pods: [running(46)],
        log: { is: 'read' as const, errors: [], lacksPods: true },
      },
      status: 'False',
      reason: 'PodMetricsMissing',
    },
    {
      when: 'the container measures no pods just yet',
      facts: {
        deployment: starting(),
        pods: [running(31)],
        log: { is: 'read' as const, errors: [], lacksPods: true },
      },
      status: 'False',
      reason: 'Starting',
    },
    {
      when: 'the container can scrape no node any more',
      facts: {
        deployment: starting(),
        pods: [running(46)],
        log: { ...failing('a', 'b'), lacksPods: true },
      },
      status: 'False',
      reason: 'KubeletRefused',
    },
    {
      when: 'the container runs for two resolutions without metrics',
      facts: { deployment: starting(), pods: [running(31)] },
      status: 'False',
      reason: 'Starting',
    },
    {
      when: 'the image of the pause container cannot be had',
      facts: {
        deployment: starting(),
        podWarning: {
          reason: 'FailedCreatePodSandBox',
          message: 'failed to get sandbox image "r/pause:3.10"',
        },
      },
      status: 'False',
      reason: 'SandboxImage',
    },
    {
      when: 'what it mounts is missing',
      facts: {
        deployment: starting(),
        podWarning: { reason: 'FailedMount', message: 'secret "metrics-server-serving-cert" not found' },
      },
      status: 'False',
      reason: 'CreateConfigError',
    },
    {
      when: 'a change has not come up in time and nobody says why',
      facts: { deployment: starting({ conditions: [progressDeadline] }) },
      status: 'False',
      reason: 'RolloutStuck',
    },
    {
      when: 'pods serve, and a change has not come up in time',
      facts: {
        deployment: starting({ replicas: 2, conditions: [progressDeadline] }),
        pods: [ready],
      },
      status: 'True',
      reason: 'RolloutStuck',
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
        pods: [ready, waiting('ErrImagePull', 'not found')],
      },
      status: 'True',
      reason: 'RolloutBlocked',
    },
    {
      when: 'one of two pods cannot pull its image again, and no change is under way',
      facts: {
        deployment: {
          ...starting(),
          spec: { replicas: 2, selector: {}, template: {} },
          status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 1 },
        },
        pods: [ready, waiting('ErrImagePull', 'not found')],
      },
      status: 'True',
      reason: 'RollingOut',
    },
    {
      when: 'a pod is ready, though the Deployment does not know yet',
      facts: { deployment: starting(), pods: [ready] },
      status: 'True',
      reason: 'PodsReady',
    },
    {
      when: 'the container was ready, and its probe fails now',
      facts: { deployment: starting(), pods: [lostReadiness] },
      status: 'False',
      reason: 'Unresponsive',
    },
    {
      when: 'the node of the pod is lost, which only Kubernetes can say',
      facts: { deployment: starting(), pods: [onLostNode], nodes: [node('a', { isReady: false })] },
      status: 'False',
      reason: 'NodeNotReady',
    },
    {
      when: 'the log shows for every node why it cannot be scraped, before three resolutions are over',
      facts: { deployment: starting(), pods: [running(21)], log: failing('a', 'b') },
      status: 'False',
      reason: 'KubeletRefused',
    },
    {
      when: 'the log shows an error of one node only',
      facts: { deployment: starting(), pods: [running(21)], log: failing('a') },
      status: 'False',
      reason: 'Starting',
    },
  ];
  for (const { when, facts, status, reason } of cases) {
    it(`says ${reason} when ${when}`, () =>
      expect(diagnoseAvailable(someFacts(facts))).to.include({ status, reason }));
  }

  describe('of pods of two templates', () => {
    const ofTemplate = (arg: string, status: V1Pod['status']): V1Pod => {
      const containers = [{ name: 'metrics-server', image: 'r.example.com/ms:v1', args: [arg] }];
      return { metadata: { name: `metrics-server${arg}` }, spec: { containers }, status };
    };
    const unready = running(600).status;
    const template = { spec: ofTemplate('--new', {}).spec };
    const deployment = {
      ...starting({ replicas: 2, readyReplicas: 1 }),
      spec: { replicas: 1, selector: {}, template },
    };
    const judged = (...pods: V1Pod[]) =>
      diagnoseAvailable(someFacts({ deployment, pods, log: failing('a', 'b') }));

    it('is that old ones are being replaced, whatever they suffer from, where the new one is ready', () => {
      const found = judged(ofTemplate('--old', unready), ofTemplate('--new', ready.status));
      expect(found).to.include({ status: 'True', reason: 'RollingOut' });
      expect(found.message).to.equal('1 of 1 pods is ready, old pods are being replaced.');
    });
    it('does not blame the new one for the log of an old one', () => {
      const found = judged(
        ofTemplate('--old', unready),
        ofTemplate('--old', ready.status),
        ofTemplate('--new', running(5).status),
      );
      expect(found).to.include({ status: 'True', reason: 'RollingOut' });
      expect(found.message).to.include('others are being started or replaced');
    });
    it('is that the change is blocked where the new one fails', () =>
      expect(judged(ofTemplate('--old', ready.status), ofTemplate('--new', unready))).to.include({
        status: 'True',
        reason: 'RolloutBlocked',
      }));
    it('is judged by all of them where none is as the template says, as with images that are rewritten', () =>
      expect(judged(ofTemplate('--else', ready.status), ofTemplate('--else', unready))).to.include({
        reason: 'RolloutBlocked',
      }));
  });

  it('names the image that cannot be pulled, what the node said, and the way out', () => {
    const { message } = diagnoseAvailable(
      someFacts({ deployment: starting(), pods: [waiting('ErrImagePull', 'no such host')] }),
    );
    expect(message)
      .to.include('r.example.com/ms:v1')
      .and.include('spec.image.mirrors')
      .and.include('no such host');
  });

  it('says the same of an image while it is pulled and while the node waits to pull it again', () => {
    const cause = 'dial tcp 10.0.0.1:443: connect: no route to host';
    const pulled = `failed to pull and unpack image "r.example.com/ms:v1": failed to resolve reference "r.example.com/ms:v1": ${cause}`;
    const [trying, waitingLonger] = [
      waiting('ErrImagePull', pulled),
      waiting('ImagePullBackOff', `Back-off pulling image "r.example.com/ms:v1": ErrImagePull: ${pulled}`),
    ].map((pod) => diagnoseAvailable(someFacts({ deployment: starting(), pods: [pod] })));
    expect(trying).to.deep.equal(waitingLonger);
    expect(trying?.message).to.include(`The node says: ${cause}`);
  });

  it('says the same of an image at each attempt, which has another port of its own', () => {
    const at = (from: string) => {
      const message = `dial tcp: lookup r.example.com on [::1]:53: read udp ${from}->[::1]:53: read: connection refused`;
      const pods = [waiting('ErrImagePull', message)];
      return diagnoseAvailable(someFacts({ deployment: starting(), pods })).message;
    };
    expect(at('[::1]:46850')).to.equal(at('[::1]:51377'));
    expect(at('[::1]:46850')).to.include('on [::1]:53: read udp [::1]->[::1]:53: read: connection refused');
  });

  it('names what has to be mounted where the container is not created', () => {
    const volumes = [
      { name: 'serving-cert', secret: { secretName: 'serving' } },
      { name: 'audit-policy', configMap: { name: 'audit-policy' } },
      { name: 'more', configMap: { name: 'more', optional: true } },
    ];
    const since = (seconds: number, mounted?: 'True' | 'False') => {
      const creating = waiting('ContainerCreating', '');
      const conditions = mounted && [{ type: 'PodReadyToStartContainers', status: mounted }];
      const status = { ...creating.status, startTime: secondsAgo(seconds), conditions };
      const pods = [{ ...creating, spec: { containers: [], volumes }, status }];
      return diagnoseAvailable(someFacts({ deployment: starting(), pods }));
    };
    expect(since(59, 'False').reason).to.equal('Starting');
    expect(since(61, 'False')).to.include({ reason: 'CreateConfigError' });
    expect(since(61, 'False').message).to.include(
      'It mounts Secret serving, ConfigMap audit-policy in kube-system:',
    );
    expect(since(600, 'True').reason, 'all is mounted, the image takes long').to.equal('Starting');
    expect(since(299).reason, 'an older Kubernetes does not say').to.equal('Starting');
    expect(since(301)).to.include({ reason: 'CreateConfigError' });
  });

  it('does not say what a pod suffers from that is being deleted, where another one starts', () => {
    const failing = waiting('CreateContainerConfigError', 'secret "x" not found');
    const ending = { ...failing, metadata: { name: 'old', deletionTimestamp: secondsAgo(1) } };
    const said = (...pods: V1Pod[]) => diagnoseAvailable(someFacts({ deployment: starting(), pods })).reason;
    expect(said(ending, running(5))).to.equal('Starting');
    expect(said(ending), 'nobody else is there').to.equal('CreateConfigError');
  });

  it('does not say what a pod suffers from that is being deleted, where another one serves', () => {
    const going = { name: 'gone', deletionTimestamp: secondsAgo(1) };
    const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2' };
    const troubled = [
      waiting('ErrImagePull', 'not found'),
      waiting('CrashLoopBackOff', ''),
      waiting('CreateContainerConfigError', 'secret "x" not found'),
      pod({ conditions: [unschedulable] }),
    ].map((one) => ({ ...one, metadata: going }));
    for (const one of troubled) {
      const deployment = starting({ replicas: 2, readyReplicas: 1 });
      const { reason, message } = diagnoseAvailable(someFacts({ deployment, pods: [one, ready] }));
      expect({ reason, message }).to.deep.equal({
        reason: 'RollingOut',
        message: '1 of 1 pods is ready, old pods are being replaced.',
      });
    }
  });

  it('asks for the warnings and reads the log of a pod that is there to stay', () => {
    const creating = waiting('ContainerCreating', '');
    const late = { ...creating, status: { ...creating.status, startTime: secondsAgo(40) } };
    const going = (one: V1Pod) => ({ ...one, metadata: { name: 'gone', deletionTimestamp: secondsAgo(1) } });
    expect(podInCreation({ pods: [going(late), ready], now })).to.equal(undefined);
    expect(podInCreation({ pods: [going(late), late], now })).to.equal(late);
    expect(podInCreation({ pods: [going(late)], now }), 'nobody else is there').to.not.equal(undefined);
    const old = running(600);
    expect(suspect(someFacts({ pods: [going(old), old] }))).to.equal(old);
    expect(suspect(someFacts({ pods: [going(old), ready] }))).to.equal(undefined);
  });

  it('says why the runtime cannot create the container', () => {
    const pods = [waiting('CreateContainerConfigError', 'secret "x" not found')];
    const { reason, message } = diagnoseAvailable(someFacts({ deployment: starting(), pods }));
    expect(reason).to.equal('CreateConfigError');
    expect(message).to.include('secret "x" not found');
  });

  describe('of a container that ends again and again', () => {
    const at = (seconds: number) => ({ startedAt: secondsAgo(seconds), finishedAt: secondsAgo(seconds - 1) });
    const end = (seconds: number, changes: object = {}) => ({
      terminated: { exitCode: 1, reason: 'Error', message: 'panic: no', ...at(seconds), ...changes },
    });
    const since = (seconds: number) => [
      { type: 'Ready', status: 'False', lastTransitionTime: secondsAgo(seconds) },
    ];
    const ours = { ...container(false), restartCount: 1 };
    const ofPod = (status: object, others: NonNullable<V1Pod['status']> = { conditions: since(300) }) =>
      pod({ containerStatuses: [{ ...ours, ...status }], ...others });
    const again = (seconds: number, lastState: object = end(seconds + 12)) => ({
      state: { running: { startedAt: secondsAgo(seconds) } },
      lastState,
    });
    const said = (...pods: V1Pod[]) => diagnoseAvailable(someFacts({ deployment: starting(), pods })).reason;

    it('says so, too, while it has just ended and while it runs again, until it has had time to be ready', () => {
      expect(said(ofPod({ restartCount: 0, state: end(2) })), 'for the first time').to.equal('CrashLoop');
      expect(said(ofPod(again(1)))).to.equal('CrashLoop');
      expect(said(ofPod(again(50)))).to.equal('CrashLoop');
      expect(said(ofPod(again(51)))).to.equal('NoMetricsYet');
    });
    it('says the same of one end all the while', () => {
      const message = (status: object) =>
        diagnoseAvailable(someFacts({ deployment: starting(), pods: [ofPod(status)] })).message;
      const [last, waits] = [end(20), { waiting: { reason: 'CrashLoopBackOff' } }];
      const texts = [
        { restartCount: 2, state: last },
        { restartCount: 2, state: waits, lastState: last },
        { restartCount: 3, ...again(1, last) },
      ].map(message);
      expect(new Set(texts)).to.deep.equal(
        new Set(['The container ended 3 times, last with exit code 1: panic: no']),
      );
    });
    it('does not take one end after it was ready for that, whether it hung or ran out of memory', () => {
      const ended = { conditions: since(12) };
      for (const changes of [{}, { exitCode: 137 }, { exitCode: 137, reason: 'OOMKilled' }]) {
        const last = end(90_000, { ...changes, finishedAt: secondsAgo(12) });
        expect(said(ofPod({ state: last }, ended))).to.equal('Starting');
        expect(said(ofPod(again(10, last), ended))).to.equal('Starting');
      }
      expect(said(ofPod(again(2, end(10)), ended)), 'and then another one').to.equal('CrashLoop');
    });
    it('does not take the end of a pod that is over, or ends as it should, for that', () => {
      expect(said(ofPod({ state: end(2) }, { phase: 'Failed', conditions: since(300) }))).to.equal(
        'Starting',
      );
      const deleted = ofPod({ state: end(2) });
      const metadata = { ...deleted.metadata, deletionTimestamp: secondsAgo(3) };
      expect(said({ ...deleted, metadata })).to.equal('Starting');
      const completed = end(2, { exitCode: 0, reason: 'Completed' });
      expect(said(ofPod({ restartCount: 0, state: completed }))).to.equal('Starting');
    });
    it('is that a change is blocked all the while, where an old pod serves', () => {
      const facts = { deployment: starting({ replicas: 2, readyReplicas: 1 }) };
      const reason = (status: object) =>
        diagnoseAvailable(someFacts({ ...facts, pods: [ready, ofPod(status)] })).reason;
      expect([reason(again(1)), reason({ state: end(2) })]).to.deep.equal([
        'RolloutBlocked',
        'RolloutBlocked',
      ]);
    });
  });

  describe('of a pod with containers of others', () => {
    const beside = (state: object, lastState?: object) => ({
      ...{ ...container(false), name: 'proxy', restartCount: 4 },
      ...{ state, lastState },
    });
    const ending = beside(
      { waiting: { reason: 'CrashLoopBackOff' } },
      { terminated: { exitCode: 137, reason: 'OOMKilled', message: 'bind: address already in use' } },
    );
    const uncreated = beside({
      waiting: { reason: 'CreateContainerConfigError', message: 'secret "x" not found' },
    });
    const said = (ours: object, other: typeof ending) => {
      const conditions = [readyCondition('False')];
      const pods = [pod({ containerStatuses: [{ ...container(false), ...ours }, other], conditions })];
      return diagnoseAvailable(someFacts({ deployment: starting(), pods }));
    };

    it('names the one that keeps it from being ready, without a remedy for metrics-server', () => {
      expect(said({ ready: true }, ending)).to.deep.equal({
        status: 'False',
        reason: 'CrashLoop',
        message:
          'metrics-server is ready, and its pod is not, for another container in it: proxy ended 5 times, last with exit code 137: bind: address already in use',
      });
      expect(said({ ready: true }, uncreated)).to.deep.equal({
        status: 'False',
        reason: 'CreateConfigError',
        message:
          'metrics-server is ready, and its pod is not, for another container in it: proxy cannot be created: secret "x" not found.',
      });
    });
    it('says nothing of them while metrics-server itself is not ready', () => {
      const starts = { state: { running: { startedAt: secondsAgo(5) } } };
      for (const other of [ending, uncreated]) expect(said(starts, other).reason).to.equal('Starting');
    });
  });

  it('shows the last words of a container that ends', () => {
    const { message } = diagnoseAvailable(
      someFacts({ deployment: starting(), pods: [waiting('CrashLoopBackOff', '')] }),
    );
    expect(message).to.include('exit code 2').and.include('panic: bad flag');
  });
});
