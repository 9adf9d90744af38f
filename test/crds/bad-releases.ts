/** Specs that a cluster of Kubernetes 1.36.3 cannot carry out, each with the whole sentence that the user reads. Tried on the pure code and on a real cluster. */
export const badReleases: { when: string; spec: object; reason: string; says: string }[] = [
  {
    when: 'the line of the release is unknown',
    spec: { version: '0.12.0' },
    reason: 'UnknownVersion',
    says: 'spec.version: this operator does not know metrics-server 0.12.0; it knows the lines 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9.',
  },
  {
    when: "the release is not made for the cluster's Kubernetes",
    spec: { version: '0.3.7' },
    reason: 'UnsupportedKubernetes',
    says: 'spec.version: metrics-server 0.3.7 is made for Kubernetes 1.8 to 1.21, and this is 1.36.3. Made for it: 0.6, 0.7, 0.8, 0.9.',
  },
  {
    when: 'the release wants to read everything',
    spec: { version: 'v0.5.2' },
    reason: 'LegacyRelease',
    says: 'spec.version: metrics-server 0.5.2 reads all ConfigMaps and Namespaces, so it is deployed only where the operator was started with LEGACY_RELEASES=true and the rights of config/rbac/legacy.yaml. Lines that need no such right: 0.6, 0.7, 0.8, 0.9.',
  },
  {
    when: 'the release cannot select nodes',
    spec: { version: '0.6.4', nodes: { selector: { matchLabels: { a: 'b' } } } },
    reason: 'UnsupportedFlag',
    says: 'spec.nodes.selector: metrics-server 0.6.4 has no flag --node-selector, which is in 0.7.0 and later. Leave the field out, or choose such a release.',
  },
  {
    when: 'the release cannot be told how long a kubelet may take',
    spec: { version: '0.6.4', kubelet: { requestTimeout: '5s' } },
    reason: 'UnsupportedFlag',
    says: 'spec.kubelet.requestTimeout: metrics-server 0.6.4 has no flag --kubelet-request-timeout, which is in 0.7.0 and later. Leave the field out, or choose such a release.',
  },
  {
    when: 'the patch refuses all flags of the log',
    spec: { version: '0.6.0', logging: { verbosity: 2 } },
    reason: 'UnsupportedFlag',
    says: 'spec.logging.verbosity: metrics-server 0.6.0 has no flag --v, which is in 0.3.3 and later except 0.6.0. Leave the field out, or choose such a release.',
  },
  {
    when: 'the release cannot log JSON',
    spec: { version: '0.6.4', logging: { format: 'json' } },
    reason: 'UnsupportedFlag',
    says: 'spec.logging.format: metrics-server 0.6.4 has no flag --logging-format, which is in 0.7.0 and later. Leave the field out, or choose such a release.',
  },
  {
    when: 'an extra flag came with a later release',
    spec: { version: '0.7.2', extraFlags: { 'max-requests-inflight': '100' } },
    reason: 'UnsupportedFlag',
    says: 'spec.extraFlags.max-requests-inflight: metrics-server 0.7.2 has no flag --max-requests-inflight, which is in 0.8.0 and later. Leave the field out, or choose such a release.',
  },
  {
    when: 'an extra flag went before the release',
    spec: { version: '0.9.0', extraFlags: { logtostderr: 'true' } },
    reason: 'UnsupportedFlag',
    says: 'spec.extraFlags.logtostderr: metrics-server 0.9.0 has no flag --logtostderr, which is in 0.3.3 until before 0.7.0 except 0.6.0. Leave the field out, or choose such a release.',
  },
];
