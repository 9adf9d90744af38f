import { expect } from 'chai';
import { diagnoseAvailable } from '../../src/health/available.ts';
import type { Facts } from '../../src/health/facts.ts';
import { problemList } from '../../src/health/problem-list.ts';
import { diagnoseScraping } from '../../src/health/scraping.ts';
import { diagnoseSecure } from '../../src/health/secure.ts';
import { diagnoseServing } from '../../src/health/serving.ts';
import { answered, failed, node, now, sampled, someFacts } from './some-facts.ts';

const hidden = {
  deployment: undefined,
  pods: [],
  speaks: 'flags' as const,
  outOfSight: 'it may not be listed',
};
const stale = { name: 'a', takenAtMs: now.getTime() - 3_600_000 };

/** Everything that is said. */
function said(changes: Parameters<typeof someFacts>[0]): string {
  const facts: Facts = someFacts({ nodes: [node('a'), node('b')], ...changes });
  const findings = {
    Available: diagnoseAvailable(facts),
    Serving: diagnoseServing(facts),
    Scraping: diagnoseScraping(facts),
    Secure: diagnoseSecure(facts),
  };
  return JSON.stringify([findings, problemList(findings, facts)]);
}

describe('what is said of a metrics-server that nobody sees', () => {
  const cases: [string, Parameters<typeof someFacts>[0]][] = [
    ['a node is missing', { metrics: answered(sampled('a')) }],
    ['a sample is old', { metrics: answered(stale, sampled('b')) }],
    [
      'the log cannot be read',
      { metrics: answered(sampled('a')), log: { is: 'unreadable', message: 'no answer within 5 s' } },
    ],
    ['it does not answer', { metrics: failed('service unavailable') }],
    ['it is not registered', { metrics: { is: 'unregistered' } }],
  ];
  for (const [when, changes] of cases) {
    it(`has no command for what nobody knows where ${when}`, () => {
      expect(said({ ...hidden, ...changes }))
        .to.not.include('undefined')
        .and.not.include('msc');
      expect(said({ ...hidden, speaks: 'config', ...changes })).to.not.include('undefined');
    });
  }

  it('is why the cause is not known', () => {
    expect(said({ ...hidden, metrics: answered(sampled('a')) })).to.include(
      'The cause is not known, for what serves cannot be seen: it may not be listed.',
    );
  });
});
