import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { makeAuthority } from '../../../src/platform/x509.ts';

export const nodeMetricsPath = '/apis/metrics.k8s.io/v1beta1/nodes';

const asMetricsServer: RequestListener = (request, response) => {
  const isNodes = request.url?.startsWith(nodeMetricsPath);
  const kind = isNodes ? 'NodeMetricsList' : 'APIResourceList';
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ kind, apiVersion: 'v1', groupVersion: 'metrics.k8s.io/v1beta1', items: [] }));
};

/** Stands for metrics-server where only its certificate matters, or that it answers at all. */
export async function standIn(
  address: string,
  at = 0,
  shown?: { certificate: string; key: string },
  answer: RequestListener = asMetricsServer,
): Promise<{ server: Server; port: number }> {
  const { certificate, key } = shown ?? (await makeAuthority('nobody', 1, new Date()));
  const server = createServer({ cert: certificate, key }, answer);
  await new Promise<void>((resolve) => server.listen(at, address, resolve));
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) throw new Error('it does not listen');
  return { server, port: bound.port };
}

/** Answers nobody any more, not even on a connection that is open. */
export function end(server: Server | undefined): void {
  server?.closeAllConnections();
  server?.close();
}
