import type { NodeSelector } from '../crds/node-selector.ts';

type Requirement = NonNullable<NodeSelector['matchExpressions']>[number];

/** The LabelSelector that a text in the grammar of `kubectl get -l` stands for; undefined where there is none, as for > and <. */
export function selectorOf(text: string): NodeSelector | undefined {
  const requirements = text.split(/,(?![^(]*\))/).map((one) => requirementOf(one.trim()));
  if (requirements.includes(undefined)) return undefined;
  const expressions = requirements.flatMap((one) => one ?? []);
  const labels = expressions.filter(({ isEquality }) => isEquality);
  const isPlain = new Set(labels.map(({ key }) => key)).size === labels.length;
  const others = expressions.filter(({ isEquality }) => !(isPlain && isEquality));
  return {
    ...(isPlain &&
      labels.length > 0 && {
        matchLabels: Object.fromEntries(labels.map(({ key, values = [] }) => [key, values[0] ?? ''])),
      }),
    ...(others.length > 0 && { matchExpressions: others.map(({ isEquality, ...one }) => one) }),
  };
}

function requirementOf(text: string): (Requirement & { isEquality: boolean }) | undefined {
  const [, setKey, word, list = ''] = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text) ?? [];
  if (setKey !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    return { key: setKey, operator: word === 'in' ? 'In' : 'NotIn', values, isEquality: false };
  }
  const [, key, sign, value = ''] = /^([^\s=!<>]+)\s*(==?|!=)\s*([^\s=!<>]*)$/.exec(text) ?? [];
  if (key !== undefined) {
    const isEquality = sign !== '!=';
    return { key, operator: isEquality ? 'In' : 'NotIn', values: [value], isEquality };
  }
  const [, not, bare] = /^(!?)\s*([^\s=!<>()]+)$/.exec(text) ?? [];
  if (bare === undefined) return undefined;
  return { key: bare, operator: not === '' ? 'Exists' : 'DoesNotExist', isEquality: false };
}
