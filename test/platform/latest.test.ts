import { expect } from 'chai';
import { latest } from '../../src/platform/latest.ts';

describe('what is kept for one thing', () => {
  it('is made anew for another, and only then', () => {
    const made: string[] = [];
    const keep = latest<number>();
    const wanted = (of: string) => keep(of, () => made.push(of));
    expect(['a', 'a', 'b', 'b', 'a'].map(wanted)).to.deep.equal([1, 1, 2, 2, 3]);
    expect(made).to.deep.equal(['a', 'b', 'a']);
  });

  it('is kept also where it is nothing', () => {
    const counted = { makes: 0 };
    const keep = latest<undefined>();
    const make = () => {
      counted.makes += 1;
      return undefined;
    };
    keep('a', make);
    keep('a', make);
    expect(counted.makes).to.equal(1);
  });
});
