import type { V1APIService, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { pushMetricsServer } from '../../local-cluster/images.ts';
import { operatorKubeconfig, startOperator } from '../../local-cluster/operator.ts';
import { eventually } from '../cluster/eventually.ts';
import { underQuestions } from '../cluster/node/zero-gap.ts';
import { get } from '../cluster/objects.ts';
import { realReleases, withBinary } from './real-releases.ts';

const current = { version: '0.9.0', resolution: '10s' };
const releases = ['0.9.0', '0.8.0', '0.7.2', '0.6.1'];
const most = Number(process.env['ROTATIONS'] ?? 50);

// The campaign of issue 6: CA and certificate again and again, over every release that reads its files by itself and can be run here.
describe(`no request for metrics is lost by ${most} rotations`, function () {
  this.timeout(300_000);
  const programs = realReleases
    .filter(({ version }) => version !== current.version) // the cluster has that one
    .map((release) => ({ version: release.version, program: withBinary(release) }));
  const { cluster, begin, complete, nothingFailed, replaceOperator } = underQuestions('rotations', current);
  before(async () => {
    for (const { version, program } of programs) await pushMetricsServer(cluster(), version, program());
    const { network } = cluster();
    if (network === undefined) throw new Error('a cluster without nodes has no pods');
    const kubeconfig = await operatorKubeconfig(cluster(), network.kubeconfig);
    const log = `${cluster().state}-inside.log`;
    await replaceOperator(() => startOperator(kubeconfig, log, { REACHES_PODS: 'true' }, network.within));
  });

  /** The CA, once it is the only one that the API server trusts. */
  const peace = async () => {
    const secret = await get<V1Secret>(cluster(), '-n', 'kube-system', 'secret', 'metrics-server-serving-ca');
    const apiService = await get<V1APIService>(cluster(), 'apiservice', 'v1beta1.metrics.k8s.io');
    const authority = Buffer.from(secret?.data?.['tls.crt'] ?? '', 'base64')
      .toString()
      .trim();
    expect(authority).not.to.equal('');
    expect(
      Buffer.from(apiService?.spec?.caBundle ?? '', 'base64')
        .toString()
        .trim(),
    ).to.equal(authority);
    return authority;
  };

  for (const [index, version] of releases.entries()) {
    it(`with ${version}`, async () => {
      await begin({ ...current, version });
      await complete({ ...current, version });
      await eventually(peace, 120_000);
      await nothingFailed(`release ${version}`);
    });

    const rounds = Array.from({ length: most }, (_, round) => round).filter(
      (round) => round % releases.length === index,
    );
    for (const round of rounds) {
      it(`rotation ${round + 1}, with ${version}`, async () => {
        const before = await peace();
        const since = Date.now();
        const asked = `metrics-server.io/rotate=${round}`;
        await cluster().kubectl(['annotate', 'msc', 'metrics-server', asked, '--overwrite']);
        await eventually(async () => expect(await peace()).not.to.equal(before), 240_000);
        await nothingFailed(`old CA out after ${(Date.now() - since) / 1000} s`);
      });
    }
  }
});
