/**
 * What @dot-i/k8s-operator gets of client-node and of gaxios in the bundle. They are half of what it then would be, and our operator has ways of its
 * own for all that dot-i asks of them: its kubeconfig replaces the one below, and watches, writes and the CRD are not left to dot-i.
 */
export class KubeConfig {
  loadFromDefault(): void {
    // MetricsServerOperator sets the one that it was given.
  }
  makeApiClient(): undefined {
    return undefined;
  }
}

export const CoreV1Api = undefined;
export const ApiextensionsV1Api = undefined;

export class Watch {
  constructor() {
    throw new Error("this is dot-i's watch; src/platform/watch.ts is ours");
  }
}

export function loadYaml(): never {
  throw new Error('the operator does not install its CRD: config/crd and the chart do');
}

export function request(): never {
  throw new Error("this is dot-i's way to write; src/controllers/apply.ts is ours");
}
