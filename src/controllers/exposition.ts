import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Page } from '../platform/web-server.ts';
import { type Metric, type MetricsSource, metrics } from './metrics.ts';

/**
 * What /metrics says: what the status of every config says, so that alerts can be written on it, and how the operator works. Nothing in it opens doors. Loaded only
 * where somebody wants it, for prom-client.
 */
export function exposition(source: MetricsSource): () => Promise<Page> {
  const registry = new Registry();
  for (const metric of metrics) register(metric, source, registry);
  return async () => ({ code: 200, type: registry.contentType, body: await registry.metrics() });
}

function register(metric: Metric, source: MetricsSource, registry: Registry): void {
  const { name, help } = metric;
  const common = { name, help, labelNames: Object.keys(metric.labels), registers: [registry] };
  switch (metric.type) {
    case 'gauge':
      new Gauge({
        ...common,
        collect() {
          this.reset(); // nothing of what held before
          for (const { labels, value } of metric.read(source)) this.set(labels, value);
        },
      });
      return;
    case 'counter':
      new Counter({
        ...common,
        collect() {
          this.reset();
          for (const { labels, value } of metric.read(source)) this.inc(labels, value);
        },
      });
      return;
    case 'histogram': {
      const histogram = new Histogram({ ...common, buckets: metric.buckets });
      metric.follow(source, (value) => histogram.observe(value));
    }
  }
}
