/** Every right that the files of config/rbac have which are not part of the kustomization, as values. */
export const everyRight = [
  'adoptNames={ms-metrics-server}',
  'legacyReleases=true',
  'certManager=true',
  'observe={kube-system}',
  'secretNames={metrics-server-tls,kubelet-client}',
  'configMapNames={metrics-server-ca,kubelet-ca}',
  'userRoles=true',
];

/** Everything that is for the Prometheus Operator and Grafana. */
export const monitoring = [
  ...['serviceMonitor', 'prometheusRule', 'dashboard'].map((one) => `monitoring.${one}=true`),
  'metrics.certificateSecretName=metrics-server-operator-metrics',
];

/** Every value that adds a field to an object, or the config. */
export const everyField = {
  nodeSelector: { a: 'b' },
  tolerations: [{ operator: 'Exists' }],
  podLabels: { a: 'b' },
  topologySpreadConstraints: [
    { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
  ],
  podAnnotations: { a: 'b' },
  priorityClassName: 'system-cluster-critical',
  imagePullSecrets: [{ name: 'a' }],
  extraEnv: [{ name: 'KUBERNETES_SERVICE_HOST', value: 'api.example' }],
  serviceAccount: { annotations: { a: 'b' } },
  metrics: { certificateSecretName: 'metrics-certificate' },
  crds: { annotations: { a: 'b' } },
  image: { digest: `sha256:${'0'.repeat(64)}` },
  config: { create: true, spec: {} },
};
