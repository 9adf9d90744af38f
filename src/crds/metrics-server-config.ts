import type { V1ObjectMeta } from '@kubernetes/client-node';
import { z } from 'zod';
import { Breaker } from './breaker.ts';
import { combinations } from './combinations.ts';
import { Resolution } from './duration.ts';
import { ExtraFlags } from './extra-flags.ts';
import { Image } from './image.ts';
import { Kubelet, Tls } from './kubelet.ts';
import { NetworkPolicy } from './network-policy.ts';
import { NodeSelector } from './node-selector.ts';
import { Pod } from './pod.ts';
import { Resources } from './quantities.ts';
import { intOrString, textLike, withRule, withRules } from './rules.ts';
import { Scheduling } from './scheduling.ts';
import { Service } from './service.ts';
import { Audit, Authentication, Logging, RequestHeader } from './serving-options.ts';
import { type MetricsServerConfigStatus, MetricsServerConfigStatusSchema } from './status.ts';

export const group = 'metrics-server.io';
export const version = 'v1alpha1';
export const kind = 'MetricsServerConfig';
export const plural = 'metricsserverconfigs';
export const apiVersion = `${group}/${version}`;

export const addressTypes = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'] as const;

const AddressPriority = withRule(
  withRule(z.array(z.enum(addressTypes)).max(addressTypes.length), {
    cel: 'self.size() > 0',
    holds: (types) => types.length > 0,
    message: 'name at least one address type, or leave addressPriority out for the default order',
  }),
  {
    cel: 'self.all(type, self.exists_one(other, other == type))',
    holds: (types) => new Set(types).size === types.length,
    message: 'name each address type once: the first one that a node has is used',
  },
);

const Fields = z.object({
  mode: z
    .enum(['Manage', 'Observe', 'Paused'])
    .default('Manage')
    .describe(
      'Manage: make it so and keep it so. Observe: change nothing, and report on the metrics-server of others, such as that of a cloud: the one that APIService v1beta1.metrics.k8s.io leads to, with the settings that it was started with; of this spec only nodes.selector (where those cannot be seen) and health count. Paused: change nothing, go on reporting; only certificates are renewed, and an APIService that nobody has answered at yet is taken away: it would block the deletion of every namespace.',
    ),
  version: textLike(/^v?[0-9]+\.[0-9]+\.[0-9]+$/, 20, 'write a release of metrics-server such as 0.9.0')
    .optional()
    .describe(
      "Release of metrics-server, with or without a leading v. Default: at first the newest for the cluster's Kubernetes, then what runs, while it fits the cluster.",
    ),
  namespace: withRule(textLike(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 63, 'write the name of a namespace'), {
    cel: 'self == oldSelf',
    holds: () => true, // only the API server knows the old value
    message:
      'namespace cannot be changed; delete this MetricsServerConfig and create it again with the other namespace',
  })
    .default('kube-system')
    .describe('Namespace of the Deployment, Service and ServiceAccount; it must exist. Cannot be changed.'),
  resolution: Resolution.default('15s').describe(
    'How often the kubelets are scraped, as a duration from 10s to 1h.',
  ),
  addressPriority: AddressPriority.default([
    'InternalIP',
    'ExternalIP',
    'Hostname',
    'InternalDNS',
    'ExternalDNS',
  ]).describe(
    'Kinds of node address in the order in which they are tried; the first that a node has is used, without falling back.',
  ),
  nodes: z
    .object({
      selector: NodeSelector.optional().describe(
        'Nodes to scrape, by label; default all. Nodes left out are counted as excluded.',
      ),
    })
    .optional()
    .describe('Which nodes are scraped.'),
  kubelet: Kubelet.prefault({}).describe('How the kubelets are reached.'),
  tls: Tls.optional().describe('Who verifies whose certificate.'),
  image: Image.prefault({}).describe('Where the image comes from.'),
  availability: z
    .object({
      replicas: withRule(z.int(), {
        cel: 'self >= 1 && self <= 10',
        holds: (replicas) => replicas >= 1 && replicas <= 10,
        message:
          'replicas must be 1 to 10: 2 are enough for high availability, each of them scrapes every node; to remove metrics-server delete this MetricsServerConfig',
      })
        .default(1)
        .describe(
          'Pods of metrics-server, 1 to 10; every one scrapes all nodes. From 2 on there is a PodDisruptionBudget.',
        ),
    })
    .prefault({})
    .describe('How many pods serve the metrics API.'),
  resources: Resources.optional().describe(
    'Requests and limits of the container. Default: requests of 100m CPU and 200Mi memory, enough for 100 nodes.',
  ),
  servingPort: z
    .int()
    .min(1024)
    .max(65535)
    .optional()
    .describe(
      'Port on which the container serves; 1024 or higher, as it does not run as root. Default 10250, with hostNetwork 10251.',
    ),
  scheduling: Scheduling.optional().describe('Where the pods run.'),
  service: Service.optional().describe('The Service in front of the pods.'),
  pod: Pod.optional().describe('What is added to the pods.'),
  logging: Logging.optional().describe('What the log says, and how.'),
  audit: Audit.optional().describe('Audit log of requests to the metrics API; since metrics-server 0.6.'),
  requestHeader: RequestHeader.optional().describe(
    'How requests that come through the API server are recognised. Default: as the cluster publishes it.',
  ),
  authentication: Authentication.optional().describe('How callers are recognised.'),
  networkPolicy: NetworkPolicy.optional().describe('A NetworkPolicy for the pods; default none.'),
  extraFlags: ExtraFlags.optional().describe(
    'Flags of metrics-server that no field stands for, without the leading dashes and with every value in quotes, such as max-requests-inflight: "100".',
  ),
  upgrade: z
    .object({
      onFailure: z
        .enum(['Rollback', 'Report'])
        .optional()
        .describe(
          'Rollback (default): the last good pods come back, and the status says why. Report: the status says why, and nothing is done. A change that tightens TLS is never rolled back.',
        ),
    })
    .optional()
    .describe(
      'What happens when a change leads to pods that do not become ready, or that scrape fewer nodes. The old pods serve until then.',
    ),
  deletionPolicy: z
    .enum(['Delete', 'Orphan'])
    .optional()
    .describe(
      'What becomes of metrics-server when this MetricsServerConfig is deleted. Delete (default): it goes. Orphan: it stays, and a config of the same name takes it back; nobody renews its certificate meanwhile, which is good for at least four months.',
    ),
  adoption: z
    .enum(['Never', 'IfExists'])
    .optional()
    .describe(
      "What becomes of a metrics-server that upstream's manifests or its Helm chart have installed. Never (default): it is not touched, and the status says whose it is. IfExists: it is taken over without a gap in the metrics API.",
    ),
  breaker: Breaker.optional().describe(
    'Whether a dead metrics API may stay registered: it blocks the deletion of every namespace of the cluster.',
  ),
  health: z
    .object({
      minNodesScraped: intOrString(
        /^(100|[0-9]{1,2})%$/,
        'minNodesScraped is a number of nodes, such as 3, or a share from 0% to 100%, such as 90%',
      )
        .optional()
        .describe(
          'Share (such as 90%) or number of the ready nodes that must be scraped before Ready is True. Default 90%.',
        ),
      preflight: z
        .boolean()
        .optional()
        .describe(
          'Whether the operator looks at the certificates of a few kubelets, by a TLS handshake without credentials, to foretell which nodes cannot be scraped. Default true.',
        ),
    })
    .optional()
    .describe('When the whole counts as ready, and what is looked at.'),
});

/** What a user may ask for. Everything is optional; an empty spec is secure. */
export const MetricsServerConfigSpec = withRules(Fields, combinations);
export type MetricsServerConfigSpec = z.output<typeof MetricsServerConfigSpec>;

// The longest derived name is NAME:system:auth-delegator; labels hold 63 characters; a Service name is a DNS-1035 label.
const nameMessage =
  'the name must be a DNS label of at most 40 characters that begins with a letter, such as metrics-server: the Deployment, Service and roles are named after it';

/** The whole resource as the CRD declares it. */
export const MetricsServerConfigSchema = withRule(
  z.object({
    metadata: z.looseObject({ name: z.string() }),
    spec: MetricsServerConfigSpec.prefault({}).describe(
      'What metrics-server should be like. Everything is optional.',
    ),
    status: MetricsServerConfigStatusSchema.optional().describe(
      'What the operator found; written by it alone.',
    ),
  }),
  {
    cel: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    holds: (config) =>
      /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(config.metadata.name) && config.metadata.name.length <= 40,
    message: nameMessage,
  },
);

/** A config as the API server returns it: the spec may have been stored before today's rules. */
export interface MetricsServerConfig {
  apiVersion: string;
  kind: string;
  metadata: V1ObjectMeta & { name: string; uid: string };
  spec?: unknown;
  status?: MetricsServerConfigStatus;
}
