/** What kube-score says and is meant so: its words, and why. */
export const reasonsOfOperator = {
  ...ofContainer('metrics-server-operator/metrics-server-operator apps/v1/Deployment: (operator)', {
    'CPU limit is not set': 'It would only delay what is needed rarely and then at once.',
    'CPU requests does not match limits': 'There is no limit.',
    'Memory requests does not match limits':
      'It asks for what it needs in usual clusters; the limit is for thousands of nodes.',
    'Ephemeral Storage request is not set':
      'It writes nothing: its file system is read-only, without volumes. Its log is rotated by the kubelet.',
    'Ephemeral Storage limit is not set':
      'Only its log counts, whose size the kubelet sets; a smaller limit would evict it.',
    'ImagePullPolicy is not set to Always':
      'The image has a version or a digest. Always would keep a replica from starting while the registry is away.',
  }),
  ...ofContainer('metrics-server-operator-test/metrics-server-operator v1/Pod: (test)', {
    'CPU limit is not set': 'It runs for a few seconds, when somebody asks for it.',
    'CPU requests does not match limits': 'There is no limit.',
    'Memory requests does not match limits': 'It runs for a few seconds, when somebody asks for it.',
    'Ephemeral Storage request is not set': 'It writes nothing but some lines of log.',
    'Ephemeral Storage limit is not set': 'It writes nothing but some lines of log.',
    'ImagePullPolicy is not set to Always': "It is the operator's own image, which the node may have.",
  }),
  'metrics-server-operator-test/metrics-server-operator v1/Pod: The pod does not have a matching NetworkPolicy':
    'It listens to nobody, asks the operator only, and is gone with the next test.',
};

/** The same for what the operator makes, whatever it is called: its pods are as upstream has them, so that a migration replaces none without need. */
export const reasonsOfMetricsServer = {
  ...ofContainer('apps/v1/Deployment: (metrics-server)', {
    'CPU limit is not set': 'As upstream; resources.limits sets one.',
    'CPU requests does not match limits': 'As upstream; there is no limit.',
    'Memory limit is not set': 'As upstream; resources.limits sets one.',
    'Memory requests does not match limits': 'As upstream; requests grow with the number of nodes.',
    'Ephemeral Storage request is not set': 'As upstream; it writes a certificate into an emptyDir at most.',
    'Ephemeral Storage limit is not set': 'As upstream; its log counts, whose size the kubelet sets.',
    'ImagePullPolicy is not set to Always':
      'As upstream; the image has a version, and image.pullPolicy sets another policy.',
    'The container is running with a low user ID': 'As upstream: 1000; pod.securityContext sets another.',
    'The container running with a low group ID': 'As upstream: 1000; pod.securityContext sets another.',
  }),
  'apps/v1/Deployment: Deployment few replicas': 'As upstream; availability.replicas sets two.',
  'apps/v1/Deployment: The pod does not have a matching NetworkPolicy':
    'As upstream; networkPolicy.enabled makes one, which may have to name the addresses of the API server.',
  'apps/v1/Deployment: Container has the same readiness and liveness probe':
    'metrics-server 0.3 has no other path that answers.',
};

function ofContainer(title: string, reasons: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(reasons).map(([says, why]) => [`${title} ${says}`, why]));
}
