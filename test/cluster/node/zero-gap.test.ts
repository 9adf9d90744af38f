import { expect } from 'chai';
import { eventually } from '../eventually.ts';
import { underQuestions } from './zero-gap.ts';

// A sample. `npm run test:ecosystem` tries every change, with one replica and with two.
describe('a change of the config', function () {
  this.timeout(240_000);
  const { cluster, begin, complete, deployment, podNames, restartOperator, nothingFailed } =
    underQuestions('zero-gap');

  const changes = [
    { what: 'a flag', spec: { resolution: '10s', logging: { verbosity: 1 } } },
    { what: 'the port of the Service', spec: { resolution: '10s', service: { port: 8443 } } },
  ];
  for (const { what, spec } of changes) {
    it(`of ${what} costs no request for metrics, also with one replica`, async () => {
      await begin(spec);
      await complete(spec);
      await nothingFailed(what);
    });
  }

  const two = { resolution: '11s', availability: { replicas: 2 }, service: { port: 8443 } };

  it('costs none while the operator restarts before its pods are ready', async () => {
    await begin(two);
    await eventually(async () => {
      expect((await deployment())?.status?.unavailableReplicas).to.be.greaterThan(0);
    }, 60_000);
    await restartOperator();
    await complete(two);
    await nothingFailed('restart of the operator');
  });

  it('costs none while one of two pods is deleted', async () => {
    const [first = ''] = await podNames();
    await cluster().kubectl(['-n', 'kube-system', 'delete', 'pod', first]);
    await complete(two);
    expect(await podNames()).not.to.include(first);
    await nothingFailed('deletion of a pod');
  });
});
