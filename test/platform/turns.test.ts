import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { turns } from '../../src/platform/turns.ts';

describe('turns', () => {
  it('let so many run at once and all run in the end, also where some fail', async () => {
    const turn = turns(2);
    const running = { now: 0, most: 0 };
    const work = (number: number) => async () => {
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      await sleep(5);
      running.now -= 1;
      if (number % 2 === 0) throw new Error(`${number}`);
      return number;
    };
    const results = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((number) => turn(work(number))));
    expect(results.map(({ status }) => status === 'fulfilled')).to.deep.equal([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(running).to.deep.equal({ now: 0, most: 2 });
    expect(await turn(async () => 'still works')).to.equal('still works');
  });
});
