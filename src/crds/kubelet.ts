import { z } from 'zod';
import { RequestTimeout } from './duration.ts';
import { KubeletTls } from './kubelet-tls.ts';
import { withRule } from './rules.ts';
import { ServingTls } from './serving-tls.ts';

/** How metrics-server reaches the kubelets. */
export const Kubelet = withRule(
  z.object({
    useNodeStatusPort: z.boolean().default(true).describe("Take the kubelet's port from the Node's status."),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe("The kubelets' port where useNodeStatusPort is false; default 10250."),
    requestTimeout: RequestTimeout.optional().describe(
      'How long one kubelet may take to answer, as a duration; at most 0.9 x resolution. Default: 10s, or 0.9 x resolution where that is less.',
    ),
  }),
  {
    cel: '!has(self.port) || !self.useNodeStatusPort',
    holds: (kubelet) => kubelet.port === undefined || !kubelet.useNodeStatusPort,
    message: "port needs useNodeStatusPort: false, otherwise the port in each Node's status is used",
  },
);

/** Who verifies whose certificate. */
export const Tls = z.object({
  kubelet: KubeletTls.optional().describe('How metrics-server verifies the kubelets.'),
  serving: ServingTls.optional().describe('How the API server verifies metrics-server.'),
});
