import { expect } from 'chai';
import { pushMetricsServer } from '../../local-cluster/images.ts';
import { repository, underQuestions } from '../cluster/node/zero-gap.ts';
import { realReleases, withBinary } from './real-releases.ts';

const current = { version: '0.9.0', resolution: '10s' };

/** Each change with the spec that it leads to, which also takes back the change before. */
const changes = [
  { what: 'resolution', spec: { ...current, resolution: '11s' } },
  { what: 'a flag with a field', spec: { ...current, logging: { verbosity: 1 } } },
  {
    what: 'a flag without one',
    spec: { ...current, extraFlags: { 'http2-max-streams-per-connection': '500' } },
  },
  {
    what: 'the image, from one place to another',
    spec: { ...current, image: { mirrors: [repository], pullPolicy: 'Always' } },
  },
  { what: 'the port of the pods', spec: { ...current, servingPort: 4443 } },
  {
    what: 'resources',
    spec: { ...current, resources: { mode: 'Fixed', requests: { cpu: '90m', memory: '150Mi' } } },
  },
  { what: 'the port of the Service', spec: { ...current, service: { port: 8443 } } },
  { what: 'both ports', spec: { ...current, servingPort: 4443 } },
];

/** First far back, then forth in small steps, one back and forth again. */
const releases = ['0.6.1', '0.7.2', '0.8.0', '0.9.0', '0.8.0', '0.9.0'];

describe('no request for metrics is lost by a change', function () {
  this.timeout(240_000);
  const programs = realReleases
    .filter(({ version }) => version !== current.version) // the cluster has that one
    .map((release) => ({ version: release.version, program: withBinary(release) }));
  const { cluster, begin, complete, deployment, podNames, nothingFailed } =
    underQuestions('zero-gap-ecosystem');
  before(async () => {
    for (const { version, program } of programs) await pushMetricsServer(cluster(), version, program());
  });

  const everyChangeWith = (replicas: number) => {
    const availability = { replicas };
    for (const version of releases) {
      it(`of the release, to ${version} with ${replicas} replica(s)`, async () => {
        const spec = { ...current, version, availability };
        await begin(spec);
        await complete(spec);
        const [container] = (await deployment())?.spec?.template.spec?.containers ?? [];
        expect(container?.image).to.equal(`${repository}:v${version}`);
        await nothingFailed(`release ${version}`);
      });
    }

    for (const { what, spec } of changes) {
      it(`of ${what}, with ${replicas} replica(s)`, async () => {
        await begin({ ...spec, availability });
        await complete({ ...spec, availability });
        await nothingFailed(what);
      });
    }
  };

  everyChangeWith(1);

  it('of one replica to two', async () => {
    const two = { ...current, availability: { replicas: 2 } };
    await begin(two);
    await complete(two);
    await nothingFailed('to 2');
  });

  everyChangeWith(2);

  it('of each of two pods, deleted one after the other', async () => {
    const two = { ...current, availability: { replicas: 2 } };
    await begin(two);
    await complete(two);
    await nothingFailed('back to the usual port');
    const old = await podNames();
    for (const pod of old) {
      await cluster().kubectl(['-n', 'kube-system', 'delete', 'pod', pod]);
      await complete(two);
      await nothingFailed(`deletion of ${pod}`);
    }
    expect((await podNames()).filter((pod) => old.includes(pod))).to.deep.equal([]);
  });

  it('of two replicas to one', async () => {
    const one = { ...current, availability: { replicas: 1 } };
    await begin(one);
    await complete(one);
    await nothingFailed('to 1');
  });
});
