import { z } from 'zod';
import { ipv4, ipv6 } from './addresses.ts';
import { textLike, withRule } from './rules.ts';

const cidr = new RegExp(`^(${ipv4}/(3[0-2]|[12]?[0-9])|${ipv6}/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`);
const Cidr = textLike(cidr, 50, 'write a range of addresses such as 10.0.0.0/16');

/** A NetworkPolicy for the pods. */
export const NetworkPolicy = withRule(
  z.object({
    enabled: z
      .boolean()
      .describe(
        'Whether there is a NetworkPolicy. It needs a network plugin that enforces it, and has no effect with hostNetwork. Out of the pods, ports 53 and 5353 (DNS), 443, 6443, 8443 (API server) and that of the kubelets are open.',
      ),
    from: z
      .array(Cidr)
      .max(50)
      .optional()
      .describe(
        'Ranges of addresses (CIDR, such as 10.0.0.0/16) from which the serving port may be reached: those of the API servers and, for the probes, of the nodes. Default: anywhere, since requests are authenticated.',
      ),
    egressPorts: z
      .array(z.int().min(1).max(65535))
      .max(20)
      .optional()
      .describe(
        'Further TCP ports to which the pods may connect, such as that of an audit webhook, or of kubelets that do not listen on 10250.',
      ),
  }),
  {
    cel: 'self.enabled || !(has(self.from) || has(self.egressPorts))',
    holds: ({ enabled, from, egressPorts }) => enabled || (from ?? egressPorts) === undefined,
    message: 'from and egressPorts need enabled: true',
  },
);
