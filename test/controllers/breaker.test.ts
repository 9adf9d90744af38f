import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { announcements } from '../../src/controllers/announcements.ts';
import type { SeenConfig } from '../../src/controllers/observe.ts';
import { noPast, pastAfterApply } from '../../src/controllers/past.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { registration } from '../../src/controllers/registration.ts';
import { statusFrom } from '../../src/controllers/status.ts';
import type { FailureRow } from '../../src/health/facts.ts';
import { failed } from '../health/some-facts.ts';
import { registered, secondsAgo, steps } from './some-registration.ts';
import { emptyLive, someConfig, someSeen } from './some-seen.ts';

const served = { APIService: { 'metrics-server.io/served': 'true' } };
const breaker = { enabled: true };
const taken = 'remove APIService v1beta1.metrics.k8s.io';
const made = 'apply APIService v1beta1.metrics.k8s.io';
const timeout = 'context deadline exceeded';
const day = 24 * 3600;

/** Dead for so long, as far as this process has seen. */
function dead(seconds: number, row: Partial<FailureRow> = {}, message = timeout) {
  const sinceMs = secondsAgo(seconds).getTime();
  return failed(message, { sinceMs, deadMs: seconds * 1000, confirmations: 9, ...row });
}

type Changes = NonNullable<Parameters<typeof someSeen>[0]>;

function seenWith(changes: Changes): SeenConfig {
  return someSeen({ ...registered(day, served), spec: { breaker }, ...changes });
}

/** What a look leaves behind: the Deployment as it was written, and no APIService. */
function afterwards(seen: SeenConfig, changes: Changes = {}): SeenConfig {
  const deployment = planFor(seen).steps.find(({ object }) => object.kind === 'Deployment')?.object;
  const { live } = seen;
  const objects = live.objects.map((one) => (one.kind === 'Deployment' && deployment ? deployment : one));
  const spec = { breaker };
  return someSeen({
    live: { ...live, objects, deployment: deployment ?? live.deployment },
    spec,
    ...changes,
  });
}

describe('the breaker', () => {
  it('opens where a registration that has served is dead for ten minutes, and the Deployment remembers it first', () => {
    const plan = planFor(seenWith({ metrics: dead(600) }));
    expect(steps(plan)).to.deep.equal(['apply Deployment kube-system/metrics-server', taken]);
    const note = plan.steps[0]?.object.metadata?.annotations?.['metrics-server.io/withdrawn'] ?? '';
    expect(JSON.parse(note)).to.deep.equal({
      count: 1,
      at: '2026-01-01T12:00:00.000Z',
      error: timeout,
      of: 'uid-of-APIService',
      deadSince: '2026-01-01T11:50:00.000Z',
    });
  });

  const shut: { when: string; seen: Changes }[] = [
    { when: 'nobody has asked for it', seen: { spec: {}, metrics: dead(day) } },
    {
      when: 'it is turned off',
      seen: { spec: { breaker: { enabled: false, after: '1m' } }, metrics: dead(day) },
    },
    { when: 'it is not time yet', seen: { metrics: dead(599) } },
    {
      when: 'it is not time yet, as the spec has it',
      seen: { spec: { breaker: { ...breaker, after: '1h' } }, metrics: dead(3599) },
    },
    { when: 'nothing may be changed', seen: { spec: { breaker, mode: 'Paused' }, metrics: dead(day) } },
    { when: 'the operator has started just now', seen: { metrics: failed(timeout) } },
    {
      when: 'most of that was an outage of the API server',
      seen: { metrics: dead(day, { deadMs: 599_000 }) },
    },
    { when: 'it has been confirmed a few times only', seen: { metrics: dead(600, { confirmations: 3 }) } },
    { when: 'the last answer is old', seen: { metrics: { ...dead(600), atMs: secondsAgo(11).getTime() } } },
    { when: 'the operator may not ask', seen: { metrics: { is: 'forbidden', message: 'no', atMs: 0 } } },
    { when: 'it answers', seen: { metrics: { is: 'answered', samples: [], atMs: 0 } } },
    { when: 'the APIService is of somebody else', seen: { apiService: theirs(), metrics: dead(day) } },
  ];
  function theirs(): KubernetesObject {
    const { apiService } = registered(day, served);
    const metadata = {
      ...apiService?.metadata,
      ownerReferences: [],
      labels: {},
      annotations: {},
      managedFields: [],
    };
    return { ...apiService, metadata };
  }
  for (const { when, seen } of shut) {
    it(`stays shut where ${when}`, () => {
      expect(registration(seenWith(seen)).is).to.equal('due');
      expect(steps(planFor(seenWith(seen))).filter((step) => step.startsWith('remove'))).to.deep.equal([]);
    });
  }

  it('stays shut where the spec is refused, for nothing can be remembered', () => {
    const refusal = { status: 'False', reason: 'InvalidSpec', message: '' } as const;
    const young = registered(300, served);
    expect(steps(planFor(seenWith({ ...young, refusal, metrics: dead(600) })))).to.deep.equal([]);
  });

  it('opens once, however often a late watch shows it', () => {
    const first = seenWith({ metrics: dead(600) });
    const past = pastAfterApply(first, planFor(first), []);
    const second = seenWith({ metrics: dead(601), past });
    expect(steps(planFor(second))).not.to.include(taken);
    const later = { metrics: { ...dead(606), atMs: secondsAgo(-6).getTime() }, past, now: secondsAgo(-6) };
    expect(steps(planFor(seenWith(later))), 'it was not taken away').to.include(taken);
  });

  it('does not trust a note alone: an operator that ended before it had taken the APIService away asks again', () => {
    const { live } = afterwards(seenWith({ metrics: dead(600) }));
    const { apiService } = registered(day, served);
    const anew = (seconds: number) =>
      planFor(
        seenWith({
          live,
          apiService,
          now: secondsAgo(-seconds),
          metrics: { ...dead(seconds), atMs: secondsAgo(-seconds).getTime() },
        }),
      );
    expect(steps(anew(599)).join()).not.to.include('APIService');
    const { withdrawal } = anew(600);
    expect(withdrawal, 'the pause begins now').to.include({ count: 1, at: secondsAgo(-600).toISOString() });
  });

  it('says what it has done and why, since when, and what brings the metrics API back', () => {
    const { serving } = planFor(afterwards(seenWith({ metrics: dead(600) })));
    expect(serving).to.include({ status: 'False', reason: 'BreakerOpen' });
    const words = [
      'has not answered since 2026-01-01T11:50:00.000Z (AggregatorTimeout: context deadline exceeded)',
      'deregistered at 2026-01-01T12:00:00.000Z',
      'not before 2026-01-01T12:01:00.000Z',
      'let it reach port 10250',
    ];
    for (const part of words) expect(serving?.message).to.include(part);
  });

  it('is told in a Warning Event and among the problems, also where no pod is ready', () => {
    const before = statusFrom(
      seenWith({ metrics: dead(600) }),
      planFor(seenWith({ metrics: dead(600) })),
      [],
    );
    const open = afterwards(seenWith({ metrics: dead(600) }), {
      config: { ...someConfig({ breaker }), status: before },
    });
    const after = statusFrom(open, planFor(open), []);
    const told = announcements(before, after ?? {});
    expect(told.filter(({ reason }) => reason === 'BreakerOpen')).to.have.length(1);
    expect(told.find(({ reason }) => reason === 'BreakerOpen')?.type).to.equal('Warning');
    expect(announcements(after, after ?? {})).to.deep.equal([]);
    expect(after?.problems?.map(({ reason }) => reason)).to.include('BreakerOpen');
  });

  const later = (seconds: number, changes: Changes = {}) =>
    planFor(afterwards(seenWith({ metrics: dead(600) }), { now: secondsAgo(-seconds), ...changes }));

  it('registers again after a minute, if a pod is ready', () => {
    expect(steps(later(59)).join()).not.to.include('APIService');
    expect(steps(later(60))).to.include(made);
    const { live } = afterwards(seenWith({ metrics: dead(600) }));
    const nobody = later(3600, { live: { ...live, endpointSlices: [] } });
    expect(steps(nobody).join()).not.to.include('APIService');
    expect(nobody.serving?.reason).to.equal('BreakerOpen');
  });

  it('registers again at once when it is turned off', () => {
    expect(steps(later(1, { spec: {} }))).to.include(made);
  });

  it('takes a trial that does not answer within 60 s back, and waits twice as long', () => {
    const { live } = afterwards(seenWith({ metrics: dead(600) }));
    const trial = registered(61).apiService;
    const another = { ...trial, metadata: { ...trial?.metadata, uid: 'uid-of-trial' } };
    const seen = seenWith({ live, apiService: another, metrics: failed(timeout) });
    const plan = planFor(seen);
    expect(steps(plan)).to.include(taken);
    expect(plan.withdrawal).to.include({
      count: 2,
      deadSince: '2026-01-01T11:50:00.000Z',
      of: 'uid-of-trial',
    });
    const past = pastAfterApply(seen, plan, []);
    const at = (seconds: number) =>
      planFor(someSeen({ live, past, spec: { breaker }, now: secondsAgo(-seconds) }));
    expect(at(119).serving?.reason).to.equal('BreakerOpen');
    expect(steps(at(120))).to.include(made);
  });

  it('forgets it all once the metrics API answers', () => {
    const { live } = afterwards(seenWith({ metrics: dead(600) }));
    const metrics = { is: 'answered' as const, samples: [], atMs: 0 };
    const seen = seenWith({ live, metrics });
    const deployment = planFor(seen).steps.find(({ object }) => object.kind === 'Deployment')?.object;
    expect(deployment?.metadata?.annotations).not.to.have.property('metrics-server.io/withdrawn');
    expect(pastAfterApply(seen, planFor(seen), []).withdrawal).to.equal(undefined);
  });

  it('has nothing to do where there is nothing', () => {
    const seen = someSeen({ live: emptyLive, spec: { breaker }, past: noPast });
    expect(planFor(seen).serving?.reason).to.equal('NotRegistered');
  });
});
