import { expect } from 'chai';
import { type Measured, summary } from '../../src/controllers/summary.ts';
import { words } from '../../src/crds/findings.ts';
import { MetricsServerConfigStatusSchema } from '../../src/crds/status.ts';
import { argoCases } from '../argo-cd-cases.ts';
import { kstatus } from '../kstatus.ts';

const sameIn: Record<string, string> = { Healthy: 'Current', Progressing: 'InProgress', Degraded: 'Failed' };
const measured = ['Accepted', 'Applied', 'Available', 'Serving', 'Scraping', 'Secure'] as const;

// What each case comes to is asked of the real Argo CD in test/ecosystem/argo-cd-health.test.ts.
describe('the cases of the health check for Argo CD', () => {
  for (const { name, config, expected } of argoCases) {
    const { conditions = [] } = MetricsServerConfigStatusSchema.parse(config.status ?? {});

    if (conditions.length > 0) {
      it(`are what the operator says: ${name}`, () => {
        const found = conditions.filter(({ type }) => measured.some((one) => one === type));
        expect(found.map(({ type }) => type)).to.deep.equal([...measured]);
        for (const { type, reason } of found) expect(Object.keys(words[type]), type).to.include(reason);
        const now = new Date(conditions[0]?.lastTransitionTime ?? 0);
        const isEnough = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
        const facts: Measured = JSON.parse(
          JSON.stringify(Object.fromEntries(found.map((one) => [one.type, one]))),
        );
        const sum = summary(facts, isEnough, { now, since: () => now });
        for (const [type, { status, reason, message }] of Object.entries(sum)) {
          expect(conditions.find((one) => one.type === type)).to.include({ status, reason, message });
        }
      });
    }

    // Without any status kstatus would call it Current; the CRD sees to it that there is one.
    if (config.status !== undefined && expected.status !== 'Suspended') {
      it(`mean the same by the rules of kstatus: ${name}`, () => {
        expect(kstatus(config)).to.equal(sameIn[expected.status]);
      });
    }
  }

  it('have one of each health', () => {
    const all = new Set(argoCases.map(({ expected }) => expected.status));
    expect([...all].sort()).to.deep.equal(['Degraded', 'Healthy', 'Progressing', 'Suspended']);
  });
});
