import { z } from 'zod';
import { conditionTypes } from './findings.ts';

const Condition = z.object({
  type: z.enum(conditionTypes).describe('What the condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Unknown: not measured.'),
  reason: z.string().describe('One word for machines.'),
  message: z.string().describe('What is the case and, if it is a fault, what to do next.'),
  observedGeneration: z.int().optional().describe('Generation of the spec that the condition is about.'),
  lastTransitionTime: z.iso.datetime().describe('When status last changed.'),
});
export type Condition = z.output<typeof Condition>;

const Count = z.int().min(0);

const Problem = z.object({
  reason: z.string().describe('One word for machines, as in docs/conditions.md.'),
  message: z.string().describe('What is the case; with several nodes, that of the first.'),
  remedy: z.string().describe('What to do, the best first.'),
  nodes: z.array(z.string()).optional().describe('The first ten of the nodes that have it.'),
  count: Count.optional().describe('How many nodes have it.'),
  since: z.iso.datetime().describe('When it was first said.'),
});
export type Problem = z.output<typeof Problem>;

export const MetricsServerConfigStatusSchema = z.object({
  observedGeneration: z.int().optional().describe('Generation of the spec that this status is about.'),
  conditions: z
    .array(Condition)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional()
    .describe('Findings; Ready sums them up.'),
  effective: z
    .object({
      version: z.string().describe('Release of metrics-server that the spec leads to.'),
      requestTimeout: z.string().describe('How long one kubelet may take to answer.'),
      kubeletTls: z.string().describe('tls.kubelet.mode in effect.'),
      servingTls: z.string().describe('tls.serving.mode in effect.'),
      servingPort: z.int().describe('Port on which the container serves.'),
      resources: z.string().describe('resources.mode in effect and, with Auto, for how many nodes.'),
      minNodesScraped: z.string().describe('health.minNodesScraped in effect.'),
    })
    .optional()
    .describe('What the spec leads to where it leaves things open.'),
  observed: z
    .object({
      deployment: z
        .string()
        .optional()
        .describe('Namespace and name of its Deployment, where that can be seen.'),
      resolution: z
        .string()
        .describe('How often it scrapes: as its flags say; else about, as its samples tell.'),
      kubeletTls: z.string().optional().describe('How it verifies kubelets, in words of tls.kubelet.mode.'),
    })
    .optional()
    .describe(
      'The metrics-server that serves the metrics API, where it is not that of this MetricsServerConfig: with mode Observe, and where one is in the way.',
    ),
  version: z.string().optional().describe('Release of metrics-server that runs.'),
  recommendedVersion: z
    .string()
    .optional()
    .describe(
      'Newest release for this Kubernetes, where an older one is used. Nothing is upgraded by itself: set version.',
    ),
  image: z
    .object({
      reference: z.string().describe('Image as the Deployment names it.'),
      imageID: z.string().optional().describe('Content that runs, as the container runtime reports it.'),
      mirror: z.string().optional().describe('Mirror that is used instead of the repository.'),
      failed: z
        .array(
          z.object({
            reference: z.string().describe('The image there.'),
            error: z.string().describe('What the node said.'),
          }),
        )
        .optional()
        .describe('Where the image could not be pulled.'),
    })
    .optional()
    .describe('The image in use.'),
  replicas: z
    .object({ desired: Count.describe('Pods asked for.'), ready: Count.describe('Pods that are ready.') })
    .optional()
    .describe('Pods of metrics-server.'),
  nodes: z
    .object({
      expected: Count.describe('Nodes that should be scraped.'),
      fresh: Count.describe('Of these, nodes with a fresh sample in the metrics API.'),
      stale: Count.describe('Of these, nodes whose sample is older than three resolutions.'),
      missing: Count.describe('Of these, nodes without a sample.'),
      excluded: Count.describe('Nodes left out by nodes.selector.'),
      scraped: z.string().describe('fresh/expected, for people.'),
    })
    .optional()
    .describe('What the metrics API knows about the nodes.'),
  problems: z.array(Problem).optional().describe('Everything that is wrong, the deepest cause first.'),
  preflight: z
    .object({
      checked: Count.describe('Nodes that were checked: a sample.'),
      failing: z
        .array(
          z.object({
            reason: z.string().describe('Why, as in the conditions Available and Scraping.'),
            count: Count.describe('How many of the nodes.'),
            nodes: z.array(z.string()).describe('The first ten of them.'),
          }),
        )
        .optional()
        .describe('Nodes that metrics-server cannot scrape as the spec has it.'),
      advice: z.string().optional().describe('What would work.'),
    })
    .optional()
    .describe(
      'What TLS handshakes with kubelets, without credentials, foretell of scraping; nothing where no kubelet can be reached.',
    ),
});
export type MetricsServerConfigStatus = z.output<typeof MetricsServerConfigStatusSchema>;
