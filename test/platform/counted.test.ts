import { expect } from 'chai';
import { counted, verbOf } from '../../src/platform/counted.ts';
import { Refusal } from '../../src/platform/refusal.ts';

describe('the verb of a request', () => {
  const cases = [
    { path: '/version', verb: 'get' },
    { path: '/apis', verb: 'get' },
    { path: '/apis/apps/v1', verb: 'get' },
    { path: '/api/v1/nodes', verb: 'list' },
    { path: '/api/v1/namespaces', verb: 'list' },
    { path: '/api/v1/namespaces/kube-system', verb: 'get' },
    { path: '/api/v1/namespaces/kube-system/pods', verb: 'list' },
    { path: '/api/v1/namespaces/kube-system/pods/a/log', verb: 'get' },
    { path: '/apis/metrics.k8s.io/v1beta1/nodes', verb: 'list' },
    { path: '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io', verb: 'get' },
    { path: '/api/v1/nodes', query: { watch: true }, verb: 'watch' },
    { path: '/apis/apps/v1/namespaces/a/deployments/b', method: 'PATCH' as const, verb: 'patch' },
    { path: '/apis/events.k8s.io/v1/namespaces/a/events', method: 'POST' as const, verb: 'create' },
    { path: '/apis/apps/v1/namespaces/a/deployments/b', method: 'DELETE' as const, verb: 'delete' },
  ];
  for (const { verb, ...request } of cases) {
    it(`is ${verb} for ${request.method ?? 'GET'} ${request.path}${request.query ? ' that goes on' : ''}`, () =>
      expect(verbOf(request)).to.equal(verb));
  }
});

describe('requests that are counted', () => {
  it('are told with what became of them, but not where we gave up ourselves', async () => {
    const told: string[] = [];
    const ask = (what: () => Promise<{ httpStatusCode: number }>, signal?: AbortSignal) =>
      counted(what, (verb, code) => told.push(`${verb} ${code}`))(undefined, {
        path: '/version',
        signal,
      }).catch(() => undefined);
    const failing = (error: Error) => () => Promise.reject(error);
    await ask(async () => ({ httpStatusCode: 200 }));
    await ask(failing(new Refusal(403, 'no')));
    await ask(failing(new Error('ECONNREFUSED')));
    await ask(failing(new Error('ended')), AbortSignal.abort());
    expect(told).to.deep.equal(['get 200', 'get 403', 'get none']);
  });
});
