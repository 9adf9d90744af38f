import { z } from 'zod';
import { PointInTime } from './point-in-time.ts';
import { withRule } from './rules.ts';

/** How metrics-server verifies the kubelets. */
export const KubeletTls = withRule(
  z.object({
    mode: z
      .enum(['ClusterCA', 'Insecure'])
      .optional()
      .describe(
        'ClusterCA (default): the kubelets must show a certificate of the cluster CA. Insecure: any certificate is accepted, so that whoever can answer at a node address may forge metrics.',
      ),
    acceptInsecureUntil: PointInTime.optional().describe(
      'With mode Insecure: how long that is accepted, as a date (it counts to its end, in UTC) or a time of RFC 3339. From then on Secure has the reason InsecureExpired, and a Warning Event says so; nothing else changes.',
    ),
  }),
  {
    cel: "!has(self.acceptInsecureUntil) || (has(self.mode) && self.mode == 'Insecure')",
    holds: ({ mode, acceptInsecureUntil }) => acceptInsecureUntil === undefined || mode === 'Insecure',
    message:
      'acceptInsecureUntil goes with mode: Insecure only: leave it out where the kubelets are verified',
  },
);
