/** Why the container of metrics-server ends again and again. Each has a way out in health/start-up.ts. */
export const startWords = {
  InvalidResolution: 'metrics-server does not take its resolution, which is too short. Correct resolution.',
  ResolutionVsTimeout:
    'metrics-server does not take a resolution that is not longer than kubelet.requestTimeout. Correct one of them.',
  FlagConflict:
    'metrics-server does not know one of its flags, or does not take two of them together. The message names them; most are from extraFlags.',
  AuthConfigForbidden:
    'metrics-server may not read how clients are known (ConfigMap extension-apiserver-authentication). Its RoleBinding in kube-system is missing or wrong.',
  ApiserverUnreachable:
    'The pod does not reach the API server. See to the network of the cluster: kube-proxy, the network plugin, network policies.',
  PortInUse:
    "Something else listens at the port of metrics-server, which shares the node's network. Choose another servingPort.",
  PortPermission: 'metrics-server may not listen at a port below 1024. Choose another servingPort.',
  CertFileMissing:
    'The certificate that metrics-server is to show is not where it is mounted. See to the Secret that the message names.',
  OOMKilled: 'The container runs out of memory. Give it more: resources.',
  LivezTimeout:
    'The kubelet ends metrics-server because its scrapes take too long. Give it more CPU, or a longer resolution.',
  CrashLoop: 'The container ends again and again; the message has its last words.',
} as const;

export type StartReason = keyof typeof startWords;

export function isStartReason(reason: string): reason is StartReason {
  return reason in startWords;
}
