const extra = (extraFlags: Record<string, string>) => ({ extraFlags });

/** More specs that must be refused: flags, and the groups of fields that stand for them. */
export const badOptions: { when: string; spec: object; says: string }[] = [
  // Flags: unknown, misspelt, another field's, without effect.
  {
    when: 'a flag does not exist',
    spec: extra({ 'metrics-resolution': '15s' }),
    says: 'no release of metrics-server has a flag --metrics-resolution',
  },
  {
    when: 'a flag is written with its dashes',
    spec: extra({ '--max-requests-inflight': '100' }),
    says: 'write max-requests-inflight without the leading dashes',
  },
  {
    when: 'resolution is given as a flag',
    spec: extra({ 'metric-resolution': '15s' }),
    says: '--metric-resolution has a field of its own: set spec.resolution',
  },
  {
    when: 'the address types are given as a flag',
    spec: extra({ 'kubelet-preferred-address-types': 'InternalIP' }),
    says: 'set spec.addressPriority',
  },
  {
    when: "the kubelet's port is given as a flag",
    spec: extra({ 'kubelet-port': '10255' }),
    says: 'set spec.kubelet.port',
  },
  {
    when: "the use of the Node's port is given as a flag",
    spec: extra({ 'kubelet-use-node-status-port': 'true' }),
    says: 'set spec.kubelet.useNodeStatusPort',
  },
  {
    when: 'the timeout is given as a flag',
    spec: extra({ 'kubelet-request-timeout': '5s' }),
    says: 'set spec.kubelet.requestTimeout',
  },
  {
    when: 'verification is given up by a flag',
    spec: extra({ 'kubelet-insecure-tls': 'true' }),
    says: 'set spec.tls.kubelet.mode',
  },
  {
    when: "the kubelets' CA is given as a flag",
    spec: extra({ 'kubelet-certificate-authority': '/ca.crt' }),
    says: '--kubelet-certificate-authority cannot be set: it names a file',
  },
  {
    when: 'the nodes are selected by a flag',
    spec: extra({ 'node-selector': 'a=b' }),
    says: 'set spec.nodes.selector',
  },
  {
    when: 'the port is given as a flag, and would be none',
    spec: extra({ 'secure-port': '0' }),
    says: 'set spec.servingPort',
  },
  {
    when: 'the folder of certificates is given as a flag',
    spec: extra({ 'cert-dir': '/x' }),
    says: 'cannot be set: it',
  },
  {
    when: 'the certificate is given as a flag',
    spec: extra({ 'tls-cert-file': '/x' }),
    says: 'cannot be set: it',
  },
  {
    when: 'the TLS version is given as a flag',
    spec: extra({ 'tls-min-version': 'VersionTLS13' }),
    says: 'set spec.tls.serving.minVersion',
  },
  {
    when: 'the ciphers are given as a flag',
    spec: extra({ 'tls-cipher-suites': 'TLS_X' }),
    says: 'set spec.tls.serving.cipherSuites',
  },
  { when: 'the verbosity is given as a flag', spec: extra({ v: '4' }), says: 'set spec.logging.verbosity' },
  {
    when: 'the format of the log is given as a flag',
    spec: extra({ 'logging-format': 'json' }),
    says: 'set spec.logging.format',
  },
  {
    when: 'the audit policy is given as a flag',
    spec: extra({ 'audit-policy-file': '/x' }),
    says: 'set spec.audit.policyConfigMapRef',
  },
  {
    when: 'the audit log is given as a flag',
    spec: extra({ 'audit-log-path': '-' }),
    says: 'set spec.audit.log',
  },
  {
    when: 'a request header is given as a flag',
    spec: extra({ 'requestheader-allowed-names': 'x' }),
    says: 'set spec.requestHeader.allowedNames',
  },
  {
    when: 'the client CA is given as a flag',
    spec: extra({ 'client-ca-file': '/x' }),
    says: 'set spec.authentication.clientCAConfigMapRef',
  },
  {
    when: 'authentication is given as a flag',
    spec: extra({ 'authentication-skip-lookup': 'true' }),
    says: 'set spec.authentication.skipLookup',
  },
  {
    when: 'a flag has no effect',
    spec: extra({ profiling: 'false' }),
    says: '--profiling cannot be set: metrics-server takes it and ignores it',
  },
  {
    when: 'another flag has no effect',
    spec: extra({ 'contention-profiling': 'true' }),
    says: '--contention-profiling cannot be set: metrics-server takes it and ignores it',
  },
  {
    when: 'a feature flag has no effect',
    spec: extra({ 'enable-priority-and-fairness': 'false' }),
    says: 'takes it and ignores it',
  },
  {
    when: 'a flag stops every start',
    spec: extra({ 'feature-gates': 'A=true' }),
    says: '--feature-gates cannot be set: any value stops metrics-server at start',
  },
  {
    when: 'kubelets are to be asked in plain text',
    spec: extra({ 'deprecated-kubelet-completely-insecure': 'true' }),
    says: 'write tls.kubelet.mode: Insecure instead',
  },
  {
    when: 'a flag is for outside the cluster',
    spec: extra({ kubeconfig: '/x' }),
    says: '--kubeconfig cannot be set: it is for running outside the cluster',
  },
  {
    when: 'a flag would end the pod',
    spec: extra({ version: 'true' }),
    says: 'it prints the version and ends',
  },
  {
    when: 'a flag names files that the pod does not have',
    spec: extra({ 'tls-sni-cert-key': 'a,b' }),
    says: 'which the pod does not have',
  },
  {
    when: 'a flag would break the probes',
    spec: extra({ 'authorization-always-allow-paths': '/metrics' }),
    says: 'must keep /healthz,/livez,/readyz',
  },
  {
    when: 'the server would listen to nobody',
    spec: extra({ 'bind-address': '127.0.0.1' }),
    says: 'must not be a loopback address',
  },
  // Flags: values of the wrong type.
  {
    when: 'a number is none',
    spec: extra({ 'max-requests-inflight': 'many' }),
    says: '--max-requests-inflight takes a whole number',
  },
  {
    when: 'a whole number is none',
    spec: extra({ 'max-requests-inflight': '1.5' }),
    says: '--max-requests-inflight takes a whole number',
  },
  {
    when: 'a share is none',
    spec: extra({ 'goaway-chance': '1/50' }),
    says: '--goaway-chance takes a number such as 0.5',
  },
  {
    when: 'a switch is neither true nor false',
    spec: extra({ 'permit-port-sharing': 'yes' }),
    says: '--permit-port-sharing takes true or false',
  },
  {
    when: 'a duration has no unit',
    spec: extra({ 'request-timeout': '60' }),
    says: '--request-timeout takes a duration such as 90s or 1m30s',
  },
  {
    when: 'an address is none',
    spec: extra({ 'bind-address': 'all' }),
    says: '--bind-address takes an IP address',
  },
  {
    when: 'curves are given by name',
    spec: extra({ 'tls-curve-preferences': 'X25519' }),
    says: '--tls-curve-preferences takes whole numbers',
  },
  {
    when: 'a flag is alpha and its feature gate cannot be opened',
    spec: extra({ 'log-json-split-stream': 'true' }),
    says: '--log-json-split-stream cannot be set: it is alpha, and metrics-server does not start with it: its feature gate cannot be opened',
  },
  {
    when: 'a severity is none',
    spec: extra({ stderrthreshold: 'LOUD' }),
    says: '--stderrthreshold takes INFO, WARNING, ERROR or FATAL',
  },
  {
    when: 'levels are given without a number',
    spec: extra({ vmodule: 'scraper' }),
    says: '--vmodule takes levels per file',
  },
  {
    when: 'a rotation is set for what goes to standard output',
    spec: extra({ 'audit-log-maxage': '7' }),
    says: '--audit-log-maxage cannot be set: the audit log goes to standard output',
  },
  {
    when: 'a flag tunes an audit log that there is not',
    spec: extra({ 'audit-webhook-batch-max-size': '10' }),
    says: 'extraFlags that begin with audit- need spec.audit',
  },
  {
    when: 'request headers are set without the CA of who sends them',
    spec: { requestHeader: { allowedNames: ['front-proxy-client'] } },
    says: 'requestHeader needs clientCAConfigMapRef',
  },
  {
    when: 'nobody would be recognised',
    spec: { authentication: { skipLookup: true } },
    says: 'authentication.skipLookup needs requestHeader.clientCAConfigMapRef',
  },
  {
    when: "the kubelet's port is taken on the network of the node",
    spec: { scheduling: { hostNetwork: true }, servingPort: 10250 },
    says: "servingPort 10250 is the kubelet's on the network of the node",
  },
  {
    when: 'names are to be resolved by nobody',
    spec: { scheduling: { dnsPolicy: 'None' } },
    says: 'dnsPolicy None needs dnsConfig.nameservers',
  },
  {
    when: 'a port of the NetworkPolicy is none',
    spec: { networkPolicy: { enabled: true, egressPorts: [0] } },
    says: 'egressPorts',
  },
  {
    when: 'levels per file are asked of a JSON log',
    spec: { logging: { format: 'json' }, ...extra({ vmodule: 'scraper=5' }) },
    says: 'extraFlags.vmodule needs logging.format: text',
  },
  {
    when: 'a number is negative',
    spec: extra({ 'max-requests-inflight': '-1' }),
    says: '--max-requests-inflight takes a whole number',
  },
  {
    when: 'an address has a number that is none',
    spec: extra({ 'bind-address': '999.1.1.1' }),
    says: '--bind-address takes an IP address',
  },
  {
    when: 'too many connections are to be closed',
    spec: extra({ 'goaway-chance': '0.5' }),
    says: '--goaway-chance must be 0 to 0.02',
  },
  {
    when: 'requests are given, and left to somebody else',
    spec: { resources: { mode: 'External', requests: { cpu: '1' } } },
    says: 'resources.requests and limits need mode: Fixed',
  },
  {
    when: 'memory is to be limited by itself where everything is given',
    spec: { resources: { requests: { cpu: '1' }, limitMemory: true } },
    says: 'resources.limitMemory needs mode: Auto',
  },
  {
    when: 'everybody could read all metrics',
    spec: extra({ 'authorization-always-allow-paths': '/healthz,/livez,/readyz,/*' }),
    says: 'must not open the metrics of all namespaces to everybody',
  },
  {
    when: 'a variable is named twice',
    spec: {
      pod: {
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
    },
    says: 'name each environment variable once',
  },
  // The typed groups.
  { when: 'the verbosity is too high', spec: { logging: { verbosity: 11 } }, says: '10' },
  { when: 'the format of the log is unknown', spec: { logging: { format: 'xml' } }, says: 'json' },
  {
    when: 'the audit log goes nowhere',
    spec: { audit: { policyConfigMapRef: { name: 'p' } } },
    says: 'say where the audit log goes',
  },
  { when: 'there is no audit policy', spec: { audit: { log: {} } }, says: 'policyConfigMapRef' },
  {
    when: 'the audit policy is no name',
    spec: { audit: { policyConfigMapRef: { name: 'P_1' }, log: {} } },
    says: 'write the name of a ConfigMap',
  },
  {
    when: 'a key is a path',
    spec: { audit: { policyConfigMapRef: { name: 'p', key: 'a/b' }, log: {} } },
    says: 'write a key of the object',
  },
  {
    when: "the receiver's Secret has no name",
    spec: { audit: { policyConfigMapRef: { name: 'p' }, webhook: { configSecretRef: { name: '' } } } },
    says: 'write the name of a Secret',
  },
  {
    when: 'a header is none',
    spec: { requestHeader: { clientCAConfigMapRef: { name: 'ca' }, usernameHeaders: ['X Remote User'] } },
    says: 'write names of HTTP headers',
  },
  {
    when: 'there is no group header',
    spec: { requestHeader: { clientCAConfigMapRef: { name: 'ca' }, groupHeaders: [] } },
    says: 'groupHeaders',
  },
  {
    when: 'how long tokens are remembered is no duration',
    spec: { authentication: { tokenCacheTTL: 'never' } },
    says: 'write a duration',
  },
  {
    when: 'the TLS version is written otherwise',
    spec: { tls: { serving: { minVersion: '1.2' } } },
    says: 'VersionTLS12',
  },
  {
    when: 'a cipher suite is none',
    spec: { tls: { serving: { cipherSuites: ['AES128'] } } },
    says: 'write the name of a cipher suite',
  },
  {
    when: 'a toleration has an unknown effect',
    spec: { scheduling: { tolerations: [{ key: 'a', effect: 'Never' }] } },
    says: 'NoSchedule',
  },
  { when: 'the DNS policy is unknown', spec: { scheduling: { dnsPolicy: 'Cluster' } }, says: 'ClusterFirst' },
  {
    when: 'the priority class is no name',
    spec: { scheduling: { priorityClassName: 'Very High' } },
    says: 'write the name of a PriorityClass',
  },
  {
    when: 'a preference weighs nothing',
    spec: {
      scheduling: {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 0, podAffinityTerm: { topologyKey: 'a' } },
            ],
          },
        },
      },
    },
    says: 'weight',
  },
  {
    when: 'a spread allows no difference',
    spec: {
      scheduling: {
        topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
      },
    },
    says: 'maxSkew',
  },
  { when: 'the port of the Service is none', spec: { service: { port: 70000 } }, says: '65535' },
  {
    when: 'the family policy is unknown',
    spec: { service: { ipFamilyPolicy: 'Both' } },
    says: 'PreferDualStack',
  },
  {
    when: "a label is the operator's",
    spec: { service: { labels: { 'k8s-app': 'x' } } },
    says: 'are set by the operator',
  },
  {
    when: "a label is Argo CD's",
    spec: { pod: { labels: { 'app.kubernetes.io/instance': 'x' } } },
    says: 'Argo CD would prune it',
  },
  {
    when: "an annotation is Argo CD's",
    spec: { pod: { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } } },
    says: 'Argo CD would prune it',
  },
  {
    when: "a label's key is none",
    spec: { pod: { labels: { 'a b': 'x' } } },
    says: 'write keys such as team',
  },
  { when: "a label's value is none", spec: { pod: { labels: { a: 'b c' } } }, says: 'write a label value' },
  { when: 'the user is root', spec: { pod: { securityContext: { runAsUser: 0 } } }, says: 'runAsUser' },
  {
    when: "a variable's name is none",
    spec: { pod: { env: [{ name: '1A', value: 'x' }] } },
    says: 'write the name of an environment variable',
  },
  {
    when: 'a range of addresses is a single one',
    spec: { networkPolicy: { enabled: true, from: ['10.0.0.1'] } },
    says: 'write a range of addresses',
  },
  {
    when: 'there are addresses without a policy',
    spec: { networkPolicy: { enabled: false, from: ['10.0.0.0/8'] } },
    says: 'from and egressPorts need enabled: true',
  },
  { when: 'the deletion policy is unknown', spec: { deletionPolicy: 'Keep' }, says: 'Orphan' },
  {
    when: 'what happens on failure is unknown',
    spec: { upgrade: { onFailure: 'Ignore' } },
    says: 'Rollback',
  },
  { when: 'adoption is unknown', spec: { adoption: 'Always' }, says: 'IfExists' },
  { when: 'adoption is yes or no', spec: { adoption: true }, says: 'adoption' },
];
