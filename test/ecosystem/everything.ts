import { catalogue } from '../../src/crds/catalogue/flags.ts';
import { extraFlags, takes } from '../../src/crds/catalogue/known-flags.ts';
import { everyFlagField } from '../resources/golden-configs.ts';

/** A value for every flag that extraFlags may hold; a new flag of the catalogue needs one here. */
const values: Record<string, string> = {
  add_dir_header: 'true',
  'advertise-address': '192.0.2.1',
  alsologtostderr: 'true',
  'audit-log-batch-buffer-size': '10000',
  'audit-log-batch-max-size': '10',
  'audit-log-batch-max-wait': '5s',
  'audit-log-batch-throttle-burst': '5',
  'audit-log-batch-throttle-enable': 'true',
  'audit-log-batch-throttle-qps': '2.5',
  'audit-log-compress': 'true',
  'audit-log-maxage': '2',
  'audit-log-maxbackup': '2',
  'audit-log-maxsize': '50',
  'audit-log-mode': 'batch',
  'audit-log-truncate-enabled': 'true',
  'audit-log-truncate-max-batch-size': '200000',
  'audit-log-truncate-max-event-size': '100000',
  'audit-log-version': 'audit.k8s.io/v1',
  'audit-webhook-batch-buffer-size': '10000',
  'audit-webhook-batch-max-size': '200',
  'audit-webhook-batch-max-wait': '1m',
  'audit-webhook-batch-throttle-burst': '15',
  'audit-webhook-batch-throttle-enable': 'false',
  'audit-webhook-batch-throttle-qps': '10',
  'audit-webhook-initial-backoff': '5s',
  'audit-webhook-truncate-enabled': 'true',
  'audit-webhook-truncate-max-batch-size': '200000',
  'audit-webhook-truncate-max-event-size': '100000',
  'audit-webhook-version': 'audit.k8s.io/v1',
  'authorization-always-allow-paths': '/healthz,/livez,/readyz,/metrics',
  'authorization-webhook-cache-authorized-ttl': '30s',
  'authorization-webhook-cache-unauthorized-ttl': '5s',
  'bind-address': '0.0.0.0',
  'cors-allowed-origins': '^https://example\\.com$',
  'disable-http2-serving': 'true',
  'external-hostname': 'metrics.example.com',
  'goaway-chance': '0.001',
  'http2-max-streams-per-connection': '250',
  'livez-grace-period': '10s',
  'log-flush-frequency': '2s',
  'log-json-info-buffer-size': '64Ki',
  'log-json-split-stream': 'true',
  'log-text-info-buffer-size': '64Ki',
  'log-text-split-stream': 'true',
  log_backtrace_at: 'scraper.go:149',
  log_dir: '/tmp',
  log_file: '/tmp/metrics-server.log',
  log_file_max_size: '10',
  logtostderr: 'false',
  'max-mutating-requests-inflight': '100',
  'max-requests-inflight': '100',
  'min-request-timeout': '600',
  one_output: 'true',
  'permit-address-sharing': 'true',
  'permit-port-sharing': 'true',
  'request-timeout': '30s',
  'requestheader-uid-headers': 'X-Remote-Uid',
  'shutdown-delay-duration': '1s',
  'shutdown-send-retry-after': 'true',
  'shutdown-watch-termination-grace-period': '2s',
  skip_headers: 'true',
  skip_log_headers: 'true',
  stderrthreshold: 'WARNING',
  'storage-initialization-timeout': '30s',
  'strict-transport-security-directives': 'max-age=31536000,includeSubDomains',
  'tls-curve-preferences': '29,23',
  vmodule: 'scraper=5,storage=4',
};

/** The typed fields of a release, all at once. */
export function everythingFor(version: string): object {
  return { version, ...kept(everyFlagField, lackingFields(version), '') };
}

/** Each flag that extraFlags may hold for a release, with a value that differs from its default. */
export function extraFlagsFor(version: string): [name: string, value: string | undefined][] {
  return extraFlags.filter((flag) => takes(version, flag)).map(({ name }) => [name, values[name]]);
}

function lackingFields(version: string): string[] {
  return catalogue.flatMap((flag) => (flag.field === undefined || takes(version, flag) ? [] : [flag.field]));
}

function kept(fields: object, lacking: string[], path: string): object {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([key]) => !lacking.includes(`${path}${key}`))
      .map(([key, value]) => [
        key,
        typeof value === 'object' && !Array.isArray(value) ? kept(value, lacking, `${path}${key}.`) : value,
      ]),
  );
}
