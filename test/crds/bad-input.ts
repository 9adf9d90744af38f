/** Specs that must be refused, each with a part of the sentence that the user reads. Tried on zod and on a real API server. */
export const badSpecs: { when: string; spec: object; says: string }[] = [
  { when: 'resolution is too short', spec: { resolution: '5s' }, says: 'resolution must be at least 10s' },
  { when: 'resolution is too long', spec: { resolution: '600h' }, says: 'at most 1h' },
  {
    when: 'resolution is beyond all bounds',
    spec: { resolution: '99999999999h' },
    says: 'write a duration with a unit',
  },
  {
    when: 'a label key of the node selector is none',
    spec: { nodes: { selector: { matchLabels: { 'a b,c': 'x' } } } },
    says: 'label keys',
  },
  {
    when: 'resolution is no duration',
    spec: { resolution: 'abc' },
    says: 'write a duration with a unit behind every number',
  },
  {
    when: 'resolution ends without a unit',
    spec: { resolution: '1h30' },
    says: 'write a duration with a unit behind every number',
  },
  {
    when: 'resolution is negative',
    spec: { resolution: '-15s' },
    says: 'write a duration with a unit behind every number',
  },
  {
    when: 'the kubelet timeout is longer than 0.9 x resolution',
    spec: { resolution: '11s', kubelet: { requestTimeout: '10s' } },
    says: 'kubelet.requestTimeout must be at most 0.9 x resolution',
  },
  {
    when: 'the kubelet timeout is a millisecond too long',
    spec: { resolution: '10s', kubelet: { requestTimeout: '9001ms' } },
    says: 'kubelet.requestTimeout must be at most 0.9 x resolution',
  },
  {
    when: 'the kubelet timeout is no duration',
    spec: { kubelet: { requestTimeout: '10' } },
    says: 'write a duration',
  },
  {
    when: 'the kubelet timeout is zero',
    spec: { kubelet: { requestTimeout: '0s' } },
    says: 'requestTimeout must be longer than 0',
  },
  { when: 'an address type is unknown', spec: { addressPriority: ['InternalIp'] }, says: 'InternalIP' },
  {
    when: 'an address type is named twice',
    spec: { addressPriority: ['InternalIP', 'Hostname', 'InternalIP'] },
    says: 'name each address type once',
  },
  { when: 'no address type is named', spec: { addressPriority: [] }, says: 'name at least one address type' },
  {
    when: 'there are no replicas',
    spec: { availability: { replicas: 0 } },
    says: 'replicas must be 1 to 10',
  },
  {
    when: 'there are 1000 replicas',
    spec: { availability: { replicas: 1000 } },
    says: 'replicas must be 1 to 10',
  },
  {
    when: 'the repository has a tag',
    spec: { image: { repository: 'registry.k8s.io/metrics-server/metrics-server:v0.9.0' } },
    says: 'no tag (it goes to image.tag)',
  },
  {
    when: 'the repository has a digest',
    spec: { image: { repository: `registry.k8s.io/metrics-server@sha256:${'a'.repeat(64)}` } },
    says: 'no digest (it goes to image.digest)',
  },
  {
    when: 'a mirror has a scheme',
    spec: { image: { mirrors: ['https://mirror.example.com/metrics-server'] } },
    says: 'no https://',
  },
  {
    when: 'the digest is malformed',
    spec: { image: { digest: 'sha256:123' } },
    says: 'write sha256: and 64',
  },
  { when: 'the tag has a colon', spec: { image: { tag: ':v0.9.0' } }, says: 'write a tag such as v0.9.0' },
  {
    when: 'the version is no version',
    spec: { version: 'latest' },
    says: 'write a release of metrics-server',
  },
  {
    when: "a port is given beside the one of the Node's status",
    spec: { kubelet: { port: 10255 } },
    says: 'port needs useNodeStatusPort: false',
  },
  { when: 'the serving port is privileged', spec: { servingPort: 443 }, says: '1024' },
  { when: 'the mode is unknown', spec: { mode: 'Off' }, says: 'Manage' },
  { when: 'the kubelet mode is unknown', spec: { tls: { kubelet: { mode: 'None' } } }, says: 'ClusterCA' },
  {
    when: 'a share of nodes is above 100%',
    spec: { health: { minNodesScraped: '101%' } },
    says: 'or a share from 0% to 100%',
  },
  {
    when: 'a number of nodes is negative',
    spec: { health: { minNodesScraped: -1 } },
    says: 'minNodesScraped is a number of nodes',
  },
  {
    when: 'the namespace is no name',
    spec: { namespace: 'Kube_System' },
    says: 'write the name of a namespace',
  },
  {
    when: 'a selector rule lacks its values',
    spec: { nodes: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } },
    says: 'operators In and NotIn need values',
  },
  {
    when: 'a request is no quantity',
    spec: { resources: { mode: 'Fixed', requests: { cpu: 'much' } } },
    says: 'write a quantity such as 100m',
  },
];

/** Names that cannot name objects. */
export const badNames = ['1st', 'a.b', `m${'e'.repeat(40)}`];
