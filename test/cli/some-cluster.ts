import type { KubernetesObject, V1Node, V1Pod } from '@kubernetes/client-node';
import type { Asked } from '../../src/cli/diagnose/look.ts';
import type { Found } from '../../src/installed/found.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { someFound } from '../installed/some-found.ts';

export const now = new Date('2026-01-01T12:00:00Z');
const longAgo = new Date('2026-01-01T10:00:00Z');
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);

/** What an API server holds and answers: upstream's metrics-server on two nodes, healthy but where a test cares. */
export interface SomeCluster {
  found?: Partial<Found>;
  pods?: V1Pod[];
  nodes?: V1Node[];
  /** Names of those with a sample; undefined: the metrics API does not answer. */
  sampled?: string[] | undefined;
  log?: string;
  requests?: KubernetesObject[];
  config?: object;
  mayScrape?: boolean;
  /** Resources that may not be read, as the API server names them. */
  forbidden?: string[];
}

export function someCluster(changes: SomeCluster = {}): { connection: Asked; asked: string[] } {
  const { found, pods, nodes, log, requests, config, mayScrape, forbidden } = {
    pods: [pod('node-1')],
    nodes: [node('node-1'), node('node-2')],
    log: '',
    requests: [],
    forbidden: [],
    ...changes,
  };
  const { deployment, service, apiService } = { ...someFound('upstream-0.9'), ...found };
  const samples = 'sampled' in changes ? changes.sampled : ['node-1', 'node-2'];
  const asked: string[] = [];
  const status = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, observedGeneration: 1 };
  const up = { ...deployment, metadata: { generation: 1, ...deployment.metadata }, status };
  const answers: [RegExp, () => unknown][] = [
    [/^\/version$/, () => ({ gitVersion: 'v1.36.0' })],
    [/\/apiservices\//, () => apiService],
    [/\/services\//, () => service],
    [/\/deployments\//, () => up],
    [/\/deployments$/, () => ({ items: [up] })],
    [/\/pods$/, () => ({ items: pods })],
    [/^\/api\/v1\/nodes$/, () => ({ items: nodes })],
    [/\/metricsserverconfigs\//, () => config],
    [/\/metricsserverconfigs$/, () => ({ items: config === undefined ? [] : [config] })],
    [/\/certificatesigningrequests$/, () => ({ items: requests })],
    [/\/subjectaccessreviews$/, () => ({ status: { allowed: mayScrape } })],
    [
      /\/apis\/metrics\.k8s\.io\/v1beta1\/nodes$/,
      () => {
        if (samples === undefined) throw new Refusal(503, '{"message":"no endpoints available for service"}');
        return {
          items: samples.map((name) => ({ metadata: { name }, timestamp: secondsAgo(5).toISOString() })),
        };
      },
    ],
    [/\/log$/, () => log],
  ];
  const answer = (path: string): unknown => {
    asked.push(path);
    const refused = forbidden.find((resource) => path.includes(resource.replace('pods/log', '/log')));
    if (refused !== undefined)
      throw new Refusal(403, JSON.stringify({ message: `user "ci" cannot get resource "${refused}"` }));
    const found = answers.find(([pattern]) => pattern.test(path))?.[1]();
    if (found === undefined) throw new Refusal(404, '{"message":"not found"}');
    return found;
  };
  return {
    asked,
    connection: {
      send: async ({ path }) => JSON.parse(JSON.stringify(answer(path))),
      list: async ({ path }, keep) => JSON.parse(JSON.stringify(answer(path))).items.map(keep),
      text: async ({ path }) => `${answer(path)}`,
      now: () => now,
    },
  };
}

export function node(name: string, ready = 'True'): V1Node {
  return {
    metadata: { name, creationTimestamp: longAgo },
    status: {
      conditions: [{ type: 'Ready', status: ready, lastTransitionTime: longAgo }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    },
  };
}

/** A pod of upstream's Deployment, ready unless it runs since so many seconds without being so. */
export function pod(nodeName: string, unreadySeconds?: number): V1Pod {
  const { deployment } = someFound('upstream-0.9');
  const isReady = unreadySeconds === undefined;
  const startedAt = isReady ? longAgo : secondsAgo(unreadySeconds);
  const containerStatus = { image: '', imageID: '', restartCount: 0 };
  return {
    metadata: { name: 'metrics-server-abc', namespace: 'kube-system', uid: 'abc' },
    spec: {
      ...deployment.spec?.template.spec,
      containers: deployment.spec?.template.spec?.containers ?? [],
      nodeName,
    },
    status: {
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: startedAt }],
      containerStatuses: [
        { ...containerStatus, name: 'sidecar', ready: true },
        { ...containerStatus, name: 'metrics-server', ready: isReady, state: { running: { startedAt } } },
      ],
    },
  };
}

/** A line of the log, as klog writes it. */
export function failure(nodeName: string, error: string): string {
  const quoted = error.replaceAll('"', '\\"');
  return `E0101 12:00:00.000000       1 scraper.go:149] "Failed to scrape node" err="${quoted}" node="${nodeName}"\n`;
}
