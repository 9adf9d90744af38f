import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1ValidatingAdmissionPolicy } from '@kubernetes/client-node';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { someSpec } from './some-spec.ts';

const sample = join(import.meta.dirname, '../../config/samples/forbid-insecure.yaml');

describe('the policy that forbids insecure modes', () => {
  it('takes the same for the default as the operator', async () => {
    const [policy] = parseAllDocuments(await readFile(sample, 'utf8')).map(
      (one): V1ValidatingAdmissionPolicy => one.toJS(),
    );
    const expressions = policy?.spec?.variables?.map(({ expression }) => expression);
    const { kubeletTls, servingTls } = someSpec();
    expect(expressions).to.deep.equal([
      `object.?spec.?tls.?kubelet.?mode.orValue('${kubeletTls}')`,
      `object.?spec.?tls.?serving.?mode.orValue('${servingTls}')`,
    ]);
  });
});
