import { expect } from 'chai';
import { itemsOf } from '../../src/platform/items.ts';

async function itemsIn(...chunks: string[]): Promise<unknown[]> {
  async function* coming() {
    yield* chunks;
  }
  const items: unknown[] = [];
  for await (const item of itemsOf(coming())) items.push(item);
  return items;
}

const named = (name: string) => ({
  metadata: { name, labels: { a: '},{"metadata":"items":[' } },
  window: '15s',
});

describe('the items of a list as it comes', () => {
  const list = (items: unknown) =>
    JSON.stringify({ kind: 'NodeMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items });
  const cases: { of: string; text: string; items: unknown[] }[] = [
    { of: 'three', text: list(['a', 'b', 'c'].map(named)), items: ['a', 'b', 'c'].map(named) },
    { of: 'one', text: list([named('a')]), items: [named('a')] },
    { of: 'none', text: list([]), items: [] },
    { of: 'a list that is null', text: list(null), items: [] },
    {
      of: 'a list that begins with its kind',
      text: list([
        { kind: 'NodeMetrics', ...named('a') },
        { kind: 'NodeMetrics', ...named('b') },
      ]),
      items: [
        { kind: 'NodeMetrics', ...named('a') },
        { kind: 'NodeMetrics', ...named('b') },
      ],
    },
    {
      of: 'a list with spaces',
      text: JSON.stringify({ metadata: {}, items: [named('a'), named('b')] }, null, 2),
      items: [named('a'), named('b')],
    },
  ];
  for (const { of, text, items } of cases) {
    it(`are those ${of.startsWith('a ') ? 'of' : 'that there are:'} ${of}, wherever it is cut`, async () => {
      for (let at = 0; at < text.length; at += 1)
        expect(await itemsIn(text.slice(0, at), text.slice(at))).to.deep.equal(items);
      expect(await itemsIn(...text)).to.deep.equal(items);
    });
  }

  it('come before the list has ended', async () => {
    async function* coming() {
      yield list([named('a'), named('b')]).slice(0, -20);
      throw new Error('the connection is lost');
    }
    const items = itemsOf(coming());
    expect((await items.next()).value).to.deep.equal(named('a'));
    expect(await items.next().catch((error: Error) => error.message)).to.equal('the connection is lost');
  });

  it('are none of a list that is cut off', async () => {
    const error = await itemsIn('{"items":[').catch((error: unknown) => error);
    expect(error).to.be.instanceOf(SyntaxError);
  });
});
