import type { Piece } from './piece.ts';

/** What metrics-server does where a flag is not given; the same in all releases that have it. */
export const unsaidValues: ReadonlyMap<string, string> = new Map([
  ['cert-dir', 'apiserver.local.config/certificates'],
  ['kubelet-preferred-address-types', 'Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP'],
  ['kubelet-request-timeout', '10s'],
  ['kubelet-use-node-status-port', 'false'],
  ['metric-resolution', '60s'],
  ['secure-port', '443'],
]);

const note = "metrics-server's own default: the flag is not given";

/** The fields for flags that are not given, where the operator would give another value; also for a release without the flag. */
export function unsaid(flags: Map<string, string>): Piece[] {
  return [
    ...without('metric-resolution', (text) => ({ path: ['resolution'], value: text })),
    ...without('kubelet-preferred-address-types', (text) => ({
      path: ['addressPriority'],
      value: text.split(','),
    })),
    ...without('kubelet-use-node-status-port', () => ({
      path: ['kubelet', 'useNodeStatusPort'],
      value: false,
    })),
  ];

  function without(name: string, piece: (text: string) => Pick<Piece, 'path' | 'value'>): Piece[] {
    const text = unsaidValues.get(name);
    if (flags.has(name) || text === undefined) return [];
    return [{ ...piece(text), from: `no --${name}`, note }];
  }
}
