import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { diagnoseScraping, isEnoughScraped } from '../../src/health/scraping.ts';
import { answered, failed, node, now, sampled, someFacts } from './some-facts.ts';

const justNow = now.getTime() - 44_000; // three resolutions are 45 s

describe('the diagnosis of scraping', () => {
  const cases = [
    { when: 'every node has a sample', facts: {}, status: 'True', reason: 'AllNodesFresh' },
    {
      when: 'the metrics API was not asked',
      facts: { metrics: { is: 'unregistered' as const } },
      status: 'Unknown',
      reason: 'NotMeasured',
    },
    {
      when: 'the metrics API failed',
      facts: { metrics: failed('x') },
      status: 'Unknown',
      reason: 'NotMeasured',
    },
    { when: 'there are no nodes', facts: { nodes: [] }, status: 'False', reason: 'NoNodes' },
    {
      when: 'one node has no sample',
      facts: { metrics: answered(sampled('a')) },
      status: 'False',
      reason: 'NodesMissing',
    },
    {
      when: 'a node is three scrapes late',
      facts: { metrics: answered(sampled('a', 46), sampled('b')) },
      status: 'False',
      reason: 'NodesStale',
    },
    {
      when: 'a node is one scrape late',
      facts: { metrics: answered(sampled('a', 30), sampled('b')) },
      status: 'True',
      reason: 'AllNodesFresh',
    },
    {
      when: 'the only unsampled node has just been created',
      facts: { nodes: [node('a'), node('c', { createdAtMs: justNow })] },
      status: 'True',
      reason: 'AllNodesFresh',
    },
    {
      when: 'the only unsampled node has just come back',
      facts: { nodes: [node('a'), node('c', { readyChangedAtMs: justNow })] },
      status: 'False',
      reason: 'NodesMissing',
    },
    {
      when: 'all nodes are new and none has a sample',
      facts: { nodes: [node('c', { createdAtMs: justNow })], metrics: answered() },
      status: 'False',
      reason: 'NodesMissing',
    },
    {
      when: 'the only unsampled node is excluded',
      facts: {
        nodes: [node('a', { labels: { scrape: 'yes' } }), node('c')],
        spec: { nodes: { selector: { matchLabels: { scrape: 'yes' } } } },
      },
      status: 'True',
      reason: 'AllNodesFresh',
    },
  ];
  for (const { when, facts, status, reason } of cases) {
    it(`says ${reason} when ${when}`, () => {
      expect(diagnoseScraping(someFacts(facts))).to.include({ status, reason });
    });
  }

  it('names the missing nodes, ten at most', () => {
    const nodes = Array.from({ length: 13 }, (_, index) => node(`n${index}`));
    const { message } = diagnoseScraping(someFacts({ nodes, metrics: answered() }));
    expect(message).to.include('13 of 13 nodes have no sample: n0, n1').and.include('n9 and 3 more');
  });

  it('says of a missing node that the node itself is not ready', () => {
    const nodes = [node('a'), node('b', { isReady: false })];
    expect(diagnoseScraping(someFacts({ nodes, metrics: answered(sampled('a')) })).message).to.include(
      'b (NodeNotReady)',
    );
  });
});

describe('whether enough nodes are scraped', () => {
  const ten = Array.from({ length: 10 }, (_, index) => node(`n${index}`));
  const firstOf = (count: number) => answered(...ten.slice(0, count).map(({ name }) => sampled(name)));
  const cases = [
    {
      when: '9 of 10 are scraped and 90% are asked for',
      facts: { nodes: ten, metrics: firstOf(9) },
      isEnough: true,
    },
    {
      when: '8 of 10 are scraped and 90% are asked for',
      facts: { nodes: ten, metrics: firstOf(8) },
      isEnough: false,
    },
    {
      when: '1 of 10 is scraped and 1 is asked for',
      facts: { nodes: ten, metrics: firstOf(1), spec: { health: { minNodesScraped: 1 } } },
      isEnough: true,
    },
    {
      when: 'the unscraped half of the nodes is not ready itself',
      facts: { nodes: [node('a'), node('b', { isReady: false })], metrics: answered(sampled('a')) },
      isEnough: true,
    },
    {
      when: 'nothing is scraped and 0% are asked for',
      facts: { metrics: answered(), spec: { health: { minNodesScraped: '0%' } } },
      isEnough: false,
    },
    { when: 'nothing was measured', facts: { metrics: { is: 'unregistered' as const } }, isEnough: false },
  ];
  for (const { when, facts, isEnough } of cases) {
    it(`is ${isEnough} when ${when}`, () => expect(isEnoughScraped(someFacts(facts))).to.equal(isEnough));
  }
});

describe('pods that are not measured, though their nodes are', () => {
  const pod = (name: string, startedSecondsAgo: number): V1Pod => ({
    metadata: { name },
    spec: { nodeName: 'a', containers: [] },
    status: {
      containerStatuses: [
        {
          name: 'metrics-server',
          image: '',
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: new Date(now.getTime() - startedSecondsAgo * 1000) } },
        },
      ],
    },
  });
  const found = (
    pods: V1Pod[],
    measured: string[] | undefined,
    metrics = answered(sampled('a'), sampled('b')),
  ) => {
    const podMetrics = measured && { names: new Set(measured), atMs: now.getTime() };
    return diagnoseScraping(someFacts({ pods, podMetrics, metrics })).reason;
  };
  it('are a problem of their own, known from the pods of metrics-server itself', () => {
    expect(found([pod('p', 600)], [])).to.equal('PodMetricsMissing');
    expect(found([pod('p', 600)], ['p'])).to.equal('AllNodesFresh');
    expect(found([pod('p', 600), pod('q', 600)], ['q']), 'one is proof enough').to.equal('AllNodesFresh');
  });
  it('are none where nobody has asked, the pod is young, or its node is not measured either', () => {
    expect(found([pod('p', 600)], undefined)).to.equal('AllNodesFresh');
    expect(found([pod('p', 100)], [])).to.equal('AllNodesFresh');
    expect(found([pod('p', 600)], [], answered(sampled('b')))).to.equal('NodesMissing');
  });
});
