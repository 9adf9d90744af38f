/** One config with nothing set and one with everything: what they lead to is in test/golden. */
export const goldenConfigs: { file: string; name: string; spec: object }[] = [
  { file: 'defaults', name: 'metrics-server', spec: {} },
  {
    file: 'everything',
    name: 'metrics',
    spec: {
      version: 'v0.8.1',
      namespace: 'monitoring',
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
      tls: { kubelet: { mode: 'Insecure' }, serving: { mode: 'SelfSigned' } },
      image: {
        mirrors: ['mirror.example.com/metrics-server'],
        tag: 'v0.8.1-hardened',
        digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
        pullPolicy: 'Always',
        pullSecrets: [{ name: 'registry' }],
      },
      availability: { replicas: 2 },
      resources: { mode: 'Fixed', requests: { cpu: '0.2', memory: '300Mi' }, limits: { memory: '1Gi' } },
      servingPort: 4443,
    },
  },
];
