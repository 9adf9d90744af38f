import { expect } from 'chai';
import { durationMs, durationText } from '../../src/crds/duration.ts';

describe('durations', () => {
  const cases = [
    { text: '15s', milliseconds: 15_000 },
    { text: '1m30s', milliseconds: 90_000 },
    { text: '1.5h', milliseconds: 5_400_000 },
    { text: '9001ms', milliseconds: 9001 },
  ];
  for (const { text, milliseconds } of cases) {
    it(`reads ${text} as ${milliseconds} ms`, () => expect(durationMs(text)).to.equal(milliseconds));
  }

  for (const text of ['', '15', '1h30', '-5s', 's', '5 s']) {
    it(`refuses "${text}"`, () => expect(() => durationMs(text)).to.throw('is not a duration'));
  }

  it('writes whole seconds as seconds and the rest as milliseconds', () => {
    expect([durationText(9000), durationText(9450)]).to.deep.equal(['9s', '9450ms']);
  });
});
