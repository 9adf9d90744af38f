import { ifDuration, msOf } from './duration.ts';
import type { Rule } from './rules.ts';

/** Fields that must fit each other. */
interface Combined {
  resolution: string;
  kubelet: { requestTimeout?: string };
  servingPort?: number;
  scheduling?: { hostNetwork?: boolean };
  requestHeader?: { clientCAConfigMapRef?: object };
  authentication?: { skipLookup?: boolean };
  audit?: object;
  logging?: { format?: 'text' | 'json' };
  extraFlags?: Record<string, string>;
  version?: string;
  tls?: { kubelet?: { clientCertificateSecretRef?: object } };
}

const isTrue = (path: string, field: string) => `has(${path}) && has(${path}.${field}) && ${path}.${field}`;

/** Rules about several fields of the spec at once. */
export const combinations: Rule<Combined>[] = [
  {
    // metrics-server exits at start unless 0.9 x resolution >= its kubelet timeout (options.go, Validate; since 0.7).
    cel: `!has(self.kubelet) || !has(self.kubelet.requestTimeout) || ${ifDuration('self.resolution', ifDuration('self.kubelet.requestTimeout', 'duration(self.kubelet.requestTimeout).getMilliseconds() * 10 <= duration(self.resolution).getMilliseconds() * 9'))}`,
    holds: ({ kubelet, resolution }) =>
      (msOf(kubelet.requestTimeout ?? '') ?? 0) * 10 <= (msOf(resolution) ?? Number.POSITIVE_INFINITY) * 9,
    message:
      'kubelet.requestTimeout must be at most 0.9 x resolution, or metrics-server does not start: shorten it, lengthen resolution, or leave it out',
  },
  {
    cel: `!(${isTrue('self.scheduling', 'hostNetwork')}) || !has(self.servingPort) || self.servingPort != 10250`,
    holds: ({ scheduling, servingPort }) => !scheduling?.hostNetwork || servingPort !== 10250,
    message:
      "servingPort 10250 is the kubelet's on the network of the node: choose another one, or leave it out for 10251",
  },
  {
    cel: `!(${isTrue('self.authentication', 'skipLookup')}) || (has(self.requestHeader) && has(self.requestHeader.clientCAConfigMapRef))`,
    holds: ({ authentication, requestHeader }) =>
      !authentication?.skipLookup || requestHeader?.clientCAConfigMapRef !== undefined,
    message:
      'authentication.skipLookup needs requestHeader.clientCAConfigMapRef: otherwise nobody who comes through the API server is recognised',
  },
  {
    // metrics-server exits at start with both (component-base, Validate; since 0.7, the first that has the format).
    cel: "!has(self.logging) || !has(self.logging.format) || self.logging.format != 'json' || !has(self.extraFlags) || !('vmodule' in self.extraFlags)",
    holds: ({ logging, extraFlags }) => logging?.format !== 'json' || extraFlags?.['vmodule'] === undefined,
    message:
      'extraFlags.vmodule needs logging.format: text, or metrics-server does not start: leave one of them out',
  },
  {
    cel: "!has(self.version) || !self.version.matches('^v?0[.]3[.]') || !has(self.tls) || !has(self.tls.kubelet) || !has(self.tls.kubelet.clientCertificateSecretRef)",
    holds: ({ version = '', tls }) =>
      !/^v?0[.]3[.]/.test(version) || tls?.kubelet?.clientCertificateSecretRef === undefined,
    message:
      'tls.kubelet.clientCertificateSecretRef needs metrics-server 0.4 or newer: choose such a version, or leave it out',
  },
  {
    cel: "!has(self.extraFlags) || has(self.audit) || !self.extraFlags.exists(flag, flag.startsWith('audit-'))",
    holds: ({ extraFlags = {}, audit }) =>
      audit !== undefined || !Object.keys(extraFlags).some((flag) => flag.startsWith('audit-')),
    message: 'extraFlags that begin with audit- need spec.audit: without a policy nothing is audited',
  },
];
