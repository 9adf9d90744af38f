import { expect } from 'chai';
import { installCertManagerKinds } from '../cluster/cert-manager.ts';
import { eventually } from '../cluster/eventually.ts';
import { certificatesUnderQuestions } from '../cluster/node/certificates.ts';

const modes = {
  SelfSigned: { mode: 'SelfSigned' },
  Managed: { mode: 'Managed' },
  Secret: { mode: 'Secret', secretRef: { name: 'metrics-server-tls' } },
  CertManager: { mode: 'CertManager' },
};
type Mode = keyof typeof modes;

/** Every mode to every other one, in one walk. */
const walk: Mode[] = [
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

const secrets: Record<Mode, string[]> = {
  SelfSigned: [],
  Managed: ['ca', 'cert'],
  Secret: ['cert'],
  CertManager: ['cert', 'issued'],
};

const specFor = (mode: Mode) => ({ resolution: '10s', tls: { serving: modes[mode] } });

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

  const authorityOf = async (mode: Mode): Promise<string[]> => {
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
        expect(await left()).to.deep.equal(secrets[mode]);
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
