import { z } from 'zod';
import { celMatches, textLike, withRule } from './rules.ts';

export const labelKeyPattern = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
export const labelValuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LabelKey = textLike(labelKeyPattern, 317, 'write a label key such as topology.kubernetes.io/zone');
const LabelValue = textLike(
  labelValuePattern,
  63,
  'write a label value: letters, digits, - _ and ., 63 at most',
);

const MatchLabels = withRule(z.record(z.string().max(317), LabelValue).meta({ maxProperties: 20 }), {
  cel: `self.all(key, ${celMatches('key', labelKeyPattern)})`,
  holds: (labels) => Object.keys(labels).every((key) => labelKeyPattern.test(key)),
  message: 'write label keys such as zone or topology.kubernetes.io/zone',
});

const SelectorRequirement = withRule(
  z.object({
    key: LabelKey.describe('Label key that the rule looks at.'),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How key and values relate.'),
    values: z
      .array(LabelValue)
      .max(50)
      .optional()
      .describe('Values for In and NotIn; left out for the others.'),
  }),
  {
    cel: "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
    holds: (rule) => ['In', 'NotIn'].includes(rule.operator) === (rule.values ?? []).length > 0,
    message: 'operators In and NotIn need values; Exists and DoesNotExist take none',
  },
);

/** Kubernetes' LabelSelector. */
export const NodeSelector = z.object({
  matchLabels: MatchLabels.optional().describe('Labels that a node must carry.'),
  matchExpressions: z
    .array(SelectorRequirement)
    .max(20)
    .optional()
    .describe('Rules that a node must meet, all of them.'),
});
export type NodeSelector = z.output<typeof NodeSelector>;

/** A LabelSelector of any object, as far as its text goes. */
interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** The text of a LabelSelector, as --node-selector, the API server and kubectl read it; empty where it selects all. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return [...labels.sort(), ...matchExpressions.map(requirementText)].join(',');
}

function requirementText({
  key,
  operator,
  values = [],
}: NonNullable<LabelSelector['matchExpressions']>[number]): string {
  switch (operator) {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default: // In and NotIn
      return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  }
}
