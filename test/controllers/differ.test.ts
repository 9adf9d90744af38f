import { expect } from 'chai';
import { differences, hashOf } from '../../src/controllers/differ.ts';

describe('the difference of a live object from the desired one', () => {
  const cases = [
    { when: 'both are the same', desired: { a: 1, b: ['x'] }, live: { a: 1, b: ['x'] }, isDifferent: false },
    { when: 'the live one has more fields', desired: { a: 1 }, live: { a: 1, b: 2 }, isDifferent: false },
    { when: 'a leaf has another value', desired: { a: { b: 1 } }, live: { a: { b: 2 } }, isDifferent: true },
    { when: 'a leaf is missing', desired: { a: { b: 1 } }, live: { a: {} }, isDifferent: true },
    {
      when: 'a plain list has one more item',
      desired: { args: ['a'] },
      live: { args: ['a', 'b'] },
      isDifferent: true,
    },
    {
      when: 'a plain list has another order',
      desired: { args: ['a', 'b'] },
      live: { args: ['b', 'a'] },
      isDifferent: true,
    },
    {
      when: 'a quantity is written otherwise',
      desired: { requests: { cpu: '0.1' } },
      live: { requests: { cpu: '100m' } },
      isDifferent: false,
    },
    {
      when: 'memory is written otherwise',
      desired: { requests: { memory: '1024Mi' } },
      live: { requests: { memory: '1Gi' } },
      isDifferent: false,
    },
    {
      when: 'an empty value of a variable is left out, as the API server does',
      desired: { env: [{ name: 'A', value: '' }] },
      live: { env: [{ name: 'A' }] },
      isDifferent: false,
    },
    {
      when: 'an empty label is left out',
      desired: { metadata: { labels: { a: '' } } },
      live: { metadata: { labels: {} } },
      isDifferent: true,
    },
    {
      when: 'a quantity differs',
      desired: { requests: { cpu: '0.1' } },
      live: { requests: { cpu: '200m' } },
      isDifferent: true,
    },
    {
      when: 'someone added a container',
      desired: { containers: [{ name: 'a', image: 'x' }] },
      live: { containers: [{ name: 'b' }, { name: 'a', image: 'x' }] },
      isDifferent: false,
    },
    {
      when: 'our container has another image',
      desired: { containers: [{ name: 'a', image: 'x' }] },
      live: { containers: [{ name: 'a', image: 'y' }] },
      isDifferent: true,
    },
    {
      when: 'our volume is gone',
      desired: { volumes: [{ name: 'a', emptyDir: {} }] },
      live: { volumes: [] },
      isDifferent: true,
    },
    {
      when: 'our volume is of another kind',
      desired: { volumes: [{ name: 'a', emptyDir: {} }] },
      live: { volumes: [{ name: 'a', hostPath: { path: '/' } }] },
      isDifferent: true,
    },
    {
      when: "a Service's port has a node port",
      desired: { ports: [{ port: 443, protocol: 'TCP' }] },
      live: { ports: [{ port: 443, protocol: 'TCP', nodePort: 30000 }] },
      isDifferent: false,
    },
    {
      when: "a container's port has another name",
      desired: { containers: [{ name: 'a', ports: [{ containerPort: 1, protocol: 'TCP', name: 'https' }] }] },
      live: { containers: [{ name: 'a', ports: [{ containerPort: 1, protocol: 'TCP', name: 'http' }] }] },
      isDifferent: true,
    },
    {
      when: 'a rule of a role has one more verb',
      desired: { rules: [{ verbs: ['get'] }] },
      live: { rules: [{ verbs: ['get', 'list'] }] },
      isDifferent: true,
    },
    {
      when: 'a selector has one more label',
      desired: { spec: { selector: { a: 'b' } } },
      live: { spec: { selector: { a: 'b', c: 'd' } } },
      isDifferent: true,
    },
    {
      when: 'a tenth of a millicore was rounded up',
      desired: { requests: { cpu: '0.1m' } },
      live: { requests: { cpu: '1m' } },
      isDifferent: false,
    },
    { when: 'an object has become a list', desired: { a: { b: 1 } }, live: { a: [1] }, isDifferent: true },
  ];
  for (const { when, desired, live, isDifferent } of cases) {
    it(`is ${isDifferent ? 'seen' : 'none'} when ${when}`, () =>
      expect(differences(desired, live).length > 0).to.equal(isDifferent));
  }
});

describe('where a live object differs', () => {
  const at = (desired: object, live: object) => differences(desired, live).join();

  it('is a path that people can read', () => {
    const of = (image: string) => ({ spec: { containers: [{ name: 'a', image }] } });
    expect(at(of('x'), of('y'))).to.equal('spec.containers[a].image');
  });
  it('is the list as a whole where it has no keys', () =>
    expect(at({ args: ['a'] }, { args: ['b'] })).to.equal('args'));
  it('is every place where it does', () =>
    expect(differences({ a: 1, b: 2, c: 3 }, { a: 0, b: 2 })).to.deep.equal(['a', 'c']));
  it('names a missing item of a list', () =>
    expect(at({ volumes: [{ name: 'tmp' }] }, { volumes: [] })).to.equal('volumes[tmp]'));
  it('names labels with dots as they are', () =>
    expect(at({ labels: { 'k8s.io/a': 'b' } }, { labels: {} })).to.equal('labels.k8s.io/a'));
});

describe('the hash of an object', () => {
  it('does not depend on the order of keys', () =>
    expect(hashOf({ a: 1, b: 2 })).to.equal(hashOf({ b: 2, a: 1 })));
  it('does not tell undefined from absent', () =>
    expect(hashOf({ a: 1, b: undefined })).to.equal(hashOf({ a: 1 })));
  it('depends on every value', () => expect(hashOf({ a: [1, 2] })).not.to.equal(hashOf({ a: [2, 1] })));
});
