import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { copyOf, keyOf } from '../../src/platform/copy.ts';

const object = (name: string, resourceVersion: string, label = ''): KubernetesObject => ({
  metadata: { name, resourceVersion, labels: { label } },
});

function recorded() {
  const told: string[] = [];
  const copy = copyOf(
    ({ metadata }) => `${metadata?.name}:${metadata?.labels?.['label']}`,
    ({ type, object }) => told.push(`${type} ${object}`),
  );
  return { copy, told };
}

describe('the copy of a collection', () => {
  it('tells what is new, changed and gone', () => {
    const { copy, told } = recorded();
    copy.take(object('a', '5', 'x'));
    copy.take(object('a', '6', 'y'));
    copy.take(object('a', '7', 'y'));
    copy.drop(object('a', '8'));
    expect(told).to.deep.equal(['ADDED a:x', 'MODIFIED a:y', 'DELETED a:y']);
  });

  it('has our own writes at once, and does not tell of them when the watch does', () => {
    const { copy, told } = recorded();
    copy.remember(object('a', '5', 'x'));
    copy.take(object('a', '5', 'x'));
    expect(copy.all()).to.deep.equal(['a:x']);
    expect(told).to.deep.equal([]);
  });

  it('does not go back to what the watch says of the time before our write', () => {
    const { copy } = recorded();
    copy.remember(object('a', '7', 'new'));
    copy.take(object('a', '6', 'old'));
    copy.drop(object('a', '6', 'of before'));
    copy.retain(new Set(), '6');
    expect(copy.all()).to.deep.equal(['a:new']);
  });

  it('notices in a list what was deleted meanwhile', () => {
    const { copy, told } = recorded();
    copy.take(object('a', '5'));
    copy.take(object('b', '5'));
    copy.retain(new Set([keyOf(object('b', '5'))]), '9');
    expect(told.at(-1)).to.equal('DELETED a:');
    expect(copy.all()).to.deep.equal(['b:']);
  });

  it('does not bring back what the watch has told to be gone, when the answer to our write comes late', () => {
    const { copy } = recorded();
    copy.take(object('a', '10'));
    copy.drop(object('a', '11'));
    copy.remember(object('a', '10'));
    expect(copy.all()).to.deep.equal([]);
  });

  it('believes a cluster that was restored from a backup, where versions go back', () => {
    const { copy, told } = recorded();
    copy.take(object('a', '500', 'of before'));
    copy.take(object('b', '501'));
    copy.begin('200');
    copy.take(object('a', '150', 'restored'));
    copy.retain(new Set([keyOf(object('a', '150'))]), '200');
    copy.take(object('a', '201', 'later'));
    expect(copy.all()).to.deep.equal(['a:later']);
    expect(told).to.include('DELETED b:');
  });

  it('is empty where the kind itself is gone', () => {
    const { copy } = recorded();
    copy.take(object('a', '5'));
    copy.retain(new Set(), undefined);
    expect(copy.all()).to.deep.equal([]);
  });
});
