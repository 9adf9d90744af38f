import { expect } from 'chai';
import { autoscaling, handChecks, scaled } from '../demo/scenario.ts';

const steps = [...handChecks({ nodes: ['node-1', 'node-2'], pod: 'metrics-server-1' }), autoscaling, scaled];

function complaint(title: string, answer: string): string {
  const step = steps.find((one) => one.title === title);
  try {
    step?.check(answer);
    return 'none';
  } catch (error) {
    return String(error);
  }
}

describe("the demo's checks", () => {
  const node = (name: string, memory: string) => ({ metadata: { name }, usage: { cpu: '1n', memory } });
  const wrong = [
    {
      title: 'the pods run',
      answer: 'metrics-server-1   0/1     Running',
      says: 'no pod of metrics-server is ready',
    },
    {
      title: 'every node is measured',
      answer: JSON.stringify({ items: [node('node-1', '1Ki')] }),
      says: 'node-2 is not measured',
    },
    {
      title: 'every node is measured',
      answer: JSON.stringify({ items: [node('node-1', '1Ki'), node('node-2', '0')] }),
      says: 'node-2 has no figures',
    },
    {
      title: 'pods are measured',
      answer: JSON.stringify({ items: [{ metadata: { name: 'metrics-server-1' }, containers: [] }] }),
      says: 'has no figures',
    },
    {
      title: 'kubectl top node answers',
      answer: 'node-1   204m   10%   1370Mi   5%\nnode-2   <unknown>',
      says: 'node-2 has no figures',
    },
    {
      title: 'the MetricsServerConfig says so in one line',
      answer: 'metrics-server   True   Ready   1/2   0.9.0',
      says: 'not every node',
    },
    {
      title: autoscaling.title,
      answer: 'NAME   REPLICAS   CPU\nbusy   0          <none>',
      says: 'still 0 replicas',
    },
    {
      title: autoscaling.title,
      answer: 'NAME   REPLICAS   CPU\nbusy   1          300',
      says: 'still 1 replicas at 300% CPU',
    },
  ];
  wrong.push({ title: scaled.title, answer: 'NAME   READY\nbusy   1', says: 'only 1 pods are ready' });
  for (const { title, answer, says } of wrong) {
    it(`fail "${title}" with "${says}"`, () => expect(complaint(title, answer)).to.include(says));
  }

  it('pass what is right', () => {
    expect(complaint(autoscaling.title, 'NAME   REPLICAS   CPU\nbusy   3          300')).to.equal('none');
    expect(
      complaint(
        'kubectl top node answers',
        'node-1   204m   10%   1370Mi   5%\nnode-2   104m   5%   1370Mi   5%',
      ),
    ).to.equal('none');
  });
});
