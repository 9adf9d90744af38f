import { expect } from 'chai';
import { noPast } from '../../src/controllers/past.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { failed } from '../health/some-facts.ts';
import { registered, secondsAgo, steps } from './some-registration.ts';
import { someSeen } from './some-seen.ts';

function withdrawnAt(seconds: number, count: number) {
  const note = { count, at: secondsAgo(seconds).toISOString(), error: 'i/o timeout' };
  return { Deployment: { 'metrics-server.io/withdrawn': JSON.stringify(note) } };
}

function unregistered(notes: Record<string, Record<string, string>>) {
  return { live: registered(0, notes).live };
}

describe('the registration of the metrics API', () => {
  it('is withdrawn when it has never answered within 60 s, and the Deployment remembers why', () => {
    const plan = planFor(someSeen({ ...registered(61), metrics: failed('i/o timeout') }));
    expect(steps(plan)).to.deep.equal([
      'apply Deployment kube-system/metrics-server',
      'remove APIService v1beta1.metrics.k8s.io',
    ]);
    const note = plan.steps[0]?.object.metadata?.annotations?.['metrics-server.io/withdrawn'] ?? '';
    expect(JSON.parse(note)).to.deep.include({ count: 1, error: 'i/o timeout' });
  });

  const silences = [
    {
      when: 'nobody answers',
      answer: 'Get "https://10.0.0.1:10250/": context deadline exceeded',
      says: ['(AggregatorTimeout: Get', 'let it reach port 10250', '"hostNetwork":true'],
    },
    {
      when: 'only its own check says what it is',
      answer: 'service unavailable',
      check: 'failing or missing response from https://10.0.0.1/: connect: no route to host',
      says: ['(AggregatorNoRoute: failing', 'see to its routes and firewalls'],
    },
    {
      when: 'its certificate is not accepted',
      answer: 'error trying to reach service: x509: certificate signed by unknown authority',
      says: ['(AggregatorTLS: x509: certificate signed', 'spec.tls.serving.mode'],
    },
    {
      when: 'nobody knows the words',
      answer: 'teapot',
      says: ['(teapot)', "Check the way from the API server to the pods' port."],
    },
  ];
  for (const { when, answer, check, says } of silences) {
    it(`says what it was, and what to do, where ${when}`, () => {
      const { live, apiService } = registered(61);
      const status = { conditions: [{ type: 'Available', status: 'False', message: check }] };
      const there = {
        live,
        apiService: { ...apiService, ...(check && { status }) },
        metrics: failed(answer),
      };
      const { withdrawal } = planFor(someSeen(there));
      const after = { live, past: { ...noPast, ...(withdrawal && { withdrawal }) } };
      const { serving } = planFor(someSeen(after));
      expect(serving?.reason).to.equal('Withdrawn');
      for (const words of says) expect(serving?.message).to.include(words);
    });
  }

  it('is withdrawn once, however often a late watch shows it', () => {
    const first = planFor(someSeen({ ...registered(61), metrics: failed('i/o timeout') }));
    const past = { ...noPast, ...(first.withdrawal && { withdrawal: first.withdrawal }) };
    const second = planFor(someSeen({ ...registered(61), metrics: failed('i/o timeout'), past }));
    expect(second.withdrawal).to.deep.equal(first.withdrawal);
    expect(steps(second)).not.to.include('remove APIService v1beta1.metrics.k8s.io');
    const later = { metrics: failed('i/o timeout'), past, now: secondsAgo(-6) };
    expect(steps(planFor(someSeen({ ...registered(61), ...later }))), 'it was not taken away').to.include(
      'remove APIService v1beta1.metrics.k8s.io',
    );
  });

  it('is left alone for its first 60 s', () => {
    expect(steps(planFor(someSeen({ ...registered(59), metrics: failed('i/o timeout') })))).to.deep.equal([]);
  });

  it('is not judged by a single bad answer, nor by one of long ago', () => {
    const now = Date.parse('2026-01-01T12:00:00Z');
    const single = failed('i/o timeout', { sinceMs: now - 5000 });
    expect(steps(planFor(someSeen({ ...registered(3600), metrics: single })))).to.deep.equal([]);
    const old = {
      ...failed('i/o timeout'),
      atMs: now - 58_000,
      row: { ...single.row, sinceMs: now - 70_000 },
    };
    expect(steps(planFor(someSeen({ ...registered(61), metrics: old })))).to.deep.equal([]);
  });

  it('stays where this process has seen it answer, though that could not be noted', () => {
    const metrics = failed('i/o timeout', { hasAnswered: true });
    expect(
      steps(planFor(someSeen({ ...registered(3600), metrics, spec: { mode: 'Paused' } }))),
    ).to.deep.equal([]);
    expect(steps(planFor(someSeen({ ...registered(3600), metrics })))).to.deep.equal([]);
  });

  it('stays while nothing may be written where it may have answered before a restart', () => {
    const metrics = failed('i/o timeout');
    expect(
      steps(planFor(someSeen({ ...registered(3600), metrics, spec: { mode: 'Paused' } }))),
    ).to.deep.equal([]);
  });

  it('remembers a withdrawal also where the Deployment could not be marked', () => {
    const withdrawal = { count: 2, at: secondsAgo(30).toISOString(), error: 'i/o timeout' };
    const plan = planFor(someSeen({ ...unregistered({}), past: { ...noPast, withdrawal } }));
    expect(plan.serving).to.include({ reason: 'Withdrawn' });
    expect(steps(plan).join()).not.to.include('apply APIService');
  });

  it('stays through any failure once it has answered', () => {
    const served = { APIService: { 'metrics-server.io/served': 'true' } };
    const plan = planFor(someSeen({ ...registered(3600, served), metrics: failed('i/o timeout') }));
    expect(steps(plan).filter((step) => step.startsWith('remove'))).to.deep.equal([]);
  });

  it('remembers on the APIService that it has answered', () => {
    const metrics = { is: 'answered' as const, samples: [], atMs: 0 };
    const [step] = planFor(someSeen({ ...registered(5), metrics })).steps;
    expect(step?.object.metadata?.annotations).to.include({ 'metrics-server.io/served': 'true' });
  });

  it('forgets an earlier withdrawal once it answers', () => {
    const metrics = { is: 'answered' as const, samples: [], atMs: 0 };
    const plan = planFor(someSeen({ ...registered(5, withdrawnAt(90, 1)), metrics }));
    const deployment = plan.steps.find(({ object }) => object.kind === 'Deployment');
    expect(deployment?.object.metadata?.annotations).not.to.have.property('metrics-server.io/withdrawn');
  });

  const pauses = [
    { count: 1, waits: 60 },
    { count: 2, waits: 120 },
    { count: 4, waits: 480 },
    { count: 99, waits: 1800 },
  ];
  for (const { count, waits } of pauses) {
    it(`is tried again ${waits} s after withdrawal ${count}, and until then the status says why not`, () => {
      const waiting = planFor(someSeen(unregistered(withdrawnAt(waits - 1, count))));
      expect(steps(waiting).join()).not.to.include('APIService');
      expect(waiting.serving).to.include({ reason: 'Withdrawn' });
      expect(waiting.serving?.message).to.include('i/o timeout');
      const due = planFor(someSeen(unregistered(withdrawnAt(waits + 1, count))));
      expect(steps(due).join()).to.include('apply APIService');
    });
  }

  for (const garbage of ['', '{', 'null', '{"count":-1}', '{"count":1,"at":"yesterday","error":"x"}']) {
    it(`takes ${JSON.stringify(garbage)} in the annotation for nothing, and puts it right`, () => {
      const notes = { Deployment: { 'metrics-server.io/withdrawn': garbage } };
      expect(steps(planFor(someSeen(unregistered(notes))))).to.include(
        'apply APIService v1beta1.metrics.k8s.io',
      );
    });
  }
});
