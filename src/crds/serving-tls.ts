import { z } from 'zod';
import { cipherSuites } from './cipher-suites.ts';
import { CaBundle, ObjectName, SecretName } from './references.ts';
import { withRules } from './rules.ts';

/** Whose certificate metrics-server shows, and how the API server verifies it. */
export const ServingTls = withRules(
  z.object({
    mode: z
      .enum(['Managed', 'Secret', 'CertManager', 'SelfSigned'])
      .optional()
      .describe(
        'Managed (default): the operator keeps a CA and a certificate in Secrets, renews both without a gap, and tells the API server to verify them. Secret: the certificate in secretRef, which is followed when it changes. CertManager: a certificate that cert-manager issues and renews. SelfSigned: metrics-server makes its own certificate; the API server does not verify it.',
      ),
    secretRef: z
      .object({ name: SecretName.describe('Name of the Secret.') })
      .optional()
      .describe(
        'With mode Secret: a Secret of type kubernetes.io/tls in spec.namespace, for the name SERVICE.NAMESPACE.svc. The operator checks and copies it: pods never show what is not good. The operator must be allowed to read it.',
      ),
    issuerRef: z
      .object({
        name: ObjectName.describe('Name of the issuer.'),
        kind: z
          .string()
          .min(1)
          .max(63)
          .optional()
          .describe('Issuer (default), ClusterIssuer, or the kind of another group.'),
        group: z
          .string()
          .min(1)
          .max(253)
          .optional()
          .describe('API group of the issuer. Default: cert-manager.io.'),
      })
      .optional()
      .describe(
        'With mode CertManager: who issues the certificate. Default: an Issuer of its own, which lets the certificate sign itself.',
      ),
    caBundleRef: CaBundle.optional().describe(
      'With mode Secret or CertManager: the CA that the API server verifies the certificate with. Default: ca.crt of the Secret. The operator must be allowed to read it.',
    ),
    minVersion: z
      .enum(['VersionTLS12', 'VersionTLS13'])
      .optional()
      .describe('Oldest TLS that clients may use: --tls-min-version. Default VersionTLS12.'),
    cipherSuites: z
      .array(z.enum(cipherSuites))
      .min(1)
      .max(30)
      .optional()
      .describe("Cipher suites for TLS 1.2, by Go's names: --tls-cipher-suites. Default: Go's choice."),
  }),
  [
    {
      cel: "(has(self.mode) && self.mode == 'Secret') == has(self.secretRef)",
      holds: ({ mode, secretRef }) => (mode === 'Secret') === (secretRef !== undefined),
      message: 'mode: Secret and secretRef go together: secretRef.name is the Secret with the certificate',
    },
    {
      cel: "!has(self.issuerRef) || (has(self.mode) && self.mode == 'CertManager')",
      holds: ({ mode, issuerRef }) => issuerRef === undefined || mode === 'CertManager',
      message: 'issuerRef needs mode: CertManager',
    },
    {
      cel: "!has(self.caBundleRef) || (has(self.mode) && self.mode in ['Secret', 'CertManager'])",
      holds: ({ mode, caBundleRef }) =>
        caBundleRef === undefined || mode === 'Secret' || mode === 'CertManager',
      message: 'caBundleRef needs mode: Secret or CertManager; with Managed the operator keeps the CA itself',
    },
  ],
);
