import { expect } from 'chai';
import { ensureBinaries, pathOf } from '../../local-cluster/binaries.ts';
import { run } from '../../local-cluster/run.ts';
import { argoCases, argoSettings } from '../argo-cd-cases.ts';

describe('the health check in Argo CD', function () {
  this.timeout(60_000);
  const found: { argocd?: string } = {};
  before(async function () {
    this.timeout(1_800_000); // the first run builds it
    found.argocd = pathOf(await ensureBinaries(['argocd'], console.log), 'argocd');
  });

  for (const { name, file, expected } of argoCases) {
    it(`calls it ${expected.status}: ${name}`, async () => {
      const asked = ['admin', 'settings', 'resource-overrides', 'health', file];
      const said = await run([found.argocd ?? '', ...asked, '--argocd-cm-path', argoSettings], {
        env: { ARGOCD_BINARY_NAME: 'argocd' },
      });
      expect(said.trim()).to.equal(`STATUS: ${expected.status}\nMESSAGE: ${expected.message}`);
    });
  }
});
