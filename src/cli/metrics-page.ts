import { type Metric, metrics } from '../controllers/metrics.ts';

const head = `<!-- Generated from src/controllers/metrics.ts by "npm run generate". Do not edit. -->
# Metrics of the operator

With the setting \`METRICS_ADDRESS=:8080\` the operator serves these at \`/metrics\`; with \`METRICS_CERTIFICATE\`, a folder with \`tls.crt\` and \`tls.key\`,
over HTTPS, and a renewed certificate is taken from the files within ten seconds. Nothing in them is secret: whoever may read configs sees the same. All replicas serve
those of the configs; the one with \`metrics_server_operator_leader\` 1 is the one that works. In queries put \`max by (config)\` around what is said of a config, and
\`sum\` around what is counted. [config/monitoring](../config/monitoring) has alerts, a ServiceMonitor and a dashboard; [runbooks.md](runbooks.md) says what to do about each alert.`;

/** docs/metrics.md. */
export function metricsPage(): string {
  return `${[head, ...metrics.map(section)].join('\n\n')}\n`;
}

function section(metric: Metric): string {
  const { name, type, help, labels } = metric;
  const buckets = metric.type === 'histogram' ? ` Buckets end at ${metric.buckets.join(', ')} seconds.` : '';
  const rows = Object.entries(labels).map(([label, says]) => `| \`${label}\` | ${says} |`);
  const table = rows.length === 0 ? [] : ['', '| Label | Says |', '| --- | --- |', ...rows];
  return [`## ${name}`, '', `A ${type}. ${help}${buckets}`, ...table].join('\n');
}
