import type {
  KubernetesObject,
  V1APIService,
  V1Deployment,
  V1PodDisruptionBudget,
  V1Service,
} from '@kubernetes/client-node';

/** The metrics-server that runs in a cluster, as the API server tells it. */
export interface Found {
  deployment: V1Deployment;
  service?: V1Service;
  apiService?: V1APIService;
  disruptionBudget?: V1PodDisruptionBudget;
  /** Version of Kubernetes; undefined where it was not told. */
  kubernetes?: string;
}

/** Those that tell by their marks whose they are. */
export function markedObjects({ deployment, service, apiService }: Found): KubernetesObject[] {
  return [deployment, service ?? {}, apiService ?? {}];
}
