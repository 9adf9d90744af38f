import type { Piece } from './piece.ts';

// What the operator sets itself, or what the present owner finds its objects by: on an object of the operator, Argo CD or the
// addon-manager would prune it.
const notPassedOn = [
  /^(k8s-app|pod-template-hash)$/,
  /^app\.kubernetes\.io\/(name|instance|version|managed-by)$/,
  /^(helm|meta\.helm)\.sh\//,
  /(^|\.)(argoproj|toolkit\.fluxcd|rio\.cattle|eks\.amazonaws)\.(io|com)\//,
  /^addonmanager\.kubernetes\.io\//,
  /^kubernetes\.io\/(cluster-service|name)$/,
  /^(kubectl\.kubernetes|deployment\.kubernetes|metrics-server)\.io\//,
  /^(checksum|rollme)(\/|$)/,
];

/** Labels or annotations that somebody wrote for their own sake, one piece each. */
export function entries(path: string[], given: Record<string, string> | undefined): Piece[] {
  return Object.entries(given ?? {})
    .filter(([key]) => !notPassedOn.some((pattern) => pattern.test(key)))
    .map(([key, value]) => ({ path: [...path, key], value, from: `${path.join('.')} ${key}` }));
}
