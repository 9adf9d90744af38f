import { createServer, type Server } from 'node:http';
import { Gauge, Registry } from 'prom-client';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';

/** Where Prometheus may ask, such as 127.0.0.1:8080, or :8080 for every address. */
export interface Address {
  host: string | undefined;
  port: number;
}

/**
 * Serves /metrics: what the status of every config says, so that alerts can be written on it. Plain HTTP, read-only, and nothing in it
 * that `kubectl get msc` does not show. A port that is taken ends nothing: it is told.
 */
export function expose(
  { host, port }: Address,
  configs: () => MetricsServerConfig[],
  onTrouble: (error: Error) => void,
): Server {
  const registry = new Registry();
  new Gauge({
    name: 'metrics_server_operator_config_condition',
    help: 'Conditions of each MetricsServerConfig: 1 for the status and the reason that hold now.',
    labelNames: ['config', 'type', 'status', 'reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { metadata, status } of configs()) {
        for (const { type, status: state, reason } of status?.conditions ?? []) {
          this.set({ config: metadata.name, type, status: state, reason }, 1);
        }
      }
    },
  });
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('GET /metrics is all there is here.\n');
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error) => response.writeHead(500).end(`${error}\n`),
    );
  });
  server.on('error', onTrouble);
  server.listen(port, host);
  server.unref(); // it keeps nobody alive
  return server;
}
