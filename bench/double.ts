import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { signCertificate } from '../local-cluster/certificates.ts';
import { layout } from '../local-cluster/layout.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import { labelsOf, type Place } from './many-nodes.ts';

/**
 * Stands for metrics-server, and for the kubelets: thousands of them cannot run on one machine. It says of every node what metrics-server would, in as
 * many bytes, and its log has the words of metrics-server for those that are not scraped.
 */
export interface Double extends Place {
  /** The nodes that there are. */
  names: string[];
  /** Which of them are not scraped, asked anew for each scrape. */
  failing: () => ReadonlySet<string>;
  server: Server;
}

export const podName = 'metrics-server-double';

export async function startDouble({ state }: LocalCluster, address: string): Promise<Double> {
  const { pki } = layout(state);
  const name = 'double';
  const names = [`IP:${address}`];
  await signCertificate(pki, {
    name,
    authority: 'ca',
    subject: '/O=system:nodes/CN=system:node:double',
    usage: 'serverAuth',
    names,
  });
  const [cert, key] = await Promise.all(['crt', 'key'].map((kind) => readFile(join(pki, `${name}.${kind}`))));
  const double: Omit<Double, 'port' | 'server'> = { address, names: [], failing: () => new Set() };
  const server = createServer({ cert, key }, (request, response) => {
    const path = request.url ?? '';
    const isLog = path.startsWith('/containerLogs/');
    response.setHeader('content-type', isLog ? 'text/plain' : 'application/json');
    response.end(isLog ? log(double) : JSON.stringify(answer(path, double)));
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) throw new Error('it does not listen');
  return Object.assign(double, { port: bound.port, server });
}

const apiVersion = 'metrics.k8s.io/v1beta1';

function answer(path: string, { names, failing }: Pick<Double, 'names' | 'failing'>): object {
  const timestamp = new Date(Date.now() - 5000).toISOString().replace(/\.\d+Z$/, 'Z');
  const sample = { timestamp, window: '15.032s' };
  if (path.startsWith(`/apis/${apiVersion}/nodes`)) {
    const missing = failing();
    const items = names
      .filter((name) => !missing.has(name))
      .map((name) => ({
        metadata: { name, creationTimestamp: timestamp, labels: labelsOf(name) },
        ...sample,
        usage: { cpu: '123456789n', memory: '12345678Ki' },
      }));
    return { kind: 'NodeMetricsList', apiVersion, metadata: {}, items };
  }
  if (path.includes('/pods')) {
    const items = [{ metadata: { name: podName, namespace: 'kube-system' }, ...sample, containers: [] }];
    return { kind: 'PodMetricsList', apiVersion, metadata: {}, items };
  }
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion, resources: [] };
}

/** The lines of the last two scrapes. */
function log({ failing, address, port }: Pick<Double, 'failing' | 'address'> & { port?: number }): string {
  const at = new Date().toISOString().slice(11, 19);
  const line = (node: string) =>
    `E1128 ${at}.000000       1 scraper.go:149] "Failed to scrape node" err="Get \\"https://${address}:${port}/metrics/resource\\": dial tcp ${address}:${port}: connect: connection refused" node="${node}"\n`;
  const lines = [...failing()].map(line);
  return [...lines, ...lines].join('');
}
