import { expect } from 'chai';
import { installCertManagerKinds } from '../cluster/cert-manager.ts';
import { eventually } from '../cluster/eventually.ts';
import { certificatesUnderQuestions } from '../cluster/node/certificates.ts';
import { type ServingMode, secretsOfMode, servingModes } from '../serving-modes.ts';

const modes = servingModes('metrics-server-tls');

/** Every mode to every other one, in one walk. */
const walk: ServingMode[] = [
  'SelfSigned',
  'Managed',
  'Secret',
  'CertManager',
  'SelfSigned',
  'Secret',
  'Managed',
  'CertManager',
  'Secret',
  'SelfSigned',
  'CertManager',
  'Managed',
  'SelfSigned',
];

const specFor = (mode: ServingMode) => ({ resolution: '10s', tls: { serving: modes[mode] } });

describe('no request for metrics is lost by a change of who makes the certificate', function () {
  this.timeout(300_000);
  const { cluster, begin, complete, nothingFailed, ...certificates } = certificatesUnderQuestions(
    'switches',
    specFor('SelfSigned'),
  );
  const { text, trusted, left, grant, give } = certificates;
  const given: { authority?: string } = {};
  before(async () => {
    await grant('given.yaml');
    await grant('cert-manager.yaml');
    await installCertManagerKinds(cluster());
    await certificates.startCertManager();
    given.authority = await give();
  });

  const authorityOf = async (mode: ServingMode): Promise<string[]> => {
    switch (mode) {
      case 'SelfSigned':
        return [];
      case 'Managed':
        return [(await text('ca', 'tls.crt')).trim()];
      case 'Secret':
        return [given.authority ?? ''];
      case 'CertManager':
        return [(await text('issued', 'ca.crt')).trim()];
    }
  };

  for (const [index, mode] of walk.entries()) {
    const from = walk[index - 1];
    if (from === undefined) continue;
    it(`from ${from} to ${mode}`, async () => {
      await begin(specFor(mode));
      const since = Date.now();
      await eventually(async () => {
        expect(await left()).to.deep.equal(secretsOfMode[mode]);
        expect(await trusted()).to.deep.equal({
          insecureSkipTLSVerify: mode === 'SelfSigned' ? true : undefined,
          authorities: await authorityOf(mode),
        });
        const asked = await cluster().kubectl(['-n', 'kube-system', 'get', 'certificates', '-o', 'name']);
        expect(asked !== '').to.equal(mode === 'CertManager');
      }, 240_000);
      await complete(specFor(mode));
      await nothingFailed(`${from} to ${mode}, ${Math.round((Date.now() - since) / 1000)} s`);
    });
  }
});
