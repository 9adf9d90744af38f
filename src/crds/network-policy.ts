import { z } from 'zod';
import { textLike, withRule } from './rules.ts';

const cidr = /^([0-9]{1,3}(\.[0-9]{1,3}){3}\/[0-9]{1,2}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*\/[0-9]{1,3})$/;
const Cidr = textLike(cidr, 50, 'write a range of addresses such as 10.0.0.0/16');

/** A NetworkPolicy for the pods. */
export const NetworkPolicy = withRule(
  z.object({
    enabled: z.boolean().describe('Whether there is a NetworkPolicy.'),
    from: z
      .array(Cidr)
      .max(50)
      .optional()
      .describe(
        'Addresses from which the serving port may be reached: those of the API servers and, for the probes, of the nodes. Default: anywhere, since requests are authenticated.',
      ),
  }),
  {
    cel: 'self.enabled || !has(self.from)',
    holds: ({ enabled, from }) => enabled || from === undefined,
    message: 'from needs enabled: true',
  },
);
