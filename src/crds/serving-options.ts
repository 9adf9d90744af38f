import { z } from 'zod';
import { duration } from './duration.ts';
import { configMapKey, secretKey } from './references.ts';
import { textLike, withRule } from './rules.ts';

const headerMessage = 'write names of HTTP headers such as X-Remote-User';
const Header = textLike(/^[A-Za-z0-9-]+$/, 100, headerMessage);
const Headers = z.array(Header).min(1).max(10);

/** What the log of metrics-server says, and how. */
export const Logging = z.object({
  verbosity: z.int().min(0).max(10).optional().describe('--v: 0 (default) to 10; 4 names every scrape.'),
  format: z
    .enum(['text', 'json'])
    .optional()
    .describe('--logging-format: text (default) or json; since metrics-server 0.7.'),
});

/** Audit log of requests to the metrics API; since metrics-server 0.6. */
export const Audit = withRule(
  z.object({
    policyConfigMapRef: configMapKey('policy.yaml').describe(
      'ConfigMap in spec.namespace with the audit policy (audit.k8s.io/v1). It is read once at start: give a changed policy a new name.',
    ),
    log: z
      .object({
        format: z.enum(['json', 'legacy']).optional().describe('--audit-log-format; default json.'),
      })
      .optional()
      .describe("Writes the audit log to standard output, into the container's log."),
    webhook: z
      .object({
        configSecretRef: secretKey('kubeconfig').describe(
          'Secret in spec.namespace with a kubeconfig that names the receiver.',
        ),
        mode: z
          .enum(['batch', 'blocking', 'blocking-strict'])
          .optional()
          .describe('--audit-webhook-mode; default batch.'),
      })
      .optional()
      .describe('Sends the audit log to a server.'),
  }),
  {
    cel: 'has(self.log) || has(self.webhook)',
    holds: ({ log, webhook }) => log !== undefined || webhook !== undefined,
    message: 'say where the audit log goes: audit.log: {} for standard output, or audit.webhook',
  },
);

/** How metrics-server recognises requests that come through the API server. Default: as the cluster publishes it. */
export const RequestHeader = z.object({
  clientCAConfigMapRef: configMapKey('ca.crt')
    .optional()
    .describe('ConfigMap in spec.namespace with the CA of the front proxy: --requestheader-client-ca-file.'),
  allowedNames: z
    .array(z.string().min(1).max(253))
    .min(1)
    .max(10)
    .optional()
    .describe('Common names of the front proxy: --requestheader-allowed-names. Default: any.'),
  usernameHeaders: Headers.optional().describe('--requestheader-username-headers; default x-remote-user.'),
  groupHeaders: Headers.optional().describe('--requestheader-group-headers; default x-remote-group.'),
  extraHeadersPrefix: Headers.optional().describe(
    '--requestheader-extra-headers-prefix; default x-remote-extra-.',
  ),
});

/** How metrics-server finds out who calls it. */
export const Authentication = z.object({
  clientCAConfigMapRef: configMapKey('ca.crt')
    .optional()
    .describe('ConfigMap in spec.namespace with the CA of client certificates: --client-ca-file.'),
  skipLookup: z
    .boolean()
    .optional()
    .describe(
      '--authentication-skip-lookup: does not read the CAs that the cluster publishes; needs requestHeader.clientCAConfigMapRef to be of use.',
    ),
  tolerateLookupFailure: z
    .boolean()
    .optional()
    .describe(
      '--authentication-tolerate-lookup-failure: starts although the CAs cannot be read. All requests then count as anonymous.',
    ),
  tokenCacheTTL: duration
    .optional()
    .describe('--authentication-token-webhook-cache-ttl, as a duration; default 10s.'),
});
