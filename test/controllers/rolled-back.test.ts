import type { V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { Given } from '../../src/controllers/given.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { makeAuthority } from '../../src/platform/x509.ts';
import { now } from '../health/some-facts.ts';
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

describe('a change that was rolled back with what the spec names for the kubelets', () => {
  const pairs = Promise.all(['wrong', 'right'].map((name) => makeAuthority(name, 10, now)));
  const made: { [name: string]: Given[] } = {};
  before(async () => {
    const [wrong, right] = await pairs;
    if (wrong === undefined || right === undefined) return expect.fail();
    Object.assign(made, {
      none: [given('ConfigMap', 'node-ca'), given('Secret', 'scraper')],
      wrong: [bundle(wrong.certificate), secret(wrong)],
      right: [bundle(right.certificate), secret(wrong)],
      both: [bundle(`${right.certificate}${wrong.certificate}`), secret(wrong)],
      renewed: [bundle(wrong.certificate), secret(right)],
      garbage: [bundle('garbage'), secret(wrong)],
      mismatched: [bundle(wrong.certificate), secret({ ...wrong, key: right.key })],
    });
  });
  function given(kind: string, name: string, fields?: object): Given {
    const reference = { apiVersion: 'v1', kind, name, namespace: 'kube-system' };
    const metadata = { name, namespace: 'kube-system' };
    return { reference, object: fields && { apiVersion: 'v1', kind, metadata, ...fields } };
  }
  const bundle = (text: string) => given('ConfigMap', 'node-ca', { data: { 'ca.crt': text } });
  const inBase64 = (text: string) => Buffer.from(text).toString('base64');
  const secret = ({ certificate, key }: { certificate: string; key: string }) => {
    const data = { 'tls.crt': inBase64(certificate), 'tls.key': inBase64(key) };
    return given('Secret', 'scraper', { type: 'kubernetes.io/tls', data });
  };

  const version = '0.9.0'; // it follows files that change, so that no template tells of them
  const clientCertificateSecretRef = { name: 'scraper' };
  const custom = {
    version,
    tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'node-ca' }, clientCertificateSecretRef } },
  };
  const onTrial: Situation = { before: { version }, applied: custom, notes: lastGood };
  const failed = (changes: Partial<Situation> = {}): Situation => {
    const deployment = writtenIn({ ...onTrial, given: made.wrong ?? [], fresh: [crashing(61)], ...changes });
    return { applied: { version }, before: { version }, spec: custom, deployment };
  };
  const authority = '--kubelet-certificate-authority=/etc/metrics-server/kubelet-ca/ca.crt';
  const isTried = (situation: Situation, name: string) =>
    argsOf(writtenIn({ ...situation, given: made[name] ?? [] }))?.includes(authority) ?? false;

  it('is not tried again with the same CA and the same client certificate', () => {
    expect(noteOf(failed().deployment)).to.include({ reason: 'CrashLoop' });
    expect(isTried(failed(), 'wrong')).to.equal(false);
  });

  it('says that it is tried again with another', () => {
    const { message } = planFor(seenIn({ ...failed(), given: made.wrong ?? [] })).guarded ?? {};
    expect(message).to.include(
      'Change the spec, or what it names for the kubelets, or have it tried again: ',
    );
  });

  it('is tried again with another CA, or another client certificate', () => {
    for (const name of ['right', 'both', 'renewed']) expect(isTried(failed(), name), name).to.equal(true);
    const seen = seenIn({ ...failed(), given: made.right ?? [] });
    expect(planFor(seen).guarded).to.equal(undefined);
  });

  it('is not tried again while what the spec names is away or cannot be used, nor when it is back as it was', () => {
    for (const name of ['none', 'garbage', 'mismatched']) {
      expect(writtenIn({ ...failed(), given: made[name] ?? [] }), name).to.equal(undefined);
      const seen = seenIn({ ...failed(), given: made[name] ?? [] });
      expect(planFor(seen).guarded, name).to.include({ reason: 'RolledBack' });
    }
  });

  it('is tried again where it was mended while the change was on trial, for pods may not have had it in time', () => {
    const started = writtenIn({ applied: { version }, spec: custom, given: made.wrong ?? [] });
    const { 'metrics-server.io/last-good': note = '' } = notesOf(started);
    const lastGood = JSON.stringify({ ...JSON.parse(note), name: 'metrics-server-old' });
    const notes = { 'metrics-server.io/last-good': lastGood };
    expect(isTried(failed({ notes, given: made.right ?? [] }), 'right')).to.equal(true);
  });

  it('is not tried again only because an earlier operator has not noted what it was; from then on that counts', () => {
    const { deployment, ...rest } = failed();
    const { ca, client, ...earlier } = noteOf(deployment);
    expect([ca, client].map((hash) => typeof hash)).to.deep.equal(['string', 'string']);
    const annotations = {
      ...notesOf(deployment),
      'metrics-server.io/rolled-back': JSON.stringify(earlier),
    };
    const before = { ...deployment, metadata: { ...deployment?.metadata, annotations } };
    const written = writtenIn({ ...rest, deployment: before, given: made.wrong ?? [] });
    expect(argsOf(written)).not.to.include(authority);
    expect(noteOf(written)).to.deep.equal({ ...earlier, ca, client });
    const after = { ...rest, deployment: written };
    expect(isTried(after, 'wrong')).to.equal(false);
    expect(writtenIn({ ...after, given: made.wrong ?? [] })).to.equal(undefined);
    expect(isTried(after, 'right')).to.equal(true);
  });

  it('notes it once: the second look has nothing to write', () => {
    const { deployment, ...rest } = failed();
    const { ca: _, ...without } = noteOf(deployment);
    const annotations = {
      ...notesOf(deployment),
      'metrics-server.io/rolled-back': JSON.stringify(without),
    };
    const before = { ...deployment, metadata: { ...deployment?.metadata, annotations } };
    const given = made.wrong ?? [];
    const written = writtenIn({ ...rest, deployment: before, given });
    expect(noteOf(written)).to.have.property('ca');
    expect(writtenIn({ ...rest, deployment: written, given })).to.equal(undefined);
  });

  it('notes nothing of it where the spec names nothing', () => {
    expect(Object.keys(noteOf(rolledBack().deployment))).to.have.members([
      'of',
      'reason',
      'message',
      'at',
      'to',
    ]);
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
