import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject, V1ClusterRole, V1PolicyRule } from '@kubernetes/client-node';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { knownReleases } from '../../src/crds/catalogue/releases.ts';
import { scraperRole } from '../../src/resources/rbac.ts';

const folder = join(import.meta.dirname, '../../config/rbac');

/** What a file of config/rbac grants in the whole cluster and for every name, as in "get nodes/stats". */
function granted(file: string): Set<string> {
  const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
  const objects = documents.map((document): KubernetesObject => document.toJS());
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole');
  return new Set(roles.flatMap((role: V1ClusterRole) => rights(role.rules ?? [])));
}

function rights(rules: V1PolicyRule[]): string[] {
  return rules
    .filter(({ resourceNames }) => resourceNames === undefined)
    .flatMap(({ apiGroups, resources, verbs }) =>
      (apiGroups ?? []).flatMap((group) =>
        (resources ?? []).flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    );
}

describe('what a release of metrics-server is granted', () => {
  for (const release of knownReleases) {
    const files = release.isLegacy ? ['cluster-role.yaml', 'legacy.yaml'] : ['cluster-role.yaml'];
    it(`is what the operator has itself by ${files.join(' and ')}: ${release.version}`, () => {
      const all = new Set(files.flatMap((file) => [...granted(file)]));
      const wanted = rights(scraperRole('metrics-server', release).rules ?? []);
      expect(wanted.filter((right) => !all.has(right))).to.deep.equal([]);
      expect(wanted).to.have.length.greaterThan(5);
    });
  }
});
