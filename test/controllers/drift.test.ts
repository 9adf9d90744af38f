import { expect } from 'chai';
import type { Outcome } from '../../src/controllers/apply.ts';
import { noPast, type Past, pastAfter } from '../../src/controllers/past.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { appliedObjects, emptyLive, someSeen } from './some-seen.ts';

const now = new Date('2026-01-01T12:00:00Z');
const unchanged = { is: 'unchanged' as const };
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

/** Everything as applied, but for a label of the Service that kubectl-edit keeps changing. */
const drifted = appliedObjects()
  .filter(({ kind }) => kind !== 'APIService')
  .map((object) =>
    object.kind === 'Service'
      ? {
          ...object,
          metadata: {
            ...object.metadata,
            labels: { ...object.metadata?.labels, 'k8s-app': 'other' },
            managedFields: [
              { manager: 'metrics-server-operator', time: now },
              { manager: 'someone-earlier', time: later(-60) },
              { manager: 'kubectl-edit', time: now },
              { manager: 'kube-controller-manager', time: later(60), subresource: 'status' },
            ],
          },
        }
      : object,
  );

/** The past after so many corrections, a second apart, of which the last was made just now. */
function corrected(times: number): Past {
  const at = (seconds: number) =>
    planFor(someSeen({ live: { ...emptyLive, objects: drifted }, now: later(seconds) }));
  return Array.from({ length: times }, (_, index) => index - times + 1).reduce<Past>((past, seconds) => {
    const outcomes = at(seconds).steps.map((step): Outcome => ({ step, is: 'done' }));
    return pastAfter(past, outcomes, unchanged, later(seconds));
  }, noPast);
}

function planAt(seconds: number, past: Past) {
  return planFor(someSeen({ live: { ...emptyLive, objects: drifted }, now: later(seconds), past }));
}

describe('drift', () => {
  it('is corrected at once, and the step says which field', () => {
    const [step] = planAt(0, corrected(0)).steps;
    expect(step).to.deep.include({ because: 'metadata.labels.k8s-app' });
  });

  it('is corrected five times in ten minutes', () => {
    expect(planAt(1, corrected(4)).steps).to.have.length(1);
    expect(planAt(1, corrected(4)).contested).to.equal(undefined);
  });

  it('then waits for a minute, and names field and writer', () => {
    const plan = planAt(1, corrected(5));
    expect(plan.steps).to.have.length(0);
    expect(plan.contested).to.include({ status: 'False', reason: 'DriftContested' });
    expect(plan.contested?.message)
      .to.include('Service kube-system/metrics-server')
      .and.include('kubectl-edit')
      .and.include('metadata.labels.k8s-app');
  });

  it('is corrected again after a minute', () => expect(planAt(61, corrected(5)).steps).to.have.length(1));

  it('is forgotten after ten minutes', () => {
    const past = pastAfter(corrected(5), [], unchanged, later(601));
    expect(past.corrections).to.deep.equal([]);
  });

  it('is not what a changed spec is', () => {
    const seen = someSeen({ live: { ...emptyLive, objects: appliedObjects() }, spec: { resolution: '30s' } });
    const [step] = planFor(seen).steps;
    expect(step).to.include({ action: 'apply' }).and.to.have.property('drift', undefined);
  });

  it('is repaired at once in another field, while one is fought over', () => {
    const both = drifted.map((object) =>
      object.kind === 'Service' ? { ...object, spec: { type: 'ExternalName' } } : object,
    );
    const seen = someSeen({ live: { ...emptyLive, objects: both }, now: later(1), past: corrected(5) });
    expect(planFor(seen).steps).to.have.length(1);
  });

  it('is a deletion, too: after five of them the object is made again once a minute', () => {
    const without = appliedObjects().filter(({ kind }) => !['APIService', 'Service'].includes(kind ?? ''));
    const at = (seconds: number, past: Past) =>
      planFor(someSeen({ live: { ...emptyLive, objects: without }, now: later(seconds), past }));
    const made = (past: Past, seconds: number) =>
      pastAfter(
        past,
        at(seconds, past).steps.map((step): Outcome => ({ step, is: 'done' })),
        unchanged,
        later(seconds),
      );
    const first = made(noPast, 0);
    expect(first.corrections, 'the first time it is no repair').to.have.length(0);
    const fought = [1, 2, 3, 4, 5].reduce(made, first);
    const plan = at(6, fought);
    expect(plan.steps).to.have.length(0);
    expect(plan.contested?.message).to.include('someone keeps deleting it');
    expect(at(66, fought).steps).to.have.length(1);
  });

  it('is found also where the annotation with the hash was changed along with a field', () => {
    const [service] = drifted.filter(({ kind }) => kind === 'Service');
    const annotations = { ...service?.metadata?.annotations, 'metrics-server.io/applied': 'other' };
    const objects = drifted.map((object) =>
      object === service ? { ...object, metadata: { ...object.metadata, annotations } } : object,
    );
    const seen = (past: Past) => someSeen({ live: { ...emptyLive, objects }, past });
    const [first] = planFor(seen(noPast)).steps;
    if (first === undefined) throw new Error('no step');
    expect(first, 'after a restart it may be news').to.have.property('drift', undefined);
    const past = pastAfter(noPast, [{ step: first, is: 'done' }], unchanged, now);
    expect(planFor(seen(past)).steps[0]).to.have.nested.property('drift.writer', 'kubectl-edit');
  });

  it('counts the looks in a row that were overtaken', () => {
    const [step] = planAt(0, corrected(0)).steps;
    if (step === undefined) throw new Error('no step');
    const once = pastAfter(corrected(0), [{ step, is: 'changed' }], unchanged, now);
    expect(pastAfter(once, [{ step, is: 'changed' }], unchanged, now).overtaken).to.equal(2);
    expect(pastAfter(once, [{ step, is: 'done' }], unchanged, now).overtaken).to.equal(0);
  });
});
