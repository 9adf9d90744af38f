import type { BadSpec } from './bad-input.ts';

const extra = (extraFlags: Record<string, string>) => ({ extraFlags });

/** More specs that must be refused: flags, and the groups of fields that stand for them. */
export const badOptions: BadSpec[] = [
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
    says: '--kubelet-preferred-address-types has a field of its own: set spec.addressPriority',
  },
  {
    when: "the kubelet's port is given as a flag",
    spec: extra({ 'kubelet-port': '10255' }),
    says: '--kubelet-port has a field of its own: set spec.kubelet.port',
  },
  {
    when: "the use of the Node's port is given as a flag",
    spec: extra({ 'kubelet-use-node-status-port': 'true' }),
    says: '--kubelet-use-node-status-port has a field of its own: set spec.kubelet.useNodeStatusPort',
  },
  {
    when: 'the timeout is given as a flag',
    spec: extra({ 'kubelet-request-timeout': '5s' }),
    says: '--kubelet-request-timeout has a field of its own: set spec.kubelet.requestTimeout',
  },
  {
    when: 'verification is given up by a flag',
    spec: extra({ 'kubelet-insecure-tls': 'true' }),
    says: '--kubelet-insecure-tls has a field of its own: set spec.tls.kubelet.mode',
  },
  {
    when: "the kubelets' CA is given as a flag",
    spec: extra({ 'kubelet-certificate-authority': '/ca.crt' }),
    says: '--kubelet-certificate-authority has a field of its own: set spec.tls.kubelet.caBundleRef',
  },
  {
    when: 'the nodes are selected by a flag',
    spec: extra({ 'node-selector': 'a=b' }),
    says: '--node-selector has a field of its own: set spec.nodes.selector',
  },
  {
    when: 'the port is given as a flag, and would be none',
    spec: extra({ 'secure-port': '0' }),
    says: '--secure-port has a field of its own: set spec.servingPort',
  },
  {
    when: 'the folder of certificates is given as a flag',
    spec: extra({ 'cert-dir': '/x' }),
    says: '--cert-dir cannot be set: it is always /tmp, the one folder that can be written',
  },
  {
    when: 'the certificate is given as a flag',
    spec: extra({ 'tls-cert-file': '/x' }),
    says: '--tls-cert-file cannot be set: it names a file, which the pod does not have',
  },
  {
    when: 'the TLS version is given as a flag',
    spec: extra({ 'tls-min-version': 'VersionTLS13' }),
    says: '--tls-min-version has a field of its own: set spec.tls.serving.minVersion',
  },
  {
    when: 'the ciphers are given as a flag',
    spec: extra({ 'tls-cipher-suites': 'TLS_X' }),
    says: '--tls-cipher-suites has a field of its own: set spec.tls.serving.cipherSuites',
  },
  {
    when: 'the verbosity is given as a flag',
    spec: extra({ v: '4' }),
    says: '--v has a field of its own: set spec.logging.verbosity',
  },
  {
    when: 'the format of the log is given as a flag',
    spec: extra({ 'logging-format': 'json' }),
    says: '--logging-format has a field of its own: set spec.logging.format',
  },
  {
    when: 'the audit policy is given as a flag',
    spec: extra({ 'audit-policy-file': '/x' }),
    says: '--audit-policy-file has a field of its own: set spec.audit.policyConfigMapRef',
  },
  {
    when: 'the audit log is given as a flag',
    spec: extra({ 'audit-log-path': '-' }),
    says: '--audit-log-path has a field of its own: set spec.audit.log',
  },
  {
    when: 'a request header is given as a flag',
    spec: extra({ 'requestheader-allowed-names': 'x' }),
    says: '--requestheader-allowed-names has a field of its own: set spec.requestHeader.allowedNames',
  },
  {
    when: 'the client CA is given as a flag',
    spec: extra({ 'client-ca-file': '/x' }),
    says: '--client-ca-file has a field of its own: set spec.authentication.clientCAConfigMapRef',
  },
  {
    when: 'authentication is given as a flag',
    spec: extra({ 'authentication-skip-lookup': 'true' }),
    says: '--authentication-skip-lookup has a field of its own: set spec.authentication.skipLookup',
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
    says: '--enable-priority-and-fairness cannot be set: metrics-server takes it and ignores it',
  },
  {
    when: 'a flag stops every start',
    spec: extra({ 'feature-gates': 'A=true' }),
    says: '--feature-gates cannot be set: any value stops metrics-server at start',
  },
  {
    when: 'kubelets are to be asked in plain text',
    spec: extra({ 'deprecated-kubelet-completely-insecure': 'true' }),
    says: '--deprecated-kubelet-completely-insecure cannot be set: it asks the kubelets in plain text; write tls.kubelet.mode: Insecure instead',
  },
  {
    when: 'a flag is for outside the cluster',
    spec: extra({ kubeconfig: '/x' }),
    says: '--kubeconfig cannot be set: it is for running outside the cluster; the pod uses its ServiceAccount',
  },
  {
    when: 'a flag would end the pod',
    spec: extra({ version: 'true' }),
    says: '--version cannot be set: it prints the version and ends, so that the pod would crash again and again',
  },
  {
    when: 'a flag names files that the pod does not have',
    spec: extra({ 'tls-sni-cert-key': 'a,b' }),
    says: '--tls-sni-cert-key cannot be set: it names a file, which the pod does not have',
  },
  {
    when: 'a flag would break the probes',
    spec: extra({ 'authorization-always-allow-paths': '/metrics' }),
    says: "--authorization-always-allow-paths must keep /healthz,/livez,/readyz beside what you add, or the kubelet's probes are refused",
  },
  {
    when: 'the server would listen to nobody',
    spec: extra({ 'bind-address': '127.0.0.1' }),
    says: '--bind-address must not be a loopback address: neither the API server nor the probes could reach metrics-server',
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
    says: '--tls-curve-preferences takes whole numbers with commas between them',
  },
  {
    when: 'a curve is none that Go knows',
    spec: extra({ 'tls-curve-preferences': '29,99999' }),
    says: '--tls-curve-preferences takes numbers of curves that Go knows (23, 24, 25, 29, 4588), with commas between them',
  },
  {
    when: 'an address has too many colons',
    spec: extra({ 'bind-address': '::::' }),
    says: '--bind-address takes an IP address',
  },
  {
    when: 'the audit log is to be written in a way that does not exist',
    spec: extra({ 'audit-log-mode': 'async' }),
    says: '--audit-log-mode takes batch, blocking or blocking-strict',
  },
  {
    when: 'the audit log is to have a version that does not exist',
    spec: extra({ 'audit-log-version': 'audit.k8s.io/v2' }),
    says: '--audit-log-version takes audit.k8s.io/v1',
  },
  {
    when: 'a path has an asterisk in its middle',
    spec: extra({ 'authorization-always-allow-paths': '/healthz,/livez,/readyz,/m*x' }),
    says: '--authorization-always-allow-paths takes paths with commas between them, and an asterisk only at the end of a path',
  },
  {
    when: 'an origin is no regular expression',
    spec: extra({ 'cors-allowed-origins': 'https://(example' }),
    says: '--cors-allowed-origins takes regular expressions made of letters, digits, / : - _ ^ $ and .*, with commas between them',
  },
  {
    when: 'a directive for browsers does not exist',
    spec: extra({ 'strict-transport-security-directives': 'max-age=1,nonsense' }),
    says: '--strict-transport-security-directives takes max-age=SECONDS, includeSubDomains and preload, with commas between them',
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
    says: '--vmodule takes levels per file such as scraper=5,storage=4',
  },
  {
    when: 'a rotation is set for what goes to standard output',
    spec: extra({ 'audit-log-maxage': '7' }),
    says: '--audit-log-maxage cannot be set: the audit log goes to standard output, where nothing is rotated',
  },
  {
    when: 'a flag tunes an audit log that there is not',
    spec: extra({ 'audit-webhook-batch-max-size': '10' }),
    says: 'extraFlags that begin with audit- need spec.audit: without a policy nothing is audited',
  },
  {
    when: 'request headers are set without the CA of who sends them',
    spec: { requestHeader: { allowedNames: ['front-proxy-client'] } },
    says: "requestHeader needs clientCAConfigMapRef: without it metrics-server takes the cluster's own settings and ignores these",
  },
  {
    when: 'nobody would be recognised',
    spec: { authentication: { skipLookup: true } },
    says: 'authentication.skipLookup needs requestHeader.clientCAConfigMapRef: otherwise nobody who comes through the API server is recognised',
  },
  {
    when: "the kubelet's port is taken on the network of the node",
    spec: { scheduling: { hostNetwork: true }, servingPort: 10250 },
    says: "servingPort 10250 is the kubelet's on the network of the node: choose another one, or leave it out for 10251",
  },
  {
    when: 'names are to be resolved by nobody',
    spec: { scheduling: { dnsPolicy: 'None' } },
    says: 'dnsPolicy None needs dnsConfig.nameservers',
  },
  {
    when: 'a port of the NetworkPolicy is none',
    spec: { networkPolicy: { enabled: true, egressPorts: [0] } },
    says: 'spec.networkPolicy.egressPorts[0]: Invalid value: 0: spec.networkPolicy.egressPorts[0] in body should be greater than or equal to 1',
    zod: 'egressPorts',
  },
  {
    when: 'levels per file are asked of a JSON log',
    spec: { logging: { format: 'json' }, ...extra({ vmodule: 'scraper=5' }) },
    says: 'extraFlags.vmodule needs logging.format: text, or metrics-server does not start: leave one of them out',
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
    says: '--goaway-chance must be 0 to 0.02, or metrics-server does not start',
  },
  {
    when: 'requests are given, and left to somebody else',
    spec: { resources: { mode: 'External', requests: { cpu: '1' } } },
    says: 'resources.requests and limits need mode: Fixed; in the other modes they are not ours to choose',
  },
  {
    when: 'memory is to be limited by itself where everything is given',
    spec: { resources: { requests: { cpu: '1' }, limitMemory: true } },
    says: 'resources.limitMemory needs mode: Auto; with Fixed write limits.memory',
  },
  {
    when: 'everybody could read all metrics',
    spec: extra({ 'authorization-always-allow-paths': '/healthz,/livez,/readyz,/*' }),
    says: '--authorization-always-allow-paths must not open the metrics of all namespaces to everybody: name single paths such as /metrics',
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
  {
    when: 'the verbosity is too high',
    spec: { logging: { verbosity: 11 } },
    says: 'spec.logging.verbosity: Invalid value: 11: spec.logging.verbosity in body should be less than or equal to 10',
    zod: 'Too big: expected number to be <=10',
  },
  {
    when: 'the format of the log is unknown',
    spec: { logging: { format: 'xml' } },
    says: 'spec.logging.format: Unsupported value: "xml": supported values: "text", "json"',
    zod: 'Invalid option: expected one of "text"|"json"',
  },
  {
    when: 'the audit log goes nowhere',
    spec: { audit: { policyConfigMapRef: { name: 'p' } } },
    says: 'say where the audit log goes: audit.log: {} for standard output, or audit.webhook',
  },
  {
    when: 'there is no audit policy',
    spec: { audit: { log: {} } },
    says: 'spec.audit.policyConfigMapRef: Required value',
    zod: 'policyConfigMapRef',
  },
  {
    when: 'the audit policy is no name',
    spec: { audit: { policyConfigMapRef: { name: 'P_1' }, log: {} } },
    says: 'write the name of a ConfigMap',
  },
  {
    when: 'a key is a path',
    spec: { audit: { policyConfigMapRef: { name: 'p', key: 'a/b' }, log: {} } },
    says: 'write a key of the object: letters, digits, dashes, underscores and dots',
  },
  {
    when: "the receiver's Secret has no name",
    spec: { audit: { policyConfigMapRef: { name: 'p' }, webhook: { configSecretRef: { name: '' } } } },
    says: 'write the name of a Secret',
  },
  {
    when: 'a header is none',
    spec: { requestHeader: { clientCAConfigMapRef: { name: 'ca' }, usernameHeaders: ['X Remote User'] } },
    says: 'write names of HTTP headers such as X-Remote-User',
  },
  {
    when: 'there is no group header',
    spec: { requestHeader: { clientCAConfigMapRef: { name: 'ca' }, groupHeaders: [] } },
    says: 'spec.requestHeader.groupHeaders: Invalid value: 0: spec.requestHeader.groupHeaders in body should have at least 1 items',
    zod: 'groupHeaders',
  },
  {
    when: 'how long tokens are remembered is no duration',
    spec: { authentication: { tokenCacheTTL: 'never' } },
    says: 'write a duration with a unit behind every number, such as 15s, 90s or 1m30s',
  },
  {
    when: 'the TLS version is written otherwise',
    spec: { tls: { serving: { minVersion: '1.2' } } },
    says: 'spec.tls.serving.minVersion: Unsupported value: "1.2": supported values: "VersionTLS12", "VersionTLS13"',
    zod: 'Invalid option: expected one of "VersionTLS12"|"VersionTLS13"',
  },
  {
    when: 'the mode of the certificate is unknown',
    spec: { tls: { serving: { mode: 'Vault' } } },
    says: 'spec.tls.serving.mode: Unsupported value: "Vault": supported values: "Managed", "Secret", "CertManager", "SelfSigned"',
    zod: 'Invalid option: expected one of "Managed"|"Secret"|"CertManager"|"SelfSigned"',
  },
  {
    when: 'the Secret with the certificate is not named',
    spec: { tls: { serving: { mode: 'Secret' } } },
    says: 'mode: Secret and secretRef go together: secretRef.name is the Secret with the certificate',
  },
  {
    when: 'a Secret with a certificate is named, and the mode is not said',
    spec: { tls: { serving: { secretRef: { name: 'mine' } } } },
    says: 'mode: Secret and secretRef go together: secretRef.name is the Secret with the certificate',
  },
  {
    when: 'an issuer is named for a certificate of the operator',
    spec: { tls: { serving: { mode: 'Managed', issuerRef: { name: 'mine' } } } },
    says: 'issuerRef needs mode: CertManager',
  },
  {
    when: 'a CA is named for a certificate of the operator',
    spec: { tls: { serving: { caBundleRef: { name: 'ca' } } } },
    says: 'caBundleRef needs mode: Secret or CertManager; with Managed the operator keeps the CA itself',
  },
  {
    when: 'a CA is in an object of another kind',
    spec: { tls: { serving: { mode: 'CertManager', caBundleRef: { kind: 'Pod', name: 'ca' } } } },
    says: 'spec.tls.serving.caBundleRef.kind: Unsupported value: "Pod": supported values: "ConfigMap", "Secret"',
    zod: 'Invalid option: expected one of "ConfigMap"|"Secret"',
  },
  {
    when: 'a cipher suite is none',
    spec: { tls: { serving: { cipherSuites: ['AES128'] } } },
    says: 'spec.tls.serving.cipherSuites[0]: Unsupported value: "AES128": supported values: "TLS_AES_128_GCM_SHA256"',
    zod: 'tls.serving.cipherSuites.0: Invalid option',
  },
  {
    when: 'a toleration has an unknown effect',
    spec: { scheduling: { tolerations: [{ key: 'a', effect: 'Never' }] } },
    says: 'spec.scheduling.tolerations[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    zod: 'Invalid option: expected one of "NoSchedule"|"PreferNoSchedule"|"NoExecute"',
  },
  {
    when: 'the DNS policy is unknown',
    spec: { scheduling: { dnsPolicy: 'Cluster' } },
    says: 'spec.scheduling.dnsPolicy: Unsupported value: "Cluster": supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"',
    zod: 'Invalid option: expected one of "ClusterFirst"|"ClusterFirstWithHostNet"|"Default"|"None"',
  },
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
    says: 'spec.scheduling.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: spec.scheduling.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight in body should be greater than or equal to 1',
    zod: 'weight',
  },
  {
    when: 'a spread allows no difference',
    spec: {
      scheduling: {
        topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
      },
    },
    says: 'spec.scheduling.topologySpreadConstraints[0].maxSkew: Invalid value: 0: spec.scheduling.topologySpreadConstraints[0].maxSkew in body should be greater than or equal to 1',
    zod: 'maxSkew',
  },
  {
    when: 'the port of the Service is none',
    spec: { service: { port: 70000 } },
    says: 'spec.service.port: Invalid value: 70000: spec.service.port in body should be less than or equal to 65535',
    zod: 'Too big: expected number to be <=65535',
  },
  {
    when: 'the family policy is unknown',
    spec: { service: { ipFamilyPolicy: 'Both' } },
    says: 'spec.service.ipFamilyPolicy: Unsupported value: "Both": supported values: "SingleStack", "PreferDualStack", "RequireDualStack"',
    zod: 'Invalid option: expected one of "SingleStack"|"PreferDualStack"|"RequireDualStack"',
  },
  {
    when: "a label is the operator's",
    spec: { service: { labels: { 'k8s-app': 'x' } } },
    says: 'k8s-app, metrics-server.io/... and app.kubernetes.io/name, managed-by and version are set by the operator; choose other keys',
  },
  {
    when: "a label is Argo CD's",
    spec: { pod: { labels: { 'app.kubernetes.io/instance': 'x' } } },
    says: 'app.kubernetes.io/instance and argocd.argoproj.io/... mark what Argo CD applies itself; on an object of the operator Argo CD would prune it',
  },
  {
    when: "an annotation is Argo CD's",
    spec: { pod: { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } } },
    says: 'app.kubernetes.io/instance and argocd.argoproj.io/... mark what Argo CD applies itself; on an object of the operator Argo CD would prune it',
  },
  {
    when: "a label's key is none",
    spec: { pod: { labels: { 'a b': 'x' } } },
    says: 'write keys such as team or example.com/team',
  },
  {
    when: "a label's value is none",
    spec: { pod: { labels: { a: 'b c' } } },
    says: 'write a label value: letters, digits, - _ and ., 63 at most',
  },
  {
    when: 'the user is root',
    spec: { pod: { securityContext: { runAsUser: 0 } } },
    says: 'spec.pod.securityContext.runAsUser: Invalid value: 0: spec.pod.securityContext.runAsUser in body should be greater than or equal to 1',
    zod: 'runAsUser',
  },
  {
    when: "a variable's name is none",
    spec: { pod: { env: [{ name: '1A', value: 'x' }] } },
    says: 'write the name of an environment variable, such as GOGC',
  },
  {
    when: 'a range of addresses is a single one',
    spec: { networkPolicy: { enabled: true, from: ['10.0.0.1'] } },
    says: 'write a range of addresses such as 10.0.0.0/16',
  },
  {
    when: 'a range has no such address',
    spec: { networkPolicy: { enabled: true, from: ['999.0.0.1/99'] } },
    says: 'write a range of addresses such as 10.0.0.0/16',
  },
  {
    when: 'a range of IPv6 is too long',
    spec: { networkPolicy: { enabled: true, from: ['fd00::/129'] } },
    says: 'write a range of addresses such as 10.0.0.0/16',
  },
  {
    when: 'there are addresses without a policy',
    spec: { networkPolicy: { enabled: false, from: ['10.0.0.0/8'] } },
    says: 'from and egressPorts need enabled: true',
  },
  {
    when: 'the deletion policy is unknown',
    spec: { deletionPolicy: 'Keep' },
    says: 'spec.deletionPolicy: Unsupported value: "Keep": supported values: "Delete", "Orphan"',
    zod: 'Invalid option: expected one of "Delete"|"Orphan"',
  },
  {
    when: 'what happens on failure is unknown',
    spec: { upgrade: { onFailure: 'Ignore' } },
    says: 'spec.upgrade.onFailure: Unsupported value: "Ignore": supported values: "Rollback", "Report"',
    zod: 'Invalid option: expected one of "Rollback"|"Report"',
  },
  {
    when: 'adoption is unknown',
    spec: { adoption: 'Always' },
    says: 'spec.adoption: Unsupported value: "Always": supported values: "Never", "IfExists"',
    zod: 'Invalid option: expected one of "Never"|"IfExists"',
  },
  {
    when: 'adoption is yes or no',
    spec: { adoption: true },
    says: 'spec.adoption: Invalid value: "boolean": spec.adoption in body must be of type string: "boolean"',
    zod: 'adoption',
  },
  {
    when: 'a toleration that takes every value names one',
    spec: { scheduling: { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] } },
    says: 'operator Exists takes no value',
  },
  {
    when: 'the pods are to run on Windows',
    spec: { scheduling: { nodeSelector: { 'kubernetes.io/os': 'windows' } } },
    says: 'nodeSelector: kubernetes.io/os is always linux, for there is no other metrics-server',
  },
  {
    when: 'resources are fixed to nothing',
    spec: { resources: { mode: 'Fixed' } },
    says: 'mode Fixed needs requests or limits; leave the mode out for Auto',
  },
  {
    when: 'the log is to be written every moment',
    spec: extra({ 'log-flush-frequency': '0s' }),
    says: '--log-flush-frequency takes a duration longer than 0',
  },
];
