import { expect } from 'chai';
import { coverage } from '../../src/health/nodes.ts';
import { answered, node, sampled, someFacts } from './some-facts.ts';

describe('who of the nodes is measured', () => {
  const nodes = [node('a'), node('b', { labels: { scrape: 'no' } })];
  const counts = (changes: object) => {
    const { expected, fresh, excluded } = coverage(someFacts({ nodes, ...changes })) ?? {};
    return { expected: expected?.length, fresh: fresh?.length, excluded: excluded?.length };
  };

  it('is asked anew where the same nodes are seen with another answer or another spec', () => {
    const all = { expected: 2, fresh: 2, excluded: 0 };
    expect(counts({})).to.deep.equal(all);
    expect(counts({ metrics: answered(sampled('a')) })).to.deep.equal({ ...all, fresh: 1 });
    const selector = { matchExpressions: [{ key: 'scrape', operator: 'DoesNotExist' }] };
    expect(counts({ spec: { nodes: { selector } } })).to.deep.equal({ expected: 1, fresh: 1, excluded: 1 });
    expect(counts({})).to.deep.equal(all);
  });

  it('is not known while the metrics API does not answer', () => {
    expect(coverage(someFacts({ nodes, metrics: { is: 'unregistered' } }))).to.equal(undefined);
  });
});
