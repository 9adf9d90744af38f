import { readFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';

/** What a client of the metrics API went through. */
export interface Probed {
  requests: number;
  /** How often each thing went wrong. */
  failures: Record<string, number>;
  /** The longest time without a good answer, in ms. */
  longestGapMs: number;
}

export interface MetricsProber {
  /** What has happened since the last call, by kind of connection. */
  taken(): Record<'kept' | 'fresh', Probed>;
  end(): Promise<void>;
}

const everyMs = 200;
const path = '/apis/metrics.k8s.io/v1beta1/nodes';

/** Reads the metrics API through the aggregator five times a second, on a kept connection and on a new one for each request. */
export async function probeMetrics(cluster: LocalCluster): Promise<MetricsProber> {
  const options = await target(cluster);
  const ending = new AbortController();
  const kept = probe({ ...options, agent: new Agent({ keepAlive: true, maxSockets: 4 }) }, ending.signal);
  const fresh = probe({ ...options, agent: false }, ending.signal);
  return {
    taken: () => ({ kept: kept.taken(), fresh: fresh.taken() }),
    end: async () => {
      ending.abort();
      await Promise.all([kept.done, fresh.done]);
    },
  };
}

async function target({ kubeconfig }: LocalCluster) {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  if (cluster === null || user === null) throw new Error(`${kubeconfig} names no cluster or no user`);
  const { hostname: host, port } = new URL(cluster.server);
  const read = async (data: string | undefined, file: string | undefined) =>
    data === undefined ? file && (await readFile(file, 'utf8')) : Buffer.from(data, 'base64').toString();
  const [ca, cert, key] = await Promise.all([
    read(cluster.caData, cluster.caFile),
    read(user.certData, user.certFile),
    read(user.keyData, user.keyFile),
  ]);
  return { host, port, path, ca, cert, key, timeout: 5000 };
}

function probe(options: RequestOptions, signal: AbortSignal) {
  const state = { probed: nothing(), goodAtMs: Date.now() };
  const once = async () => {
    const said = await ask(options);
    const { probed } = state;
    const now = Date.now();
    probed.requests += 1;
    probed.longestGapMs = Math.max(probed.longestGapMs, now - state.goodAtMs);
    if (said === 'good') state.goodAtMs = now;
    else probed.failures[said] = (probed.failures[said] ?? 0) + 1;
  };
  const done = (async () => {
    const underWay = new Set<Promise<void>>();
    while (!signal.aborted) {
      const asked = once();
      underWay.add(asked);
      void asked.finally(() => underWay.delete(asked));
      await sleep(everyMs);
    }
    await Promise.all(underWay);
  })();
  return {
    done,
    taken: () => {
      const { probed } = state;
      state.probed = nothing();
      return probed;
    },
  };
}

const nothing = (): Probed => ({ requests: 0, failures: {}, longestGapMs: 0 });

/** `good`, or in a few words what was wrong. An answer without nodes is none. */
function ask(options: RequestOptions): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(options, async (response) => {
      try {
        let body = '';
        for await (const chunk of response) body += chunk;
        if (response.statusCode !== 200) resolve(`${response.statusCode} ${messageIn(body).slice(0, 200)}`);
        else resolve(JSON.parse(body).items?.length > 0 ? 'good' : 'no nodes');
      } catch (error) {
        resolve(`broken answer: ${error}`);
      }
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')));
    asked.on('error', (error) => resolve(error.message));
    asked.end();
  });
}

/** The words of a Status, or what else came. */
function messageIn(body: string): string {
  return /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? body.trim();
}
