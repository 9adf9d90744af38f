/** How a flag's value is written; Go's flag packages know no more. */
export type FlagType =
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'duration'
  | 'string'
  | 'stringSlice'
  | 'intSlice'
  | 'ip'
  | 'quantity'
  | 'severity'
  | 'traceLocation'
  | 'vmodule'
  | 'mapStringString'
  | 'namedCertKeyList';

/** A flag of metrics-server, in any of the releases from 0.3.3 on. */
export interface Flag {
  name: string;
  type: FlagType;
  /** First release that takes it; 0.3.3 stands for that and all before. */
  since: string;
  /** First release that refuses it. */
  removedIn?: string;
  /** Releases in between that refuse it. */
  absentIn?: string[];
  /** Field of the spec that stands for it. */
  field?: string;
  /** Why it cannot be set at all. */
  refused?: string;
}

function flag(
  name: string,
  type: FlagType,
  since: string,
  more: Omit<Flag, 'name' | 'type' | 'since'> = {},
): Flag {
  return { name, type, since, ...more };
}

const outsideOnly = 'it is for running outside the cluster; the pod uses its ServiceAccount';
const ignored = 'metrics-server takes it and ignores it';
const noFile = 'it names a file, which the pod does not have';
const notRotated = 'the audit log goes to standard output, where nothing is rotated';
const unheard = 'no part of metrics-server listens to it';
const alpha = 'it is alpha, and metrics-server does not start with it: its feature gate cannot be opened';

/**
 * Every flag, from `--help` and the flag sets of built binaries: 0.4.5, 0.5.0, 0.5.2, 0.6.0, 0.6.1, 0.6.4, 0.7.2, 0.8.1, 0.9.0; 0.3 from
 * its source. `npm run test:ecosystem` asks those that build today: 0.6.1, 0.7.2, 0.8.0, 0.9.0.
 */
export const catalogue: readonly Flag[] = [
  flag('add_dir_header', 'bool', '0.4.0', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('advertise-address', 'ip', '0.8.0'),
  flag('alsologtostderr', 'bool', '0.3.3', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('audit-log-batch-buffer-size', 'int', '0.6.0'),
  flag('audit-log-batch-max-size', 'int', '0.6.0'),
  flag('audit-log-batch-max-wait', 'duration', '0.6.0'),
  flag('audit-log-batch-throttle-burst', 'int', '0.6.0'),
  flag('audit-log-batch-throttle-enable', 'bool', '0.6.0'),
  flag('audit-log-batch-throttle-qps', 'float', '0.6.0'),
  flag('audit-log-compress', 'bool', '0.6.0', { refused: notRotated }),
  flag('audit-log-format', 'string', '0.6.0', { field: 'audit.log.format' }),
  flag('audit-log-maxage', 'int', '0.6.0', { refused: notRotated }),
  flag('audit-log-maxbackup', 'int', '0.6.0', { refused: notRotated }),
  flag('audit-log-maxsize', 'int', '0.6.0', { refused: notRotated }),
  flag('audit-log-mode', 'string', '0.6.0'),
  flag('audit-log-path', 'string', '0.6.0', { field: 'audit.log' }),
  flag('audit-log-truncate-enabled', 'bool', '0.6.0'),
  flag('audit-log-truncate-max-batch-size', 'int', '0.6.0'),
  flag('audit-log-truncate-max-event-size', 'int', '0.6.0'),
  flag('audit-log-version', 'string', '0.6.0'),
  flag('audit-policy-file', 'string', '0.6.0', { field: 'audit.policyConfigMapRef' }),
  flag('audit-webhook-batch-buffer-size', 'int', '0.6.0'),
  flag('audit-webhook-batch-initial-backoff', 'duration', '0.6.0', {
    refused: 'it is deprecated; write audit-webhook-initial-backoff instead',
  }),
  flag('audit-webhook-batch-max-size', 'int', '0.6.0'),
  flag('audit-webhook-batch-max-wait', 'duration', '0.6.0'),
  flag('audit-webhook-batch-throttle-burst', 'int', '0.6.0'),
  flag('audit-webhook-batch-throttle-enable', 'bool', '0.6.0'),
  flag('audit-webhook-batch-throttle-qps', 'float', '0.6.0'),
  flag('audit-webhook-config-file', 'string', '0.6.0', { field: 'audit.webhook.configSecretRef' }),
  flag('audit-webhook-initial-backoff', 'duration', '0.6.0'),
  flag('audit-webhook-mode', 'string', '0.6.0', { field: 'audit.webhook.mode' }),
  flag('audit-webhook-truncate-enabled', 'bool', '0.6.0'),
  flag('audit-webhook-truncate-max-batch-size', 'int', '0.6.0'),
  flag('audit-webhook-truncate-max-event-size', 'int', '0.6.0'),
  flag('audit-webhook-version', 'string', '0.6.0'),
  flag('authentication-kubeconfig', 'string', '0.3.3', { refused: outsideOnly }),
  flag('authentication-skip-lookup', 'bool', '0.3.3', { field: 'authentication.skipLookup' }),
  flag('authentication-token-webhook-cache-ttl', 'duration', '0.3.3', {
    field: 'authentication.tokenCacheTTL',
  }),
  flag('authentication-tolerate-lookup-failure', 'bool', '0.3.3', {
    field: 'authentication.tolerateLookupFailure',
  }),
  flag('authorization-always-allow-paths', 'stringSlice', '0.3.3'),
  flag('authorization-kubeconfig', 'string', '0.3.3', { refused: outsideOnly }),
  flag('authorization-webhook-cache-authorized-ttl', 'duration', '0.3.3'),
  flag('authorization-webhook-cache-unauthorized-ttl', 'duration', '0.3.3'),
  flag('bind-address', 'ip', '0.3.3'),
  flag('cert-dir', 'string', '0.3.3', { refused: 'it is always /tmp, the one folder that can be written' }),
  flag('client-ca-file', 'string', '0.3.3', { field: 'authentication.clientCAConfigMapRef' }),
  flag('contention-profiling', 'bool', '0.3.3', { refused: ignored }),
  flag('cors-allowed-origins', 'stringSlice', '0.8.0'),
  flag('debug-socket-path', 'string', '0.7.0', { refused: ignored }),
  flag('deprecated-kubelet-completely-insecure', 'bool', '0.3.3', {
    refused: 'it asks the kubelets in plain text; write tls.kubelet.mode: Insecure instead',
  }),
  flag('disable-http2-serving', 'bool', '0.8.0'),
  flag('emulated-version', 'stringSlice', '0.8.0', { refused: unheard }),
  flag('emulation-forward-compatible', 'bool', '0.8.0', { refused: unheard }),
  flag('enable-priority-and-fairness', 'bool', '0.7.0', { refused: ignored }),
  flag('enable-swagger-ui', 'bool', '0.3.3', { removedIn: '0.7.0', refused: ignored }),
  flag('external-hostname', 'string', '0.8.0'),
  flag('feature-gates', 'mapStringString', '0.8.0', { refused: 'any value stops metrics-server at start' }),
  flag('goaway-chance', 'float', '0.8.0'),
  flag('http2-max-streams-per-connection', 'int', '0.3.3'),
  flag('kubeconfig', 'string', '0.3.3', { refused: outsideOnly }),
  flag('kubelet-certificate-authority', 'string', '0.3.3', { field: 'tls.kubelet.caBundleRef' }),
  flag('kubelet-client-certificate', 'string', '0.4.0', { field: 'tls.kubelet.clientCertificateSecretRef' }),
  flag('kubelet-client-key', 'string', '0.4.0', { field: 'tls.kubelet.clientCertificateSecretRef' }),
  flag('kubelet-insecure-tls', 'bool', '0.3.3', { field: 'tls.kubelet.mode' }),
  flag('kubelet-port', 'int', '0.3.3', { field: 'kubelet.port' }),
  flag('kubelet-preferred-address-types', 'stringSlice', '0.3.3', { field: 'addressPriority' }),
  flag('kubelet-request-timeout', 'duration', '0.7.0', { field: 'kubelet.requestTimeout' }),
  flag('kubelet-use-node-status-port', 'bool', '0.4.0', { field: 'kubelet.useNodeStatusPort' }),
  flag('livez-grace-period', 'duration', '0.8.0'),
  flag('log-flush-frequency', 'duration', '0.3.3', { absentIn: ['0.6.0'] }),
  flag('log-json-info-buffer-size', 'quantity', '0.7.0', { refused: alpha }),
  flag('log-json-split-stream', 'bool', '0.7.0', { refused: alpha }),
  flag('log-text-info-buffer-size', 'quantity', '0.8.0', { refused: alpha }),
  flag('log-text-split-stream', 'bool', '0.8.0', { refused: alpha }),
  flag('log_backtrace_at', 'traceLocation', '0.3.3', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('log_dir', 'string', '0.3.3', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('log_file', 'string', '0.3.3', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('log_file_max_size', 'uint', '0.4.0', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('logging-format', 'string', '0.7.0', { field: 'logging.format' }),
  flag('logtostderr', 'bool', '0.3.3', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('max-mutating-requests-inflight', 'int', '0.8.0'),
  flag('max-requests-inflight', 'int', '0.8.0'),
  flag('metric-resolution', 'duration', '0.3.3', { field: 'resolution' }),
  flag('min-compatibility-version', 'stringSlice', '0.9.0', { refused: unheard }),
  flag('min-request-timeout', 'int', '0.8.0'),
  flag('node-selector', 'string', '0.7.0', { field: 'nodes.selector' }),
  flag('one_output', 'bool', '0.5.0', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('permit-address-sharing', 'bool', '0.5.0'),
  flag('permit-port-sharing', 'bool', '0.4.0'),
  flag('profiling', 'bool', '0.3.3', { refused: ignored }),
  flag('request-timeout', 'duration', '0.8.0'),
  flag('requestheader-allowed-names', 'stringSlice', '0.3.3', { field: 'requestHeader.allowedNames' }),
  flag('requestheader-client-ca-file', 'string', '0.3.3', { field: 'requestHeader.clientCAConfigMapRef' }),
  flag('requestheader-extra-headers-prefix', 'stringSlice', '0.3.3', {
    field: 'requestHeader.extraHeadersPrefix',
  }),
  flag('requestheader-group-headers', 'stringSlice', '0.3.3', { field: 'requestHeader.groupHeaders' }),
  flag('requestheader-uid-headers', 'stringSlice', '0.8.0', {
    refused: 'it needs a feature that metrics-server cannot switch on',
  }),
  flag('requestheader-username-headers', 'stringSlice', '0.3.3', { field: 'requestHeader.usernameHeaders' }),
  flag('runtime-config-emulation-forward-compatible', 'bool', '0.8.0', { refused: unheard }),
  flag('secure-port', 'int', '0.3.3', { field: 'servingPort' }),
  flag('shutdown-delay-duration', 'duration', '0.8.0'),
  flag('shutdown-send-retry-after', 'bool', '0.8.0'),
  flag('shutdown-watch-termination-grace-period', 'duration', '0.8.0'),
  flag('skip_headers', 'bool', '0.3.3', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('skip_log_headers', 'bool', '0.4.0', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('stderrthreshold', 'severity', '0.3.3', { removedIn: '0.7.0', absentIn: ['0.6.0'] }),
  flag('storage-initialization-timeout', 'duration', '0.8.0'),
  flag('strict-transport-security-directives', 'stringSlice', '0.8.0'),
  flag('tls-cert-file', 'string', '0.3.3', { refused: noFile }),
  flag('tls-cipher-suites', 'stringSlice', '0.3.3', { field: 'tls.serving.cipherSuites' }),
  flag('tls-curve-preferences', 'intSlice', '0.9.0'),
  flag('tls-min-version', 'string', '0.3.3', { field: 'tls.serving.minVersion' }),
  flag('tls-private-key-file', 'string', '0.3.3', { refused: noFile }),
  flag('tls-sni-cert-key', 'namedCertKeyList', '0.3.3', { refused: noFile }),
  flag('v', 'int', '0.3.3', { absentIn: ['0.6.0'], field: 'logging.verbosity' }),
  flag('version', 'bool', '0.4.0', {
    refused: 'it prints the version and ends, so that the pod would crash again and again',
  }),
  flag('vmodule', 'vmodule', '0.3.3', { absentIn: ['0.6.0'] }),
];
