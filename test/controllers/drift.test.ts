import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { Outcome } from '../../src/controllers/apply.ts';
import { noPast, type Past, pastAfterApply } from '../../src/controllers/past.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { appliedObjects, emptyLive, someSeen } from './some-seen.ts';

const now = new Date('2026-01-01T12:00:00Z');
/** The past after a look that saw these objects and whose writes ended so. */
function afterLook(past: Past, objects: KubernetesObject[], at: Date, is: 'done' | 'changed' = 'done'): Past {
  const seen = someSeen({ live: { ...emptyLive, objects }, now: at, past });
  const plan = planFor(seen);
  return pastAfterApply(
    seen,
    plan,
    plan.steps.map((step): Outcome => ({ step, is })),
  );
}
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
  const seconds = Array.from({ length: times }, (_, index) => index - times + 1);
  return seconds.reduce((past, second) => afterLook(past, drifted, later(second)), noPast);
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
    const settled = appliedObjects().filter(({ kind }) => kind !== 'APIService');
    expect(afterLook(corrected(5), settled, later(601)).corrections).to.deep.equal([]);
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
    const made = (past: Past, seconds: number) => afterLook(past, without, later(seconds));
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
    expect(first, 'after a restart it may be news').to.have.property('drift', undefined);
    const past = afterLook(noPast, objects, now);
    expect(planFor(seen(past)).steps[0]).to.have.nested.property('drift.writer', 'kubectl-edit');
  });

  it("is nobody's where the operator itself, or the namespace, has taken the object away", () => {
    const objects = appliedObjects().filter(({ kind }) => kind !== 'APIService');
    const terminating = someSeen({
      live: { ...emptyLive, namespace: 'terminating' },
      past: afterLook(noPast, [], now),
    });
    const past = pastAfterApply(terminating, planFor(terminating), []);
    expect(past.applied).to.deep.equal({});
    expect(objects.length).to.be.greaterThan(0);
  });

  it('stays contested through the correction of each minute', () => {
    const past = afterLook(corrected(5), drifted, later(61));
    expect(planAt(61, corrected(5)).contested, 'while it is corrected').to.include({
      reason: 'DriftContested',
    });
    expect(planAt(62, past).contested, 'after it').to.include({ reason: 'DriftContested' });
    expect(planAt(61 + 121, past).contested, 'once it has held').to.equal(undefined);
  });

  it('counts the looks in a row that were overtaken', () => {
    const once = afterLook(noPast, drifted, now, 'changed');
    expect(afterLook(once, drifted, now, 'changed').overtaken).to.equal(2);
    expect(afterLook(once, drifted, now).overtaken).to.equal(0);
  });
});
