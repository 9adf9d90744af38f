import { z } from 'zod';
import { intOrString } from './rules.ts';

const scales = new Map([
  ['', 1],
  ...[...'kMGTPE'].map((letter, index): [string, number] => [letter, 1000 ** (index + 1)]),
  ...[...'KMGTPE'].map((letter, index): [string, number] => [`${letter}i`, 1024 ** (index + 1)]),
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
]);

/** The number that a quantity such as 100m, 0.1 or 200Mi stands for; NaN for anything else. */
export function quantityValue(quantity: string): number {
  const [, value = '', suffix = ''] = /^([0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(quantity) ?? [];
  // Rounded to the nano unit, Kubernetes' own precision: 0.1 and 100m are the same.
  return value === ''
    ? Number.NaN
    : Math.round(Number(value) * (scales.get(suffix) ?? Number.NaN) * 1e9) / 1e9;
}

// Kubernetes' own pattern for a quantity, without sign.
const Quantity = intOrString(
  /^([0-9]+(\.[0-9]*)?|\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?[0-9]+))?$/,
  'write a quantity such as 100m, 0.5, 200Mi or 1Gi',
);

const Quantities = z.object({
  cpu: Quantity.optional().describe('Processor time, such as 100m.'),
  memory: Quantity.optional().describe('Memory, such as 200Mi.'),
  'ephemeral-storage': Quantity.optional().describe('Local disk, such as 100Mi.'),
});

/** Requests and limits of metrics-server's container. */
export const Resources = z.object({
  mode: z.enum(['Fixed']).describe('Fixed: requests and limits as given here.'),
  requests: Quantities.optional().describe('What the scheduler reserves.'),
  limits: Quantities.optional().describe('What the container may use at most; no CPU limit is recommended.'),
});
export type Resources = z.output<typeof Resources>;
