import { expect } from 'chai';
import { words } from '../../src/crds/findings.ts';
import { isKubeletReason } from '../../src/crds/kubelet-words.ts';
import { type Findings, problemList } from '../../src/health/problem-list.ts';
import { someFacts } from './some-facts.ts';

const facts = someFacts({ speaks: 'flags' });
const well: Findings = {
  Available: { status: 'True', reason: 'PodsReady', message: '' },
  Serving: { status: 'True', reason: 'Answers', message: '' },
  Scraping: { status: 'True', reason: 'AllNodesFresh', message: '' },
  Secure: { status: 'True', reason: 'Verified', message: '' },
};

// Only who manages withdraws, and is refused as the operator; what is on its way is no problem.
const ofConfigs = ['Withdrawn', 'BreakerOpen', 'Forbidden'];

/** What to do about it where no config stands for what runs. */
function remedies(type: 'Available' | 'Serving'): [string, string][] {
  return Object.keys(words[type])
    .filter((reason) => !isKubeletReason(reason) && !ofConfigs.includes(reason))
    .flatMap((reason): [string, string][] => {
      const finding = { status: 'False', reason, message: 'something' };
      const found = problemList(Object.assign({}, well, { [type]: finding }), facts);
      return found.map(({ remedy }) => [reason, remedy]);
    });
}

describe('the remedies for a metrics-server without a config', () => {
  for (const [reason, remedy] of [...remedies('Available'), ...remedies('Serving')]) {
    it(`say nothing of the operator or of fields where it is ${reason}`, () => {
      expect(remedy).to.not.match(
        /operator|\bspec\.|\bmsc\b|Applied|Accepted|scheduling\.|image\.|mode to Manage/,
      );
      expect(remedy).to.not.equal('');
    });
  }
});
