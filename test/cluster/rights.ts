import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { accountKubeconfig, operatorUser, rightsFolder } from '../../local-cluster/operator.ts';
import { objects } from '../../src/resources/objects.ts';
import { someSpec } from '../crds/some-spec.ts';
import { eventually } from './eventually.ts';
import { applyYaml } from './objects.ts';

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  roleRef?: { name: string };
  rules?: { resourceNames?: string[]; resources: string[]; verbs: string[] }[];
}

/** Grants the operator what config/rbac grants it, for a config of another name or in another namespace, as its comments say. */
export async function grantRightsFor(
  cluster: LocalCluster,
  config: string,
  namespace = 'kube-system',
): Promise<void> {
  await grantClusterRightsFor(cluster, config, namespace);
  const places = new Set(['kube-system', namespace]); // a RoleBinding and a ConfigMap are always in kube-system
  const manifests = (await read('role.yaml')).flatMap((manifest) =>
    [...places].map((place) => renamed(manifest, config, namespace, place)),
  );
  await apply(cluster, manifests);
  for (const place of places) await counts(cluster, `deployments.apps/${config}`, place);
}

/** That part of it which is not in a namespace, so that it can be granted before the namespace exists. */
export async function grantClusterRightsFor(
  cluster: LocalCluster,
  config: string,
  namespace: string,
): Promise<void> {
  const manifests = await read('cluster-role.yaml');
  await apply(
    cluster,
    manifests.map((manifest) => renamed(manifest, config, namespace, undefined)),
  );
  await counts(cluster, `clusterroles.rbac.authorization.k8s.io/system:${config}`);
}

/** Waits until what was granted holds: the API server learns of roles by a watch of its own. */
async function counts(cluster: LocalCluster, object: string, namespace?: string): Promise<void> {
  const place = namespace === undefined ? [] : ['-n', namespace];
  const question = ['auth', 'can-i', 'list', object, '--as', operatorUser, ...place];
  await eventually(async () => void (await cluster.kubectl(question)), 30_000); // fails when the answer is no
}

/** Grants what config/rbac/adopt.yaml grants for a release of the chart called ms. */
export async function grantAdoptionOf(cluster: LocalCluster, namespace = 'kube-system'): Promise<void> {
  const text = await readFile(join(rightsFolder, 'adopt.yaml'), 'utf8');
  const home = /^( {2}namespace: )kube-system$/gm; // but for the account, which is elsewhere
  await applyYaml(cluster, text.replace(home, `$1${namespace}`));
}

/** Lets the operator read one object that a spec names, as config/rbac/given.yaml does. */
export async function grantReading(
  cluster: LocalCluster,
  resource: 'configmaps' | 'secrets',
  name: string,
): Promise<void> {
  const [, , namespace, account] = operatorUser.split(':');
  const role = `read-${resource}-${name}`;
  const rules = (await read('given.yaml')).flatMap(({ rules = [] }) => rules);
  const verbs = rules.filter(({ resources }) => resources.includes(resource)).flatMap(({ verbs }) => verbs);
  const rights = [`--verb=${verbs}`, `--resource=${resource}`, `--resource-name=${name}`];
  await cluster.kubectl(['-n', 'kube-system', 'create', 'role', role, ...rights]);
  const bound = [`--role=${role}`, `--serviceaccount=${namespace}:${account}`];
  await cluster.kubectl(['-n', 'kube-system', 'create', 'rolebinding', role, ...bound]);
}

/** Lets the pods use Secrets that a spec names, as docs/install.md says for kustomize; no names stand for what is installed. */
export async function allowSecrets(cluster: LocalCluster, names: string[]): Promise<void> {
  const value = `[${names.map((name) => `'${name}'`).join(', ')}]`;
  const patch = [{ op: 'replace', path: '/spec/variables/0/expression', value }];
  const policy = ['validatingadmissionpolicy', 'metrics-server-operator-deployments'];
  await cluster.kubectl(['patch', ...policy, '--type=json', '-p', JSON.stringify(patch)]);
  // The API server learns of it by a watch of its own.
  const image = { pullSecrets: (names.length === 0 ? ['registry'] : names).map((name) => ({ name })) };
  const using = objects('metrics-server', someSpec({ image })).find(({ kind }) => kind === 'Deployment');
  const dry = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--as', operatorUser];
  await eventually(async () => {
    const said = await cluster
      .kubectl([...dry, '-f', '-'], { input: JSON.stringify(using) })
      .catch((error: Error) => error.message);
    if (said.includes('is not among those') !== (names.length === 0)) throw new Error(said);
  }, 30_000);
}

/** A kubeconfig of a new account in namespace default that has these rights, and not one more. */
export async function readerKubeconfig(
  cluster: LocalCluster,
  name: string,
  rules: object[],
): Promise<string> {
  const account = { kind: 'ServiceAccount', name, namespace: 'default' };
  const [rbac, metadata] = ['rbac.authorization.k8s.io', { name }];
  const manifests = [
    { apiVersion: 'v1', kind: account.kind, metadata: { name, namespace: account.namespace } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [account],
    },
  ];
  await applyYaml(cluster, manifests.map((one) => JSON.stringify(one)).join('\n---\n'));
  return await accountKubeconfig(cluster, account);
}

async function read(file: string): Promise<Manifest[]> {
  const text = await readFile(join(rightsFolder, file), 'utf8');
  return parseAllDocuments(text).map((one): Manifest => one.toJS());
}

async function apply(cluster: LocalCluster, manifests: Manifest[]): Promise<void> {
  await applyYaml(cluster, manifests.map((one) => JSON.stringify(one)).join('\n---\n'));
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
