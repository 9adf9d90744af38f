import { z } from 'zod';
import { duration } from './duration.ts';
import { configMapKey, secretKey } from './references.ts';
import { textLike, withRule } from './rules.ts';

const headerMessage = 'write names of HTTP headers such as X-Remote-User';
const Header = textLike(/^[A-Za-z0-9-]+$/, 100, headerMessage);
const Headers = z.array(Header).min(1).max(10);

/** What the log of metrics-server says, and how. */
export const Logging = z.object({
  verbosity: z
    .int()
    .min(0)
    .max(10)
    .optional()
    .describe(
      '--v: 0 (default) to 10. 1 sums up every round of scrapes, 2 names every node, 4 and more is for debugging.',
    ),
  format: z
    .enum(['text', 'json'])
    .optional()
    .describe('--logging-format: text (default) or json; since metrics-server 0.7.'),
});

/** Audit log of requests to the metrics API; since metrics-server 0.6. */
export const Audit = withRule(
  z.object({
    policyConfigMapRef: configMapKey('policy.yaml').describe(
      'ConfigMap in spec.namespace with the audit policy (audit.k8s.io/v1). Until it exists, new pods do not start. It is read once at start: put a changed policy into a ConfigMap of another name, which replaces the pods.',
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
          'Secret in spec.namespace with a kubeconfig that names the receiver. Until it exists, new pods do not start. The policy of the operator must let pods use it (secretNames of its chart).',
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
export const RequestHeader = withRule(
  z.object({
    clientCAConfigMapRef: configMapKey('ca.crt')
      .optional()
      .describe(
        'ConfigMap in spec.namespace with the CA of the front proxy: --requestheader-client-ca-file. Until it exists, new pods do not start.',
      ),
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
  }),
  {
    cel: 'has(self.clientCAConfigMapRef) || !(has(self.allowedNames) || has(self.usernameHeaders) || has(self.groupHeaders) || has(self.extraHeadersPrefix))',
    holds: ({ clientCAConfigMapRef, ...others }) =>
      clientCAConfigMapRef !== undefined || Object.values(others).every((value) => value === undefined),
    message:
      "requestHeader needs clientCAConfigMapRef: without it metrics-server takes the cluster's own settings and ignores these",
  },
);

/** How metrics-server finds out who calls it. */
export const Authentication = z.object({
  clientCAConfigMapRef: configMapKey('ca.crt')
    .optional()
    .describe(
      'ConfigMap in spec.namespace with the CA of client certificates, instead of the one that the cluster publishes: --client-ca-file. Until it exists, new pods do not start.',
    ),
  skipLookup: z
    .boolean()
    .optional()
    .describe(
      '--authentication-skip-lookup: does not read the CAs that the cluster publishes; needs requestHeader.clientCAConfigMapRef.',
    ),
  tolerateLookupFailure: z
    .boolean()
    .optional()
    .describe(
      '--authentication-tolerate-lookup-failure: starts although the CA of the front proxy cannot be read; requests through the API server may then count as anonymous.',
    ),
  tokenCacheTTL: duration
    .optional()
    .describe('--authentication-token-webhook-cache-ttl, as a duration; default 10s.'),
});
