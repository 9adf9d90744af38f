import { pluralOf } from '../platform/paths.ts';
import { certManager } from '../resources/cert-manager.ts';
import type { ObjectReference } from '../resources/references.ts';
import type { Given } from './given.ts';
import { titleOf } from './watched.ts';

/** That the operator has no right to see an object that a spec leads to, and the commands that grant it. */
export function notAllowed({ reference, refused = '' }: Given): string {
  const { role, rights, file, value } = lacking(reference);
  const [inNamespace, { name }] = [`-n ${reference.namespace}`, reference];
  const commands = [
    `kubectl create role ${role} ${inNamespace} ${rights} --resource-name=${name}`,
    `kubectl create rolebinding ${role} ${inNamespace} --role=${role} ${subjectIn(refused)}`,
  ];
  // The end is no full stop, which whoever copies the commands would copy, too.
  const grant = `Grant it as in config/rbac/${file}: ${commands.join(' && ')} (any name will do for the Role; with the chart: ${value}).`;
  return `The operator may not watch ${titleOf(reference)}: ${refused}. ${grant}`;
}

function lacking({
  apiVersion,
  kind,
  name,
}: ObjectReference): Record<'role' | 'rights' | 'file' | 'value', string> {
  const resource = pluralOf(kind);
  if (apiVersion !== certManager) {
    const rights = `--verb=list,watch --resource=${resource}`;
    const names = kind === 'Secret' ? 'secretNames' : 'configMapNames';
    return { role: `read-${resource}-${name}`, rights, file: 'given.yaml', value: `${name} in ${names}` };
  }
  const resources = ['certificates', 'issuers'].map((one) => `${one}.cert-manager.io`).join(',');
  const rights = `--verb=list,watch,create,patch,delete --resource=${resources}`;
  return { role: `keep-${resource}-${name}`, rights, file: 'cert-manager.yaml', value: 'certManager=true' };
}

// As config/rbac has it: namespace and name.
const usualAccount = 'metrics-server-operator:metrics-server-operator';

/** The API server says whom it has refused; the operator may be installed anywhere. */
function subjectIn(refused: string): string {
  const [, user = `system:serviceaccount:${usualAccount}`] = refused.match(/\bUser "([^"\s]+)"/) ?? [];
  const [, account] = user.match(/^system:serviceaccount:(.+)$/) ?? [];
  return account === undefined ? `--user=${user}` : `--serviceaccount=${account}`;
}
