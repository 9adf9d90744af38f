import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1ValidatingAdmissionPolicy } from '@kubernetes/client-node';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { newestRelease } from '../../src/crds/catalogue/releases.ts';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { someSpec } from './some-spec.ts';

const { kubeletTls, servingTls } = someSpec();
const { resolution } = MetricsServerConfigSpec.parse({});

/** What a policy has to take for the default, for the field may be left out. */
const defaults: Record<string, string[]> = {
  'forbid-insecure': [
    `object.?spec.?tls.?kubelet.?mode.orValue('${kubeletTls}')`,
    `object.?spec.?tls.?serving.?mode.orValue('${servingTls}')`,
  ],
  'allow-registries': [`object.?spec.?image.?repository.orValue('${newestRelease.repository}')`],
  'minimum-resolution': [`object.?spec.?resolution.orValue('${resolution}')`],
};

for (const [policy, expected] of Object.entries(defaults)) {
  describe(`the policy ${policy}`, () => {
    it('takes the same for the default as the operator', async () => {
      const file = join(import.meta.dirname, `../../config/samples/${policy}.yaml`);
      const [parsed] = parseAllDocuments(await readFile(file, 'utf8')).map(
        (one): V1ValidatingAdmissionPolicy => one.toJS(),
      );
      const expressions = parsed?.spec?.variables?.map(({ expression }) => expression);
      expect(expressions).to.include.members(expected);
    });
  });
}
