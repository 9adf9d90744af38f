import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { applyYaml } from './objects.ts';

const folder = join(import.meta.dirname, '../../config/rbac');

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  roleRef?: { name: string };
  rules?: { resourceNames?: string[]; resources: string[] }[];
}

/** Grants the operator what config/rbac grants it, for a config of another name or in another namespace, as its comments say. */
export async function grantRightsFor(
  cluster: LocalCluster,
  config: string,
  namespace = 'kube-system',
): Promise<void> {
  const texts = await Promise.all(
    ['cluster-role.yaml', 'role.yaml'].map((file) => readFile(join(folder, file), 'utf8')),
  );
  const manifests = texts.flatMap((text) => parseAllDocuments(text).map((one): Manifest => one.toJS()));
  const places = new Set(['kube-system', namespace]); // a RoleBinding and a ConfigMap are always in kube-system
  const granted = manifests.flatMap((manifest) =>
    manifest.metadata.namespace === undefined
      ? [renamed(manifest, config, namespace, undefined)]
      : [...places].map((place) => renamed(manifest, config, namespace, place)),
  );
  await applyYaml(cluster, granted.map((one) => JSON.stringify(one)).join('\n---\n'));
}

function renamed(manifest: Manifest, config: string, home: string, namespace: string | undefined): Manifest {
  const name = `${manifest.metadata.name}-for-${config}`;
  const named = (one: string, resources: string[]) =>
    resources.includes('namespaces') ? home : one.replace('metrics-server', config);
  return {
    ...manifest,
    metadata: { name, ...(namespace && { namespace }) },
    ...(manifest.roleRef && { roleRef: { ...manifest.roleRef, name } }),
    ...(manifest.rules && {
      rules: manifest.rules.map((rule) =>
        rule.resourceNames === undefined
          ? rule
          : { ...rule, resourceNames: rule.resourceNames.map((one) => named(one, rule.resources)) },
      ),
    }),
  };
}
