import type { V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import {
  argsOf,
  bad,
  crashing,
  good,
  lastGood,
  late,
  noteOf,
  notesOf,
  podOf,
  pulling,
  rolledBack,
  type Situation,
  secondsBefore,
  seenIn,
  unschedulable,
  writtenIn,
} from './some-rollout.ts';

describe('a change that was rolled back', () => {
  it('is not tried again, not even by a new operator', () => {
    expect(writtenIn(rolledBack())).to.equal(undefined);
    expect(planFor(seenIn(rolledBack())).guarded).to.include({ reason: 'RolledBack' });
  });

  it('is left alone where its old pods fail as well', () => {
    expect(writtenIn({ ...rolledBack(), fresh: [crashing(600)] })).to.equal(undefined);
  });

  it('is tried again when the spec changes', () => {
    const written = writtenIn({ ...rolledBack(), spec: { resolution: '25s' } });
    expect(argsOf(written)).to.include('--metric-resolution=25s');
    expect(noteOf(written)).to.equal(null);
  });

  it('is forgotten when the spec is what runs', () => {
    const written = writtenIn({ ...rolledBack(), spec: good });
    expect(argsOf(written)).to.include('--metric-resolution=15s');
    expect(noteOf(written)).to.equal(null);
    expect(planFor(seenIn({ ...rolledBack(), spec: good })).guarded).to.equal(undefined);
  });

  it('is tried again when someone asks for it, once for each time', () => {
    const asks = { 'metrics-server.io/retry': '1' };
    expect(argsOf(writtenIn({ ...rolledBack(), asks }))).to.include('--metric-resolution=20s');
    expect(writtenIn({ ...rolledBack({ asks }), asks })).to.equal(undefined);
  });

  const ago = (minutes: number, fresh: V1Pod) =>
    rolledBack({ at: secondsBefore(minutes * 60), fresh: [fresh], status: late });
  it('is tried again after an hour where the image or room on the nodes was the cause', () => {
    for (const fresh of [pulling(1), unschedulable]) {
      expect(writtenIn(ago(59, fresh))).to.equal(undefined);
      expect(argsOf(writtenIn(ago(61, fresh)))).to.include('--metric-resolution=20s');
    }
    expect(writtenIn(ago(600, crashing(1)))).to.equal(undefined);
  });

  it('says when that will be', () => {
    expect(planFor(seenIn(ago(30, unschedulable))).guarded?.message).to.include(
      'It is tried again at 2026-01-01T12:30Z.',
    );
  });

  it('is tried again after ten minutes where what ran before cannot be pulled any more', () => {
    const gone = podOf('old', { state: { waiting: { reason: 'ImagePullBackOff', message: 'no' } } }, 6000);
    const triedAfter = (minutes: number) =>
      writtenIn({
        ...rolledBack({ at: secondsBefore(minutes * 60), fresh: [crashing(6000)] }),
        isAlone: true,
        fresh: [gone],
      });
    expect(triedAfter(9)).to.equal(undefined);
    expect(argsOf(triedAfter(11))).to.include('--metric-resolution=20s');
  });

  it('gets more memory where what runs again ends for want of it', () => {
    const killed = { exitCode: 137, reason: 'OOMKilled', finishedAt: secondsBefore(5) };
    const pod = podOf(
      'old',
      { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: killed } },
      6000,
    );
    const container = { name: 'metrics-server', resources: { requests: { memory: '200Mi' } } };
    const situation = rolledBack();
    const written = writtenIn({
      ...situation,
      isAlone: true,
      fresh: [{ ...pod, spec: { containers: [container] } }],
    });
    expect(argsOf(written)).to.include('--metric-resolution=15s');
    expect(written?.spec?.template.spec?.containers[0]?.resources?.requests).to.include({ memory: '300Mi' });
    expect(noteOf(written)).to.include({ reason: 'CrashLoop' });
    expect(writtenIn({ ...situation, deployment: written }), 'it stays so').to.equal(undefined);
  });

  it('is not said to be undone where it runs: someone has put it back by hand, and the other is gone', () => {
    const { deployment } = rolledBack();
    const template = seenIn({ applied: bad }).live.deployment?.spec?.template;
    const byHand = { ...deployment, spec: { selector: {}, ...deployment?.spec, template: template ?? {} } };
    const seen = seenIn({ ...rolledBack(), deployment: byHand, isForgotten: true });
    expect(planFor(seen).guarded).to.include({ reason: 'RolloutFailed' });
  });

  it('leaves its image and its size as they run', () => {
    const images = '{"of":"x","failed":[]}';
    const notes = { ...lastGood, 'metrics-server.io/images': images };
    const situation = rolledBack({ notes });
    expect(notesOf(situation.deployment)).to.include(notes);
    expect(writtenIn(situation)).to.equal(undefined);
  });
});

describe('the ports that pods may reach', () => {
  const bad = { networkPolicy: { enabled: true }, kubelet: { port: 10255, useNodeStatusPort: false } };
  const good = { networkPolicy: { enabled: true } };
  const kubeletPorts = (situation: Situation) => {
    const policy: V1NetworkPolicy | undefined = planFor(seenIn(situation)).steps.find(
      ({ object }) => object.kind === 'NetworkPolicy',
    )?.object;
    const ports = (policy?.spec?.egress ?? []).flatMap(({ ports }) => ports ?? []);
    return ports.flatMap(({ port }) => (Number(port) > 10_000 ? [port] : []));
  };

  it('are those of the old pods, too, from the first write until the new ones have proved themselves', () => {
    expect(kubeletPorts({ applied: good, spec: bad })).to.deep.equal([10255, 10250]);
    const deployment = writtenIn({ before: good, applied: bad, notes: lastGood, fresh: [crashing(61)] });
    const afterwards: Situation = { applied: good, before: good, spec: bad, deployment };
    expect(kubeletPorts(afterwards), 'rolled back').to.deep.equal([10255, 10250]);
  });

  it('are only the new ones afterwards', () => {
    const both = { networkPolicy: { enabled: true, egressPorts: [10255] } };
    expect(kubeletPorts({ applied: both, spec: good })).to.deep.equal([10250]);
  });
});
