import { z } from 'zod';
import { PointInTime } from './point-in-time.ts';
import { CaBundle, SecretName } from './references.ts';
import { withRules } from './rules.ts';

/** How metrics-server and the kubelets recognise each other. */
export const KubeletTls = withRules(
  z.object({
    mode: z
      .enum(['ClusterCA', 'CustomCA', 'Insecure'])
      .optional()
      .describe(
        'ClusterCA (default): the kubelets must show a certificate of the cluster CA. CustomCA: one of the CAs in caBundleRef. Insecure: any certificate is accepted, so that whoever can answer at a node address may forge metrics.',
      ),
    caBundleRef: CaBundle.optional().describe(
      'With mode CustomCA: the certificates that those of the kubelets are verified with. The operator checks, copies and follows it: what cannot be used never reaches the pods. It must be allowed to read it.',
    ),
    clientCertificateSecretRef: z
      .object({ name: SecretName.describe('Name of the Secret.') })
      .optional()
      .describe(
        'Secret of type kubernetes.io/tls in spec.namespace with a certificate that metrics-server shows to the kubelets beside the token of its ServiceAccount; since metrics-server 0.4. It is followed when it changes. The operator must be allowed to read it, and pods to use it (secretNames of its chart).',
      ),
    acceptInsecureUntil: PointInTime.optional().describe(
      'With mode Insecure: how long that is accepted, as a date (it counts to its end, in UTC) or a time of RFC 3339. From then on Secure has the reason InsecureExpired, and a Warning Event says so; nothing else changes.',
    ),
  }),
  [
    {
      cel: "!has(self.mode) || self.mode != 'CustomCA' || has(self.caBundleRef)",
      holds: ({ mode, caBundleRef }) => mode !== 'CustomCA' || caBundleRef !== undefined,
      message: 'mode CustomCA needs caBundleRef: name the ConfigMap or Secret with the CA of the kubelets',
    },
    {
      // metrics-server exits at start with a CA and --kubelet-insecure-tls (kubelet_client.go; since 0.4).
      cel: "!has(self.caBundleRef) || (has(self.mode) && self.mode == 'CustomCA')",
      holds: ({ mode, caBundleRef }) => caBundleRef === undefined || mode === 'CustomCA',
      message: 'caBundleRef goes with mode: CustomCA only: set that mode, or leave caBundleRef out',
    },
    {
      cel: "!has(self.acceptInsecureUntil) || (has(self.mode) && self.mode == 'Insecure')",
      holds: ({ mode, acceptInsecureUntil }) => acceptInsecureUntil === undefined || mode === 'Insecure',
      message:
        'acceptInsecureUntil goes with mode: Insecure only: leave it out where the kubelets are verified',
    },
  ],
);
export type KubeletTls = z.output<typeof KubeletTls>;
