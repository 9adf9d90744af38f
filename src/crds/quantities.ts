import { z } from 'zod';
import { intOrString, withRule } from './rules.ts';

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
export const Resources = withRule(
  withRule(
    withRule(
      z.object({
        mode: z
          .enum(['Auto', 'Fixed', 'External'])
          .optional()
          .describe(
            'Auto (default): requests follow the number of nodes, in steps of 100, and memory is raised after the container ran out of it. Fixed (default where requests or limits are given): as given here. External: left to another field manager.',
          ),
        requests: Quantities.optional().describe('What the scheduler reserves. Fixed only.'),
        limits: Quantities.optional().describe(
          'What the container may use at most; no CPU limit is recommended. Fixed only.',
        ),
        limitMemory: z
          .boolean()
          .optional()
          .describe(
            'Auto only: whether memory is limited, to twice the request. Default: only where a LimitRange does so.',
          ),
      }),
      {
        cel: "!has(self.mode) || self.mode != 'Fixed' || has(self.requests) || has(self.limits)",
        holds: ({ mode, requests, limits }) => mode !== 'Fixed' || (requests ?? limits) !== undefined,
        message: 'mode Fixed needs requests or limits; leave the mode out for Auto',
      },
    ),
    {
      cel: "!has(self.mode) || self.mode == 'Fixed' || !(has(self.requests) || has(self.limits))",
      holds: ({ mode = 'Fixed', requests, limits }) => mode === 'Fixed' || (requests ?? limits) === undefined,
      message:
        'resources.requests and limits need mode: Fixed; in the other modes they are not ours to choose',
    },
  ),
  {
    cel: "!has(self.limitMemory) || ((!has(self.mode) || self.mode == 'Auto') && !(has(self.requests) || has(self.limits)))",
    holds: ({ mode = 'Auto', requests, limits, limitMemory }) =>
      limitMemory === undefined || (mode === 'Auto' && (requests ?? limits) === undefined),
    message: 'resources.limitMemory needs mode: Auto; with Fixed write limits.memory',
  },
);
export type Resources = z.output<typeof Resources>;
