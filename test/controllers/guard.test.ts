import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import { statusFrom } from '../../src/controllers/status.ts';
import { answered, node, now, sampled } from '../health/some-facts.ts';
import {
  argsOf,
  bad,
  crashing,
  good,
  lastGood,
  lastGoodIn,
  late,
  lateSince,
  noteOf,
  podOf,
  pulling,
  readyPod,
  rollout,
  type Situation,
  secondsBefore,
  seenIn,
  underWay,
  unschedulable,
  writtenIn,
} from './some-rollout.ts';

const removable = {
  'a pull secret': { image: { pullSecrets: [{ name: 'reg' }] } },
  'a toleration': { scheduling: { tolerations: [{ operator: 'Exists' }] } },
  'a variable': { pod: { env: [{ name: 'HTTPS_PROXY', value: 'http://proxy' }] } },
};

describe('a change of what runs', () => {
  it('notes in the same write which ReplicaSet served before', () => {
    const written = writtenIn({ applied: good, spec: bad });
    expect(argsOf(written)).to.include('--metric-resolution=20s');
    expect(lastGoodIn(written)).to.deep.equal({ name: 'metrics-server-new', until: 3 });
  });

  it('costs no write for that alone, not even once it is through', () => {
    expect(writtenIn({ applied: good })).to.equal(undefined);
    expect(writtenIn({ applied: good, notes: lastGood })).to.equal(undefined);
  });

  it('that comes while another one is on trial does not count that as good', () => {
    const written = writtenIn({ ...rollout, spec: { resolution: '30s' } });
    expect(argsOf(written)).to.include('--metric-resolution=30s');
    expect(lastGoodIn(written)).to.deep.equal({ name: 'metrics-server-old', until: 3 });
  });

  for (const [what, fields] of Object.entries(removable)) {
    it(`is one, too, where it only takes something away: ${what}`, () => {
      const written = writtenIn({ applied: fields, spec: {} });
      expect(lastGoodIn(written)).to.deep.equal({ name: 'metrics-server-new', until: 3 });
    });
  }

  it('counts as good what serves, also where a second pod has no room, or has only just come back', () => {
    const status = { ...underWay, replicas: 2, updatedReplicas: 2, availableReplicas: 0 };
    const late = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const written = writtenIn({
      applied: good,
      spec: bad,
      status: { ...status, conditions: late },
      fresh: [readyPod('new'), unschedulable],
    });
    expect(lastGoodIn(written)).to.deep.equal({ name: 'metrics-server-new', until: 3 });
  });

  it('is left alone while its pods start', () => {
    const starting = podOf('new', { state: { running: { startedAt: secondsBefore(10) } } }, 10);
    expect(writtenIn({ ...rollout, fresh: [starting] })).to.equal(undefined);
  });
});

describe('a change whose pods do not become ready', () => {
  it('is rolled back to the template that served before, and that is remembered in the same write', () => {
    const written = writtenIn({ ...rollout, fresh: [crashing(61)] });
    expect(argsOf(written)).to.include('--metric-resolution=15s');
    expect(written?.spec?.template.metadata?.labels).not.to.have.property('pod-template-hash');
    expect(noteOf(written)).to.include({
      reason: 'CrashLoop',
      message: 'The container ended 4 times, last with exit code 1: panic: no',
      at: now.toISOString(),
      to: 'metrics-server-old',
    });
  });

  it('has a minute, or three resolutions, for what may pass', () => {
    expect(writtenIn({ ...rollout, fresh: [crashing(59)] })).to.equal(undefined);
    const slow: Situation = { ...rollout, applied: { resolution: '60s' } };
    expect(writtenIn({ ...slow, fresh: [crashing(179)] })).to.equal(undefined);
    expect(writtenIn({ ...slow, fresh: [crashing(181)] })).not.to.equal(undefined);
  });

  it('says so in Applied, Ready and Stalled, with the way on, while what serves is told truthfully', () => {
    const seen = { ...seenIn({ ...rollout, fresh: [crashing(61)] }), metrics: answered(sampled('a')) };
    const plan = planFor(seen);
    const conditions = statusFrom(seen, plan, [])?.conditions ?? [];
    const of = (wanted: string) => conditions.find(({ type }) => type === wanted);
    expect(of('Applied')).to.include({ status: 'False', reason: 'RolledBack' });
    expect(of('Ready')).to.include({ status: 'False', reason: 'RolledBack' });
    expect(of('Stalled')).to.include({ status: 'True' });
    expect(of('Serving')).to.include({ status: 'True', reason: 'Answers' });
    expect(of('Applied')?.message).to.equal(
      'The last change was rolled back to ReplicaSet metrics-server-old, which served before it. The container ended 4 times, last with exit code 1: panic: no. Change the spec, or have it tried again: kubectl annotate msc metrics-server metrics-server.io/retry="$(date +%s)" --overwrite',
    );
  });

  const rejected = (age: number) => ({
    ...underWay,
    conditions: [
      {
        type: 'ReplicaFailure',
        status: 'True',
        message: 'quota',
        lastTransitionTime: secondsBefore(age),
      },
    ],
  });
  const cases: {
    what: string;
    reason: string;
    situation: Partial<Situation>;
    before?: Partial<Situation>;
  }[] = [
    {
      what: 'cannot pull their image for two minutes',
      reason: 'ImagePullFailed',
      situation: { fresh: [pulling(121)] },
      before: { fresh: [pulling(119)] },
    },
    {
      what: 'find no node until the Deployment gives up',
      reason: 'Unschedulable',
      situation: { fresh: [unschedulable], status: late },
      before: { fresh: [unschedulable] },
    },
    {
      what: 'cannot be created',
      reason: 'PodRejected',
      situation: { fresh: [], status: rejected(61) },
      before: { fresh: [], status: rejected(30) },
    },
    {
      what: 'do not become ready in time, for whatever cause',
      reason: 'Starting',
      situation: { fresh: [podOf('new', {}, 400)], status: late },
      before: { fresh: [podOf('new', {}, 400)] },
    },
  ];
  for (const { what, reason, situation, before } of cases) {
    it(`is rolled back where they ${what}`, () => {
      expect(noteOf(writtenIn({ ...rollout, ...situation }))).to.include({ reason });
      expect(writtenIn({ ...rollout, ...before })).to.equal(undefined);
    });
  }

  it('is only told where upgrade.onFailure is Report', () => {
    const report = { ...bad, upgrade: { onFailure: 'Report' } };
    const situation = { ...rollout, applied: report, fresh: [crashing(61)] };
    expect(writtenIn(situation)).to.equal(undefined);
    expect(planFor(seenIn(situation)).guarded).to.include({ status: 'False', reason: 'RolloutFailed' });
  });

  it('is left alone where it makes TLS stricter: nothing may weaken it silently', () => {
    const insecure = { tls: { kubelet: { mode: 'Insecure' } } };
    const stricter: Situation = { before: insecure, applied: {}, notes: lastGood, fresh: [crashing(600)] };
    expect(writtenIn(stricter)).to.equal(undefined);
    const looser: Situation = { ...stricter, before: {}, applied: insecure };
    expect(noteOf(writtenIn(looser))).to.include({ reason: 'CrashLoop' });
    const newer = { tls: { serving: { minVersion: 'VersionTLS13' } } };
    expect(writtenIn({ ...stricter, before: {}, applied: newer })).to.equal(undefined);
    expect(noteOf(writtenIn({ ...stricter, before: newer, applied: {} }))).to.include({
      reason: 'CrashLoop',
    });
    const ciphers = (...cipherSuites: string[]) => ({ tls: { serving: { cipherSuites } } });
    const [one, two] = [
      ciphers('TLS_AES_128_GCM_SHA256'),
      ciphers('TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'),
    ];
    expect(writtenIn({ ...stricter, before: two, applied: one })).to.equal(undefined);
    expect(noteOf(writtenIn({ ...stricter, before: one, applied: two }))).to.include({ reason: 'CrashLoop' });
  });

  it('is told where it makes TLS stricter and fails for another cause', () => {
    const applied = { ...bad, tls: { serving: { minVersion: 'VersionTLS13' } } };
    const fails = (fresh: V1Pod) => planFor(seenIn({ ...rollout, applied, fresh: [fresh] })).guarded;
    expect(fails(crashing(61))).to.include({ status: 'False', reason: 'RolloutFailed' });
    expect(fails(crashing(61))?.message).to.equal(
      'The last change does not come up, and it is not rolled back, for it makes TLS stricter too, which nobody may undo silently: change the spec. The container ended 4 times, last with exit code 1: panic: no',
    );
    const blind = podOf('new', { state: { running: { startedAt: secondsBefore(100) } } }, 100);
    expect(fails(blind), 'Secure says this').to.equal(undefined);
  });

  it('has a minute from the start of its container, not from the pull of its image', () => {
    const crash = (startedAt: Date, restartCount: number) =>
      podOf(
        'new',
        {
          restartCount,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, message: 'panic: no', startedAt } },
        },
        600,
      );
    expect(writtenIn({ ...rollout, fresh: [crash(secondsBefore(10), 1)] })).to.equal(undefined);
    expect(noteOf(writtenIn({ ...rollout, fresh: [crash(secondsBefore(10), 3)] }))).to.include({
      reason: 'CrashLoop',
    });
    expect(noteOf(writtenIn({ ...rollout, fresh: [crash(secondsBefore(61), 1)] }))).to.include({
      reason: 'CrashLoop',
    });
    const blind = (seconds: number, error = 'timeout') => {
      const pod = podOf('new', { state: { running: { startedAt: secondsBefore(seconds) } } }, 600);
      const seen = seenIn({ ...rollout, applied: { resources: { mode: 'External' } }, fresh: [pod] });
      const errors = [{ node: 'a', error, times: 1 }];
      const { steps } = planFor({ ...seen, nodes: [node('a')], log: { is: 'read', errors } });
      const deployment: V1Deployment | undefined = steps.find(
        ({ object }) => object.kind === 'Deployment',
      )?.object;
      return noteOf(deployment);
    };
    expect(blind(22)).to.equal(null);
    expect(blind(61)).to.include({ reason: 'KubeletTimeout' });
    expect(blind(22, 'x509: certificate is valid for b, not a')).to.equal(null);
    expect(blind(61, 'x509: certificate is valid for b, not a')).to.include({
      reason: 'KubeletCertWrongSAN',
    });
  });

  it('is not given up while its container has only just ended, or runs again, before it has done so for the fourth time', () => {
    const terminated = (seconds: number) => ({
      exitCode: 1,
      message: 'panic: no',
      startedAt: secondsBefore(seconds),
    });
    const again = (restartCount: number) => {
      const state = { running: { startedAt: secondsBefore(20) } };
      return podOf('new', { restartCount, state, lastState: { terminated: terminated(90) } }, 600);
    };
    expect(writtenIn({ ...rollout, fresh: [again(1)] })).to.equal(undefined);
    expect(writtenIn({ ...rollout, fresh: [again(3)] })).to.equal(undefined);
    expect(noteOf(writtenIn({ ...rollout, fresh: [again(4)] }))).to.include({ reason: 'CrashLoop' });
    const ended = podOf('new', { restartCount: 0, state: { terminated: terminated(90) } }, 600);
    expect(writtenIn({ ...rollout, fresh: [ended] })).to.equal(undefined);
  });

  it('is judged, too, where its ReplicaSet is used again, for which Kubernetes says that it is through before it has a pod', () => {
    const conditions = [
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      { type: 'ReplicaFailure', status: 'True', message: 'quota', lastTransitionTime: secondsBefore(4000) },
    ];
    const status = { ...underWay, replicas: 1, updatedReplicas: 0, conditions };
    expect(noteOf(writtenIn({ ...rollout, fresh: [], status }))).to.include({ reason: 'PodRejected' });
  });

  it('is not judged by the deadline of an earlier attempt', () => {
    const again: Situation = { ...rollout, fresh: [podOf('new', {}, 1)], status: lateSince(300) };
    expect(writtenIn(again)).to.equal(undefined);
  });

  it('is left alone where the ReplicaSet that served before is gone', () => {
    expect(writtenIn({ ...rollout, isForgotten: true, fresh: [crashing(600)] })).to.equal(undefined);
  });

  it('is left alone at the first install: there is nothing to go back to', () => {
    const { notes: _, ...first } = rollout;
    expect(writtenIn({ ...first, fresh: [crashing(600)] })).to.equal(undefined);
  });

  it('is left alone once the rollout was through: later trouble has other causes', () => {
    const status = {
      observedGeneration: 1,
      replicas: 1,
      updatedReplicas: 1,
      conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }],
    };
    expect(writtenIn({ ...rollout, status, isAlone: true, fresh: [crashing(61)] })).to.equal(undefined);
  });

  it('is not taken for one where someone only restarts the pods', () => {
    const restarted: Situation = { ...rollout, later: 2, isAlone: true, fresh: [crashing(61)] };
    expect(writtenIn(restarted)).to.equal(undefined);
  });

  it('is rolled back, too, where the operator has changed it on the way, such as to another mirror', () => {
    const notes = { 'metrics-server.io/last-good': '{"name":"metrics-server-old","until":3}' };
    const twice: Situation = { ...rollout, notes, later: 2, isAlone: true, fresh: [crashing(61)] };
    expect(noteOf(writtenIn(twice))).to.include({ reason: 'CrashLoop' });
  });

  it('is told where it does not come up beside old pods and nobody knows what to go back to', () => {
    const { notes: _, ...lost } = { ...rollout, fresh: [podOf('new', {}, 400)], status: late };
    expect(writtenIn(lost)).to.equal(undefined);
    expect(planFor(seenIn(lost)).guarded).to.deep.equal({
      status: 'False',
      reason: 'RolloutFailed',
      message:
        'The last change does not come up, and there is no ReplicaSet to go back to: change the spec. Available says what keeps its pods.',
    });
  });

  it('is rolled back, too, where the old pod had to end first', () => {
    expect(noteOf(writtenIn({ ...rollout, isAlone: true, fresh: [crashing(61)] }))).to.include({
      reason: 'CrashLoop',
    });
  });
});

describe('a change that scrapes fewer nodes', () => {
  const refused = (node: string, times = 2) => ({ node, error: 'connection refused', times });
  const logs = (fresh: string[], former: string[] = [], times = 2): Situation['logs'] => ({
    fresh: { is: 'read', errors: fresh.map((node) => refused(node, times)) },
    former: { is: 'read', errors: former.map((node) => refused(node)) },
  });
  const fixed = { resources: { mode: 'External' } }; // their number must not be a change of its own
  const written = (trialLogs: Situation['logs'], nodes = [node('a'), node('b')]) => {
    const seen = seenIn({
      ...rollout,
      applied: fixed,
      fresh: [readyPod('new')],
      ...(trialLogs && { logs: trialLogs }),
    });
    const { steps } = planFor({ ...seen, nodes });
    const deployment: V1Deployment | undefined = steps.find(
      ({ object }) => object.kind === 'Deployment',
    )?.object;
    return noteOf(deployment);
  };

  it('is rolled back, naming a node that only the old pod can scrape', () => {
    expect(written(logs(['b']))).to.include({
      reason: 'Coverage',
      message: 'The new pod cannot scrape b, which the old one can. b: connection refused.',
    });
  });
  it('counts no node that the old pod cannot scrape either', () => {
    expect(written(logs(['b'], ['b']))).to.equal(null);
  });
  it('counts no node that is not ready, or is not there any more', () => {
    expect(written(logs(['b']), [node('a'), node('b', { isReady: false })])).to.equal(null);
    expect(written(logs(['c']))).to.equal(null);
  });
  it('counts no single failure', () => expect(written(logs(['b'], [], 1))).to.equal(null));
  it('needs one in a hundred nodes', () => {
    const many = Array.from({ length: 300 }, (_, index) => node(`n-${index}`));
    expect(written(logs(['n-1', 'n-2']), many)).to.equal(null);
    expect(written(logs(['n-1', 'n-2', 'n-3']), many)).to.include({ reason: 'Coverage' });
  });
  it('is not judged where the log of the old pod cannot be read, or only its end', () => {
    const fresh = { is: 'read' as const, errors: [refused('b')] };
    expect(written({ fresh, former: { is: 'unreadable', message: 'no' } })).to.equal(null);
    expect(written({ fresh, former: { is: 'read', errors: [], isCut: true } })).to.equal(null);
  });
});
