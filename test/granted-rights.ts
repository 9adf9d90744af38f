import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject, V1Role } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import type { Left, RefusedRight, UsedRight } from '../local-cluster/used-rights.ts';

const folder = join(import.meta.dirname, '../config/rbac');
const main = 'metrics-server-operator';
// Their names are examples: whoever applies these files puts others in.
const withExamples = ['adopt', 'given', 'observe'].map((part) => `${main}-${part}`);

/** Every right that config/rbac grants, one verb on one name each. */
export function grantedRights(): UsedRight[] {
  const files = readdirSync(folder).filter((file) => file !== 'kustomization.yaml');
  const objects = files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((one): KubernetesObject => one.toJS()),
  );
  return objects
    .filter(({ kind }) => kind?.endsWith('Role'))
    .flatMap((role) => rightsOf({ rules: [], ...role }));
}

export function rightsOf({ metadata, rules }: V1Role): UsedRight[] {
  const role = metadata?.name ?? '';
  return (rules ?? []).flatMap(({ apiGroups = [], resources = [], resourceNames = [''], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => ({ role, verb, group, resource, name }))),
      ),
    ),
  );
}

/** What stands for a right in a table: "patch deployments.apps/metrics-server". */
export function textOf({ role, verb, group, resource, name }: UsedRight): string {
  const kind = group === '' ? resource : `${resource}.${group}`;
  const named = name === '' || withExamples.includes(role) ? kind : `${kind}/${name}`;
  return `${verb} ${named}${role === main ? '' : ` (${role.replace(`${main}-`, '')}.yaml)`}`;
}

/** Whether this is what somebody is refused who lacks a right. */
export function isRefusalFor(right: string, refused: RefusedRight): boolean {
  const kind = (verb: string) => (verb === 'create' ? 'patch' : verb); // an apply that may not create is refused as an apply
  return grantedRights().some((granted) => {
    const isNamed = granted.name !== '' && !withExamples.includes(granted.role);
    return (
      textOf(granted) === right &&
      kind(granted.verb) === kind(refused.verb) &&
      granted.group === refused.group &&
      granted.resource === refused.resource &&
      (!isNamed || granted.name === refused.name)
    );
  });
}

/** The same right of a config called metrics-server in kube-system, for which config/rbac is written. */
function asInConfig(used: UsedRight): UsedRight {
  const [base = '', config] = used.role.split('-for-');
  if (base.startsWith('read-')) return { ...used, role: `${main}-given` }; // see grantReading
  if (config === undefined) return used;
  const name = used.resource === 'namespaces' ? 'kube-system' : used.name.replace(config, 'metrics-server');
  return { ...used, role: base, name };
}

// There others use the operator's account, too, in order to misuse it.
const misusing = ['policy'];

/** Of each right that is granted: which suites used it, by what their clusters have left in a folder. */
export async function usesIn(left: string): Promise<Map<string, string[]>> {
  return usesOf((await leftIn(left)).filter(({ suite }) => !misusing.includes(suite)));
}

export async function leftIn(folder: string): Promise<Left[]> {
  const read = (await readdir(folder)).map(
    async (file): Promise<Left> => JSON.parse(await readFile(join(folder, file), 'utf8')),
  );
  return await Promise.all(read);
}

export function usesOf(suites: Pick<Left, 'suite' | 'rights'>[]): Map<string, string[]> {
  const uses = new Map(grantedRights().map((right): [string, string[]] => [textOf(right), []]));
  for (const { suite, rights } of suites) {
    for (const right of new Set(rights.map(asInConfig).flatMap(readings))) {
      const found = uses.get(right);
      if (found !== undefined && !found.includes(suite)) found.push(suite);
    }
  }
  return uses;
}

/** What is granted for every name is used for one. */
function readings(used: UsedRight): string[] {
  return [textOf(used), textOf({ ...used, name: '' })];
}

const toBeGranted = 'metrics-server has it: nobody may grant what they do not have';
const toBeGrantedBefore = 'metrics-server before 0.6 has it';

function verbs(all: string, right: string, because: string): [string, string][] {
  return all.split(' ').map((verb) => [`${verb} ${right}`, because]);
}

/** Rights that no test uses, and why the operator has them. */
export const heldUnused: Record<string, string> = Object.fromEntries([
  ...verbs('get', 'nodes', toBeGranted),
  ...verbs('get', 'pods', toBeGranted),
  ...verbs('get', 'nodes/metrics', toBeGranted),
  ...verbs('create', 'tokenreviews.authentication.k8s.io', toBeGranted),
  ...verbs('get list watch', 'configmaps/extension-apiserver-authentication', toBeGranted),
  ...verbs(
    'get watch',
    'nodes.metrics.k8s.io',
    'readers of metrics have it by system:aggregated-metrics-reader',
  ),
  ...verbs(
    'get watch',
    'pods.metrics.k8s.io',
    'readers of metrics have it by system:aggregated-metrics-reader',
  ),
  ...verbs('get', 'nodes/stats (legacy.yaml)', toBeGrantedBefore),
  ...verbs('get list watch', 'namespaces (legacy.yaml)', toBeGrantedBefore),
  ...verbs('get list watch', 'configmaps (legacy.yaml)', toBeGrantedBefore),
]);

/** Rights that `npm test` may or may not come to use: it depends on chance. */
export const usedAtTimes: Record<string, string> = {
  'get leases.coordination.k8s.io/metrics-server-operator (lease.yaml)':
    'where two operators write at once, it asks who was quicker; without it, it waits until its watch says so',
};

/** Why the operator has a right that a test may not miss. */
export const reasons: Record<string, string> = { ...heldUnused, ...usedAtTimes };

/** What is wrong with the rights: granted and never used without a reason, or with a reason and used. */
export function complaintsAbout(uses: Map<string, string[]>): string[] {
  const unused = [...uses].filter(([, suites]) => suites.length === 0).map(([right]) => right);
  return [
    ...unused.filter((right) => reasons[right] === undefined).map((right) => `granted, never used: ${right}`),
    ...Object.keys(heldUnused)
      .filter((right) => !unused.includes(right))
      .map((right) => `said to be unused (test/granted-rights.ts), but used or not granted: ${right}`),
  ];
}
