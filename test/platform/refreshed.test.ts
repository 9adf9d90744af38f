import { setImmediate as soon } from 'node:timers/promises';
import { expect } from 'chai';
import { refreshed } from '../../src/platform/refreshed.ts';

function counted() {
  const fetched = { times: 0 };
  const value = refreshed({
    fetch: async () => {
      fetched.times += 1;
      return fetched.times;
    },
    onNews: () => undefined,
    onFailure: () => expect.fail(),
  });
  return { fetched, value };
}

describe('a value that is refreshed', () => {
  const realNow = Date.now;
  afterEach(() => {
    Date.now = realNow;
  });

  it('is fetched when it is first asked for, however old it may be', async () => {
    const { fetched, value } = counted();
    expect(value.last(3_600_000)).to.equal(undefined);
    await soon();
    expect(value.last(3_600_000)).to.equal(1);
    expect(fetched.times).to.equal(1);
  });

  it('is not fetched by whoever takes it at any age', async () => {
    const { fetched, value } = counted();
    value.last(Number.POSITIVE_INFINITY);
    await soon();
    expect(fetched.times).to.equal(0);
  });

  it('is fetched anew also where the clock is set back', async () => {
    const { fetched, value } = counted();
    await value.atLeastOne(0);
    Date.now = () => realNow() - 3_600_000;
    value.last(0);
    await soon();
    expect(fetched.times).to.equal(2);
  });

  it('is not fetched early where the clock is set forward', async () => {
    const { fetched, value } = counted();
    await value.atLeastOne(0);
    Date.now = () => realNow() + 3_600_000;
    value.last(60_000);
    await soon();
    expect(fetched.times).to.equal(1);
  });
});
