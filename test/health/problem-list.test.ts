import { expect } from 'chai';
import { problemList } from '../../src/health/problem-list.ts';
import { failed, node, someFacts } from './some-facts.ts';

const fine = { status: 'True', reason: 'Answers', message: '' } as const;
const unknown = { status: 'Unknown', reason: 'NotMeasured', message: '' } as const;

describe('the remedy of a problem', () => {
  const list = (
    reason: 'NoMatchingAddressType' | 'Unresponsive' | 'NodeNotReady' | 'RolloutBlocked',
    changes: object,
  ) => {
    const Available = { status: 'False', reason, message: '' } as const;
    return problemList(
      { Available, Serving: fine, Scraping: unknown, Secure: unknown },
      someFacts({ metrics: failed('no'), ...changes }),
    );
  };
  it('is the ways out for the nodes of which it is foretold', () => {
    const nodes = [node('a', { addresses: [{ type: 'ExternalDNS', address: 'a' }] })];
    const preflight = { answers: new Map(), trusted: undefined };
    const spec = { addressPriority: ['InternalIP'] };
    const [problem] = list('NoMatchingAddressType', { nodes, preflight, spec });
    expect(problem).to.deep.include({ reason: 'NoMatchingAddressType', nodes: ['a'], count: 1 });
    expect(problem?.remedy).to.include('kubectl patch msc');
  });
  it('is more CPU for one that hangs', () => {
    expect(list('Unresponsive', {})[0]?.remedy).to.include('Give it more CPU: kubectl patch msc');
  });
  it('names the node that is not ready', () => {
    const nodes = [node('lost', { isReady: false })];
    const pods = [{ metadata: { name: 'p' }, spec: { nodeName: 'lost', containers: [] } }];
    expect(list('NodeNotReady', { nodes, pods })[0]?.remedy).to.include('kubectl describe node lost');
  });
  it('is that of what blocks a rollout', () => {
    const deployment = {
      spec: { replicas: 0, template: { spec: { containers: [] } } },
      metadata: { name: 'm', namespace: 'n' },
    };
    expect(list('RolloutBlocked', { deployment })[0]?.remedy).to.include('Scale it up');
  });
});
