/** Specs that must be refused, each with a part of the sentence that the user reads. Tried on zod and on a real API server. */
export interface BadSpec {
  when: string;
  spec: object;
  /** The sentence that a user sees. */
  says: string;
  /** Where the schema of the CRD says it, zod has words of its own. */
  zod?: string;
}

export const badSpecs: BadSpec[] = [
  {
    when: 'resolution is too short',
    spec: { resolution: '5s' },
    says: 'resolution must be at least 10s and at most 1h; 15s, the interval of the kubelet itself, is a good value',
  },
  {
    when: 'resolution is too long',
    spec: { resolution: '600h' },
    says: 'resolution must be at least 10s and at most 1h; 15s, the interval of the kubelet itself, is a good value',
  },
  {
    when: 'resolution is beyond all bounds',
    spec: { resolution: '99999999999h' },
    says: 'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
  },
  {
    when: 'a label key of the node selector is none',
    spec: { nodes: { selector: { matchLabels: { 'a b,c': 'x' } } } },
    says: 'write label keys such as zone or topology.kubernetes.io/zone',
  },
  {
    when: 'resolution is no duration',
    spec: { resolution: 'abc' },
    says: 'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
  },
  {
    when: 'resolution ends without a unit',
    spec: { resolution: '1h30' },
    says: 'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
  },
  {
    when: 'resolution is negative',
    spec: { resolution: '-15s' },
    says: 'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
  },
  {
    when: 'the breaker opens too soon',
    spec: { breaker: { enabled: true, after: '5s' } },
    says: 'breaker.after must be at least 1m: a change of the pods may take that long; 10m is a good value',
  },
  {
    when: 'the breaker opens too soon, also where it is off',
    spec: { breaker: { after: '59s' } },
    says: 'breaker.after must be at least 1m: a change of the pods may take that long; 10m is a good value',
  },
  {
    when: 'the time of the breaker is in words',
    spec: { breaker: { enabled: true, after: 'ten minutes' } },
    says: 'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
  },
  {
    when: 'the time of the breaker is negative',
    spec: { breaker: { enabled: true, after: '-10m' } },
    says: 'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
  },
  {
    when: 'the breaker is said to be on in words',
    spec: { breaker: { enabled: 'yes' } },
    says: 'spec.breaker.enabled: Invalid value: "string": spec.breaker.enabled in body must be of type boolean: "string"',
    zod: 'Invalid input: expected boolean, received string',
  },
  {
    when: 'the kubelet timeout is longer than 0.9 x resolution',
    spec: { resolution: '11s', kubelet: { requestTimeout: '10s' } },
    says: 'kubelet.requestTimeout must be at most 0.9 x resolution, or metrics-server does not start: shorten it, lengthen resolution, or leave it out',
  },
  {
    when: 'the kubelet timeout is a millisecond too long',
    spec: { resolution: '10s', kubelet: { requestTimeout: '9001ms' } },
    says: 'kubelet.requestTimeout must be at most 0.9 x resolution, or metrics-server does not start: shorten it, lengthen resolution, or leave it out',
  },
  {
    when: 'the kubelet timeout is no duration',
    spec: { kubelet: { requestTimeout: '10' } },
    says: 'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
  },
  {
    when: 'the kubelet timeout is zero',
    spec: { kubelet: { requestTimeout: '0s' } },
    says: 'requestTimeout must be longer than 0; leave it out for the default',
  },
  {
    when: 'an address type is unknown',
    spec: { addressPriority: ['InternalIp'] },
    says: 'spec.addressPriority[0]: Unsupported value: "InternalIp": supported values: "Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"',
    zod: 'Invalid option: expected one of "Hostname"|"InternalDNS"|"InternalIP"|"ExternalDNS"|"ExternalIP"',
  },
  {
    when: 'an address type is named twice',
    spec: { addressPriority: ['InternalIP', 'Hostname', 'InternalIP'] },
    says: 'name each address type once: the first one that a node has is used',
  },
  {
    when: 'no address type is named',
    spec: { addressPriority: [] },
    says: 'name at least one address type, or leave addressPriority out for the default order',
  },
  {
    when: 'there are no replicas',
    spec: { availability: { replicas: 0 } },
    says: 'replicas must be 1 to 10: 2 are enough for high availability, each of them scrapes every node; to remove metrics-server delete this MetricsServerConfig',
  },
  {
    when: 'there are 1000 replicas',
    spec: { availability: { replicas: 1000 } },
    says: 'replicas must be 1 to 10: 2 are enough for high availability, each of them scrapes every node; to remove metrics-server delete this MetricsServerConfig',
  },
  {
    when: 'the repository has a tag',
    spec: { image: { repository: 'registry.k8s.io/metrics-server/metrics-server:v0.9.0' } },
    says: 'write registry and path only, such as registry.example.com/metrics-server/metrics-server: no https://, no tag (it goes to image.tag), no digest (it goes to image.digest)',
  },
  {
    when: 'the repository has a digest',
    spec: { image: { repository: `registry.k8s.io/metrics-server@sha256:${'a'.repeat(64)}` } },
    says: 'write registry and path only, such as registry.example.com/metrics-server/metrics-server: no https://, no tag (it goes to image.tag), no digest (it goes to image.digest)',
  },
  {
    when: 'a mirror has a scheme',
    spec: { image: { mirrors: ['https://mirror.example.com/metrics-server'] } },
    says: 'write registry and path only, such as registry.example.com/metrics-server/metrics-server: no https://, no tag (it goes to image.tag), no digest (it goes to image.digest)',
  },
  {
    when: 'the digest is malformed',
    spec: { image: { digest: 'sha256:123' } },
    says: 'write sha256: and 64 lower-case hexadecimal digits',
  },
  {
    when: 'the tag has a colon',
    spec: { image: { tag: ':v0.9.0' } },
    says: 'write a tag such as v0.9.0, without a colon',
  },
  {
    when: 'the version is no version',
    spec: { version: 'latest' },
    says: 'write a release of metrics-server such as 0.9.0',
  },
  {
    when: "a port is given beside the one of the Node's status",
    spec: { kubelet: { port: 10255 } },
    says: "port needs useNodeStatusPort: false, otherwise the port in each Node's status is used",
  },
  {
    when: 'the serving port is privileged',
    spec: { servingPort: 443 },
    says: 'spec.servingPort: Invalid value: 443: spec.servingPort in body should be greater than or equal to 1024',
    zod: 'Too small: expected number to be >=1024',
  },
  {
    when: 'the mode is unknown',
    spec: { mode: 'Off' },
    says: 'spec.mode: Unsupported value: "Off": supported values: "Manage", "Observe", "Paused"',
    zod: 'Invalid option: expected one of "Manage"|"Observe"|"Paused"',
  },
  {
    when: 'the kubelet mode is unknown',
    spec: { tls: { kubelet: { mode: 'None' } } },
    says: 'spec.tls.kubelet.mode: Unsupported value: "None": supported values: "ClusterCA", "CustomCA", "Insecure"',
    zod: 'Invalid option: expected one of "ClusterCA"|"CustomCA"|"Insecure"',
  },
  {
    when: 'the date until which insecurity is accepted: a date has no such day',
    spec: { tls: { kubelet: { mode: 'Insecure', acceptInsecureUntil: '2027-06-31' } } },
    says: 'write a date such as 2027-01-31, which counts to its end in UTC, or a time such as 2027-01-31T18:00:00Z',
  },
  {
    when: 'the date until which insecurity is accepted: a date has no such month',
    spec: { tls: { kubelet: { mode: 'Insecure', acceptInsecureUntil: '2027-13-01' } } },
    says: 'write a date such as 2027-01-31, which counts to its end in UTC, or a time such as 2027-01-31T18:00:00Z',
  },
  {
    when: 'the date until which insecurity is accepted: a date is in words',
    spec: { tls: { kubelet: { mode: 'Insecure', acceptInsecureUntil: 'next year' } } },
    says: 'write a date such as 2027-01-31, which counts to its end in UTC, or a time such as 2027-01-31T18:00:00Z',
  },
  {
    when: 'the date until which insecurity is accepted: a time has no zone',
    spec: { tls: { kubelet: { mode: 'Insecure', acceptInsecureUntil: '2027-01-31T18:00:00' } } },
    says: 'write a date such as 2027-01-31, which counts to its end in UTC, or a time such as 2027-01-31T18:00:00Z',
  },
  {
    when: 'the date until which insecurity is accepted: a date is empty',
    spec: { tls: { kubelet: { mode: 'Insecure', acceptInsecureUntil: '' } } },
    says: 'write a date such as 2027-01-31, which counts to its end in UTC, or a time such as 2027-01-31T18:00:00Z',
  },
  {
    when: 'a date is given until which an insecurity is accepted that there is not',
    spec: { tls: { kubelet: { mode: 'ClusterCA', acceptInsecureUntil: '2027-01-31' } } },
    says: 'acceptInsecureUntil goes with mode: Insecure only: leave it out where the kubelets are verified',
  },
  {
    when: 'a date is given until which the default is accepted, which is secure',
    spec: { tls: { kubelet: { acceptInsecureUntil: '2027-01-31' } } },
    says: 'acceptInsecureUntil goes with mode: Insecure only: leave it out where the kubelets are verified',
  },
  {
    when: 'a share of nodes is above 100%',
    spec: { health: { minNodesScraped: '101%' } },
    says: 'minNodesScraped is a number of nodes, such as 3, or a share from 0% to 100%, such as 90%',
  },
  {
    when: 'a number of nodes is negative',
    spec: { health: { minNodesScraped: -1 } },
    says: 'minNodesScraped is a number of nodes, such as 3, or a share from 0% to 100%, such as 90%',
  },
  {
    when: 'the namespace is no name',
    spec: { namespace: 'Kube_System' },
    says: 'write the name of a namespace',
  },
  {
    when: 'a selector rule lacks its values',
    spec: { nodes: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } },
    says: 'operators In and NotIn need values; Exists and DoesNotExist take none',
  },
  {
    when: 'a request is no quantity',
    spec: { resources: { mode: 'Fixed', requests: { cpu: 'much' } } },
    says: 'write a quantity such as 100m, 0.5, 200Mi or 1Gi',
  },
];

/** Names that cannot name objects. */
export const badNames = ['1st', 'a.b', `m${'e'.repeat(40)}`];
