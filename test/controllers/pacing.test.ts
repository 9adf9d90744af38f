import { expect } from 'chai';
import { announcements } from '../../src/controllers/announcements.ts';
import type { Outcome } from '../../src/controllers/apply.ts';
import type { SeenConfig } from '../../src/controllers/observe.ts';
import { nextLook, paceOf } from '../../src/controllers/pacing.ts';
import { noPast, type Past, pastAfterReport } from '../../src/controllers/past.ts';
import type { Step } from '../../src/controllers/plan.ts';
import type { ConditionType } from '../../src/crds/findings.ts';
import type { Condition, MetricsServerConfigStatus } from '../../src/crds/status.ts';
import { failed } from '../health/some-facts.ts';
import { emptyLive, someConfig, someSeen } from './some-seen.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z'); // as in someSeen
const types = ['Ready', 'Applied', 'Available', 'Serving', 'Scraping'] as const;

/** A status in which all is well, but for these conditions. */
function status(
  changed: Partial<Record<ConditionType, Partial<Condition>>> = {},
  fresh = 2,
): MetricsServerConfigStatus {
  const conditions = types.map(
    (type): Condition => ({
      type,
      status: 'True',
      reason: 'Fine',
      message: `${fresh} of 2`,
      lastTransitionTime: '2026-01-01T00:00:00Z',
      ...changed[type],
    }),
  );
  const nodes = { expected: 2, fresh, stale: 0, missing: 2 - fresh, excluded: 0, scraped: `${fresh}/2` };
  return { observedGeneration: 1, conditions, nodes };
}

function pace(
  after: MetricsServerConfigStatus,
  past: Partial<Past> = {},
  before = status(),
  changes: Partial<Pick<SeenConfig, 'live' | 'log'>> = {},
) {
  const metrics = failed('x');
  const seen = someSeen({
    config: { ...someConfig(), status: before },
    past: { ...noPast, ...past },
    metrics,
    ...changes,
  });
  return paceOf(seen, after);
}

const bad = { status: 'False' as const, reason: 'NotAnswering' };

describe('the pace of the status', () => {
  it('waits for a second look before it says that scraping has failed', () => {
    expect(pace(status({ Serving: bad }))).to.deep.equal({ is: 'wait', forMs: 2500, because: 'doubt' });
    expect(pace(status({ Serving: bad }), { doubtedAtMs: nowMs })).to.include({ is: 'wait' });
    expect(pace(status({ Serving: bad }), { doubtedAtMs: nowMs - 1 })).to.deep.equal({ is: 'tell' });
  });
  it('says at once what a watch has told', () =>
    expect(pace(status({ Available: bad, Scraping: bad }))).to.deep.equal({ is: 'tell' }));
  it('says good news at once', () =>
    expect(pace(status(), {}, status({ Serving: bad }))).to.deep.equal({ is: 'tell' }));
  it('does not doubt what was bad before', () =>
    expect(
      pace(status({ Serving: { ...bad, reason: 'Other' } }), {}, status({ Serving: bad })),
    ).to.deep.equal({
      is: 'tell',
    }));
  it('says what a new spec leads to at once', () =>
    expect(pace({ ...status({ Serving: bad }), observedGeneration: 2 })).to.deep.equal({ is: 'tell' }));
  it('says steps on the way once a second at most, and where they lead at once', () => {
    const on = { Ready: bad, Available: bad, Serving: bad };
    const past = { statusWrittenAtMs: nowMs - 400 };
    const further = status({ ...on, Available: { reason: 'PodsReady' } });
    expect(pace(further, past, status(on))).to.deep.equal({ is: 'wait', forMs: 600, because: 'steps' });
    expect(pace(further, { statusWrittenAtMs: nowMs - 1000 }, status(on))).to.deep.equal({ is: 'tell' });
    expect(pace(status(), past, status(on))).to.deep.equal({ is: 'tell' });
  });
  it('counts nodes at most every 10 s', () => {
    const counted = status({}, 1);
    expect(pace(counted, { statusWrittenAtMs: nowMs - 4000 })).to.deep.equal({
      is: 'wait',
      forMs: 6000,
      because: 'counting',
    });
    expect(pace(counted, { statusWrittenAtMs: nowMs - 10_000 })).to.deep.equal({ is: 'tell' });
  });
  it('counts nothing at the first look of a new process, which does not know yet what the one before knew', () => {
    const first = { ...status(), preflight: { checked: 5 } };
    expect(pace(status(), {}, first)).to.deep.equal({ is: 'wait', forMs: 10_000, because: 'counting' });
    const seen = someSeen();
    const held = { is: 'held', forMs: 10_000, because: 'counting' } as const;
    const after = pastAfterReport(seen.past, held, seen.now);
    expect(
      pace(status(), { ...after, statusWrittenAtMs: after.statusWrittenAtMs - 10_000 }, first),
    ).to.deep.equal({
      is: 'tell',
    });
    expect(after.statusWrittenAtMs).to.equal(nowMs);
    const later = new Date(nowMs + 1);
    expect(pastAfterReport(after, held, later).statusWrittenAtMs, 'once').to.equal(nowMs);
    expect(pace(status({ Available: bad }))).to.deep.equal({ is: 'tell' });
  });
  it('says at once for which reasons nodes will fail, and how many of them after a while', () => {
    const foretold = (reason: string, count: number) => {
      const preflight = { checked: 5, failing: [{ reason, count, nodes: [] }] };
      return { ...status(), preflight };
    };
    const past = { statusWrittenAtMs: nowMs - 4000 };
    const before = foretold('KubeletCertExpired', 1);
    expect(pace(before, past)).to.deep.equal({ is: 'tell' });
    expect(pace(foretold('KubeletCertExpired', 2), past, before)).to.include({ because: 'counting' });
    expect(pace({ ...status(), preflight: { checked: 5 } }, past)).to.include({ because: 'counting' });
  });
  it('does not hold what others have to do, and read while they do it', () => {
    const waits = (message: string) => ({ status: 'False' as const, reason: 'KubeletCAMissing', message });
    const blocked = (message: string) => status({ Ready: waits(message), Applied: waits(message) });
    const past = (agoMs: number) => ({ statusWrittenAtMs: nowMs - agoMs });
    const [before, after] = [blocked('it does not exist'), blocked('it has no key ca.crt')];
    expect(pace(after, past(4000), before)).to.deep.equal({ is: 'tell' });
    expect(pace(after, past(400), before)).to.deep.equal({ is: 'wait', forMs: 600, because: 'steps' });
  });

  describe('of an operator that has just started', () => {
    const startedAt = new Date(nowMs - 600_000);
    const container = { name: 'metrics-server', image: '', imageID: '', restartCount: 0, ready: false };
    const pod = { status: { containerStatuses: [{ ...container, state: { running: { startedAt } } }] } };
    const suspected = { live: { ...emptyLive, pods: [pod] } };
    const ofPods = (reason: string) => {
      const found = { status: 'False' as const, reason };
      return status({ Ready: found, Available: found });
    };
    const [known, vague] = [ofPods('KubeletCertExpired'), ofPods('NoMetricsYet')];
    const held = (forMs: number) => ({ is: 'wait', forMs, because: 'doubt' });

    it('does not take back a cause before the log has been read, nor wait for that for long', () => {
      expect(pace(vague, {}, known, suspected)).to.deep.equal(held(2500));
      expect(pace(vague, { doubtedAtMs: nowMs - 1000 }, known, suspected)).to.deep.equal(held(1500));
      expect(pace(vague, { doubtedAtMs: nowMs - 2500 }, known, suspected)).to.deep.equal({ is: 'tell' });
    });
    it('takes it back where the log says nothing, or is not worth reading', () => {
      const log = { is: 'read' as const, errors: [] };
      expect(pace(vague, {}, known, { ...suspected, log })).to.deep.equal({ is: 'tell' });
      expect(pace(vague, {}, known)).to.deep.equal({ is: 'tell' });
    });
    it('says another cause once the log has been read, and at once that things are better', () => {
      const another = ofPods('KubeletRefused');
      const log = { is: 'read' as const, errors: [] };
      expect(pace(another, {}, known, suspected)).to.deep.equal(held(2500));
      expect(pace(another, {}, known, { ...suspected, log })).to.deep.equal({ is: 'tell' });
      expect(pace(status(), {}, known, suspected)).to.deep.equal({ is: 'tell' });
    });
    it('does not take back what is foretold before as many kubelets have answered', () => {
      const checked = (of: MetricsServerConfigStatus, checked: number) => ({ ...of, preflight: { checked } });
      const [before, starting] = [checked(known, 2), ofPods('Starting')];
      expect(pace(starting, {}, before)).to.deep.equal(held(2500));
      expect(pace(checked(starting, 1), {}, before)).to.deep.equal(held(2500));
      expect(pace(checked(starting, 2), {}, before)).to.deep.equal({ is: 'tell' });
    });
  });
});

describe('the next look', () => {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } };
  const done = (step: Step): Outcome[] => [{ is: 'done', step }];
  const later = { afterMs: 15_000 };
  it('comes every second for a while after a pod is ready, too, however long Ready was lost before', () => {
    const ago = (seconds: number) => new Date(nowMs - seconds * 1000).toISOString();
    const lost = { status: 'False' as const, reason: 'NotRegistered', lastTransitionTime: ago(600) };
    const seen = { ...someSeen(), metrics: failed('x') };
    const next = (available: Partial<Condition>, ready: Partial<Condition> = lost) =>
      nextLook(seen, status({ Ready: ready, Available: available }), []);
    expect(next({ lastTransitionTime: ago(89) })).to.deep.equal({ afterMs: 1000 });
    expect(next({ lastTransitionTime: ago(91) })).to.deep.equal(later);
    expect(next({ status: 'False', lastTransitionTime: ago(10) }), 'no pod is ready').to.deep.equal(later);
    const isReady = { lastTransitionTime: ago(5) };
    expect(next({ lastTransitionTime: ago(10) }, isReady), 'it is Ready').to.deep.equal(later);
  });
  it('comes at once after a certificate was made, for which others wait: nobody tells of our own writes', () => {
    const material = { is: 'given' as const, data: {} };
    const issued = done({ action: 'issue', object, over: undefined, material, because: 'there is none' });
    expect(nextLook(someSeen(), status(), issued)).to.deep.equal({ afterMs: 0 });
  });
  it('comes with the next scrape after any other write, of which others tell what comes of it', () => {
    const applied = done({ action: 'apply', object, over: undefined, because: 'absent' });
    expect(nextLook(someSeen(), status(), applied)).to.deep.equal(later);
    expect(nextLook(someSeen(), status(), [])).to.deep.equal(later);
  });
});

describe('the Events of a status', () => {
  const ready = (changes: Partial<Condition>) => status({ Ready: changes });
  const notReady = { status: 'False' as const, reason: 'NodesMissing', message: 'a is missing' };

  it('are none while Ready stays as it is, whatever its message', () =>
    expect(announcements(status(), ready({ message: 'other words' }))).to.deep.equal([]));
  it('warn when Ready is lost', () =>
    expect(announcements(status(), ready(notReady))).to.deep.equal([
      { type: 'Warning', reason: 'NodesMissing', note: 'a is missing' },
    ]));
  it('tell when Ready is regained', () =>
    expect(announcements(ready(notReady), status())).to.have.nested.property('[0].type', 'Normal'));
  it('are none for steps on the way up', () =>
    expect(announcements(ready({ ...notReady, reason: 'Starting' }), ready(notReady))).to.deep.equal([]));
  it('warn once when what was to heal by itself has not', () => {
    const stalled = (isStalled: boolean) => {
      const { conditions = [] } = status({ Ready: notReady });
      const others = conditions.filter(({ type }) => type !== 'Stalled');
      const condition = { type: 'Stalled', reason: 'X', message: '', lastTransitionTime: '' } as const;
      return { conditions: [...others, { ...condition, status: isStalled ? 'True' : 'False' } as const] };
    };
    const [healing, overdue] = [stalled(false), stalled(true)];
    expect(announcements(healing, overdue)).to.have.nested.property('[0].type', 'Warning');
    expect(announcements(overdue, overdue)).to.deep.equal([]);
    expect(announcements(overdue, healing)).to.deep.equal([]);
  });
  it('tells once that something insecure was accepted until now, whatever becomes of Ready', () => {
    const secure = (reason: string): MetricsServerConfigStatus => {
      const condition = {
        type: 'Secure',
        status: 'False',
        reason,
        message: 'until 2026-01-01 only',
      } as const;
      const { conditions = [] } = status();
      return { ...status(), conditions: [...conditions, { ...condition, lastTransitionTime: '' }] };
    };
    const expired = secure('InsecureExpired');
    expect(announcements(secure('KubeletNotVerified'), expired)).to.deep.equal([
      { type: 'Warning', reason: 'InsecureExpired', note: 'until 2026-01-01 only' },
    ]);
    expect(announcements(expired, expired)).to.deep.equal([]);
    expect(announcements(expired, secure('KubeletNotVerified'))).to.deep.equal([]);
  });
  it('tell that a certificate was replaced, once it is through', () => {
    const rotating = status({ Applied: { reason: 'RotatingCertificate' } });
    const through = status({ Applied: { reason: 'Applied' } });
    expect(announcements(rotating, through)).to.have.length(1);
    expect(announcements(rotating, through)[0]).to.include({ type: 'Normal', reason: 'CertificateReplaced' });
    expect(announcements(through, rotating)).to.deep.equal([]);
  });
  it('do not warn of a start', () =>
    expect(announcements(undefined, ready({ ...notReady, reason: 'Starting' }))).to.have.nested.property(
      '[0].type',
      'Normal',
    ));
});
