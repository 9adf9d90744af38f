/** Every field that stands for a flag. */
export const everyFlagField = {
  resolution: '1m30s',
  addressPriority: ['Hostname', 'InternalIP'],
  nodes: {
    selector: {
      matchLabels: { tier: 'a' },
      matchExpressions: [
        { key: 'zone', operator: 'NotIn', values: ['x', 'y'] },
        { key: 'virtual', operator: 'DoesNotExist' },
      ],
    },
  },
  kubelet: { useNodeStatusPort: false, port: 10255, requestTimeout: '20s' },
  tls: {
    kubelet: { mode: 'Insecure', clientCertificateSecretRef: { name: 'kubelet-client' } },
    serving: {
      mode: 'SelfSigned',
      minVersion: 'VersionTLS12',
      cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    },
  },
  servingPort: 4443,
  logging: { verbosity: 2, format: 'json' },
  audit: {
    policyConfigMapRef: { name: 'audit-policy' },
    log: { format: 'legacy' },
    webhook: { configSecretRef: { name: 'audit-receiver', key: 'config' }, mode: 'blocking' },
  },
  requestHeader: {
    clientCAConfigMapRef: { name: 'front-proxy-ca' },
    allowedNames: ['front-proxy-client'],
    usernameHeaders: ['X-Remote-User'],
    groupHeaders: ['X-Remote-Group'],
    extraHeadersPrefix: ['X-Remote-Extra-'],
  },
  authentication: {
    clientCAConfigMapRef: { name: 'client-ca' },
    skipLookup: false,
    tolerateLookupFailure: true,
    tokenCacheTTL: '30s',
  },
};

/** One config with nothing set and one with everything: what they lead to is in test/golden. */
export const goldenConfigs: { file: string; name: string; spec: object }[] = [
  { file: 'defaults', name: 'metrics-server', spec: {} },
  {
    file: 'everything',
    name: 'metrics',
    spec: {
      version: 'v0.8.1',
      namespace: 'monitoring',
      ...everyFlagField,
      image: {
        mirrors: ['mirror.example.com/metrics-server'],
        tag: 'v0.8.1-hardened',
        digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
        pullPolicy: 'Always',
        pullSecrets: [{ name: 'registry' }],
      },
      availability: { replicas: 2 },
      resources: { mode: 'Fixed', requests: { cpu: '0.2', memory: '300Mi' }, limits: { memory: '1Gi' } },
      scheduling: {
        nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
        tolerations: [
          { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
        ],
        priorityClassName: 'system-node-critical',
        dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
      },
      service: {
        port: 8443,
        ipFamilyPolicy: 'PreferDualStack',
        labels: { team: 'a' },
        annotations: { note: 'b' },
      },
      pod: {
        labels: { team: 'a' },
        annotations: { 'example.com/note': 'c' },
        securityContext: { runAsUser: 2000, runAsGroup: 2000, fsGroup: 2000 },
        env: [{ name: 'GOMEMLIMIT', value: '180MiB' }],
      },
      networkPolicy: { enabled: true, from: ['10.0.0.0/8'], egressPorts: [8443, 9443] },
      extraFlags: { 'max-requests-inflight': '100', 'goaway-chance': '0.001' },
    },
  },
  // One of each line, in the state of its newest patch; and the patches that differ from it.
  ...['0.3.7', '0.3.6', '0.4.5', '0.5.2', '0.5.1', '0.6.4', '0.7.2', '0.8.1'].map((version) => ({
    file: `release-${version}`,
    name: 'metrics-server',
    spec: { version },
  })),
  {
    file: 'host-network',
    name: 'metrics-server',
    spec: { scheduling: { hostNetwork: true }, availability: { replicas: 2 } },
  },
  {
    file: 'kubelet-ca',
    name: 'metrics-server',
    spec: { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { kind: 'Secret', name: 'node-ca' } } } },
  },
  {
    file: 'self-signed',
    name: 'metrics-server',
    spec: { tls: { serving: { mode: 'SelfSigned' } } },
  },
  {
    file: 'given-certificate',
    name: 'metrics-server',
    spec: { tls: { serving: { mode: 'Secret', secretRef: { name: 'mine' }, caBundleRef: { name: 'ca' } } } },
  },
  {
    file: 'cert-manager',
    name: 'metrics-server',
    spec: { tls: { serving: { mode: 'CertManager' } } },
  },
];
