import { z } from 'zod';
import { textLike, withRule } from './rules.ts';

// Kubernetes' own types. Their structure is checked here; what their labels may hold the API server says when the Deployment is applied.
const Text = z.string().max(317);
const Texts = z.array(Text).max(50);

const Expression = z.object({
  key: Text.describe('Label key.'),
  operator: z
    .enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])
    .describe('How key and values relate.'),
  values: Texts.optional().describe('Values, for operators that take some.'),
});
const Expressions = z.array(Expression).max(20);

const LabelSelector = z.object({
  matchLabels: z
    .record(Text, Text)
    .meta({ maxProperties: 20 })
    .optional()
    .describe('Labels that must be there.'),
  matchExpressions: Expressions.optional().describe('Rules that must be met.'),
});

const NodeTerm = z.object({
  matchExpressions: Expressions.optional().describe('Rules for the labels of the node.'),
  matchFields: Expressions.optional().describe('Rules for fields of the node: metadata.name.'),
});

const Weight = z.int().min(1).max(100).describe('1 to 100.');

const NodeAffinity = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .object({ nodeSelectorTerms: z.array(NodeTerm).min(1).max(20).describe('One of these must fit.') })
    .optional()
    .describe('What a node must be.'),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.object({ weight: Weight, preference: NodeTerm.describe('What is preferred.') }))
    .max(20)
    .optional()
    .describe('What a node should be.'),
});

const PodTerm = z.object({
  labelSelector: LabelSelector.optional().describe('Which pods.'),
  namespaceSelector: LabelSelector.optional().describe('In which namespaces.'),
  namespaces: Texts.optional().describe('In which namespaces, by name.'),
  topologyKey: Text.describe('Label of nodes that says what counts as one place.'),
  matchLabelKeys: Texts.optional().describe('Labels whose value must be as on the new pod.'),
  mismatchLabelKeys: Texts.optional().describe('Labels whose value must not be as on the new pod.'),
});

const PodAffinity = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .array(PodTerm)
    .max(20)
    .optional()
    .describe('What must be the case.'),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.object({ weight: Weight, podAffinityTerm: PodTerm.describe('What is preferred.') }))
    .max(20)
    .optional()
    .describe('What should be the case.'),
});

const Affinity = z.object({
  nodeAffinity: NodeAffinity.optional().describe('Which nodes.'),
  podAffinity: PodAffinity.optional().describe('Which pods to be close to.'),
  podAntiAffinity: PodAffinity.optional().describe('Which pods to keep away from.'),
});

const Toleration = withRule(
  z.object({
    key: Text.optional().describe('Key of the taint; all where it is left out.'),
    operator: z.enum(['Exists', 'Equal', 'Lt', 'Gt']).optional().describe('Default Equal.'),
    value: Text.optional().describe('Value of the taint, with Equal.'),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .describe('Default: every effect.'),
    tolerationSeconds: z.int().optional().describe('With NoExecute: how long the pod stays, in seconds.'),
  }),
  {
    cel: "!(has(self.operator) && self.operator == 'Exists' && has(self.value))",
    holds: ({ operator, value }) => operator !== 'Exists' || value === undefined,
    message: 'operator Exists takes no value',
  },
);

const SpreadConstraint = z.object({
  maxSkew: z.int().min(1).describe('How many pods more one place may have than another.'),
  topologyKey: Text.describe('Label of nodes that says what counts as one place.'),
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']).describe('What if it cannot be kept.'),
  labelSelector: LabelSelector.optional().describe('Which pods count.'),
  minDomains: z.int().min(1).optional().describe('How many places there should be at least.'),
  matchLabelKeys: Texts.optional().describe('Labels whose value must be as on the new pod.'),
  nodeAffinityPolicy: z
    .enum(['Honor', 'Ignore'])
    .optional()
    .describe('Whether unfit nodes count; default Honor.'),
  nodeTaintsPolicy: z
    .enum(['Honor', 'Ignore'])
    .optional()
    .describe('Whether tainted nodes count; default Ignore.'),
});

const DnsConfig = z.object({
  nameservers: z.array(z.string().max(64)).min(1).max(3).optional().describe('IP addresses of DNS servers.'),
  searches: z.array(z.string().max(253)).max(32).optional().describe('Search domains.'),
  options: z
    .array(
      z.object({
        name: z.string().max(100).describe('Name of the option.'),
        value: z.string().max(100).optional().describe('Its value.'),
      }),
    )
    .max(20)
    .optional()
    .describe('Options of the resolver.'),
});

const ClassName = (what: string) =>
  textLike(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 253, `write the name of a ${what}`);

const system = 'kubernetes.io/os';

/** Where the pods run. */
export const Scheduling = withRule(
  withRule(
    z.object({
      nodeSelector: z
        .record(Text, z.string().max(63))
        .meta({ maxProperties: 20 })
        .optional()
        .describe('Labels that a node must have, beside kubernetes.io/os: linux, which is always asked for.'),
      tolerations: z.array(Toleration).max(50).optional().describe('Taints that the pods put up with.'),
      affinity: Affinity.optional().describe(
        'Replaces the default anti-affinity, by which several replicas prefer different nodes. Select pods by metrics-server.io/config: NAME.',
      ),
      topologySpreadConstraints: z
        .array(SpreadConstraint)
        .max(10)
        .optional()
        .describe(
          'Replaces the default spread of several replicas over nodes and zones. Select pods by metrics-server.io/config: NAME.',
        ),
      priorityClassName: ClassName('PriorityClass')
        .optional()
        .describe('Default system-cluster-critical, which exists in every cluster.'),
      schedulerName: ClassName('scheduler').optional().describe("Default: Kubernetes' own scheduler."),
      hostNetwork: z
        .boolean()
        .optional()
        .describe(
          "Runs on the node's network, for clusters whose API server cannot reach pods. servingPort is then 10251 by default. With no node to spare, the old pod ends before the new one starts.",
        ),
      dnsPolicy: z
        .enum(['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'])
        .optional()
        .describe('Default ClusterFirst, with hostNetwork ClusterFirstWithHostNet.'),
      dnsConfig: DnsConfig.optional().describe(
        'How names are resolved; with dnsPolicy None it is all there is.',
      ),
    }),
    {
      cel: `!has(self.nodeSelector) || !('${system}' in self.nodeSelector) || self.nodeSelector['${system}'] == 'linux'`,
      holds: ({ nodeSelector }) => (nodeSelector?.[system] ?? 'linux') === 'linux',
      message: `nodeSelector: ${system} is always linux, for there is no other metrics-server`,
    },
  ),
  {
    cel: "!has(self.dnsPolicy) || self.dnsPolicy != 'None' || (has(self.dnsConfig) && has(self.dnsConfig.nameservers))",
    holds: ({ dnsPolicy, dnsConfig }) => dnsPolicy !== 'None' || dnsConfig?.nameservers !== undefined,
    message: 'dnsPolicy None needs dnsConfig.nameservers',
  },
);
