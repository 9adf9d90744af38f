import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import { statusFrom } from '../../src/controllers/status.ts';
import { conditionTypes } from '../../src/crds/findings.ts';
import type { Condition } from '../../src/crds/status.ts';
import { MetricsServerConfigStatusSchema } from '../../src/crds/status.ts';
import { someConfig, someSeen } from './some-seen.ts';

const before = '2025-12-31T00:00:00Z';

function statusWith(conditions: Condition[]) {
  const seen = someSeen({ config: { ...someConfig(), status: { conditions } } });
  return statusFrom(seen, planFor(seen), []);
}

const ready = (status: Condition['status']): Condition => ({
  type: 'Ready',
  status,
  reason: 'X',
  message: '',
  lastTransitionTime: before,
});

describe('the status', () => {
  it('has every condition from the first write, and fits its own schema', () => {
    const status = statusWith([]);
    expect(status?.conditions?.map(({ type }) => type)).to.deep.equal([...conditionTypes]);
    expect(MetricsServerConfigStatusSchema.safeParse(status).success).to.equal(true);
  });

  it('keeps the transition time while a condition stays as it is', () => {
    expect(statusWith([ready('False')])?.conditions?.[0]?.lastTransitionTime).to.equal(before);
  });

  it('sets the transition time when a condition changes', () => {
    expect(statusWith([ready('True')])?.conditions?.[0]?.lastTransitionTime).to.equal('2026-01-01T12:00:00Z');
  });

  it('tells which generation of the spec it is about', () => {
    expect(statusWith([])?.observedGeneration).to.equal(1);
  });

  it('has no counts of nodes where nothing was measured', () =>
    expect(statusWith([])).not.to.have.property('nodes'));
});
