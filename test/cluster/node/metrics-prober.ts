import { readFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';

/** What a client of the metrics API went through. */
export interface Probed {
  requests: number;
  /** How often a server said when to ask again, and was asked again. */
  askedAgain: number;
  /** How often each thing went wrong in the end. */
  failures: Record<string, number>;
  /** The longest time without a good answer, in ms. */
  longestGapMs: number;
}

type ByConnection = Record<'kept' | 'fresh', Probed>;

export interface MetricsProber {
  /** What has happened since the last call, by kind of connection. */
  taken(): ByConnection;
  end(): Promise<void>;
}

const everyMs = 200;
const mostAttempts = 11; // client-go asks again ten times (rest/request.go)
const path = '/apis/metrics.k8s.io/v1beta1/nodes';

/** Reads the metrics API through the aggregator five times a second, on a kept connection and on a new one for each request. */
export async function probeMetrics(cluster: LocalCluster): Promise<MetricsProber> {
  const options = await target(cluster);
  const ending = new AbortController();
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const kept = probe(() => askPatiently({ ...options, agent }), ending.signal);
  const fresh = probe(() => askPatiently({ ...options, agent: false }), ending.signal);
  return {
    taken: () => ({ kept: kept.taken(), fresh: fresh.taken() }),
    end: async () => {
      ending.abort();
      await Promise.all([kept.done, fresh.done]);
    },
  };
}

// An old pod that ends may say so to a request (docs/decisions/0004). More would be a fault of its own.
const mostAskedAgain = 2;
const longestGapMs = 10_000;

/** Asserts that no request failed while metrics-server was changed so often. */
export function expectNoGap(
  taken: ByConnection | undefined,
  { requests, changes }: { requests: number; changes: number },
): void {
  expect(taken?.kept.requests).to.be.greaterThan(requests);
  expect([taken?.kept.failures, taken?.fresh.failures]).to.deep.equal([{}, {}]);
  for (const probed of [taken?.kept, taken?.fresh]) {
    expect(probed?.askedAgain).to.be.at.most(mostAskedAgain * changes);
    expect(probed?.longestGapMs).to.be.below(longestGapMs);
  }
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

function probe(askOnce: () => Promise<Outcome>, signal: AbortSignal) {
  const state = { probed: nothing(), goodAtMs: Date.now() };
  const once = async () => {
    const { said, askedAgain } = await askOnce();
    const { probed } = state;
    const now = Date.now();
    probed.requests += 1;
    probed.askedAgain += askedAgain;
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

const nothing = (): Probed => ({ requests: 0, askedAgain: 0, failures: {}, longestGapMs: 0 });

/** `said` is `good`, or in a few words what was wrong. */
export interface Outcome {
  said: string;
  askedAgain: number;
}

/**
 * Asks as client-go does, and so kubectl and the autoscaler: where a 429 or 5xx says when to ask again (Retry-After, in
 * seconds), it is asked again then (rest/with_retry.go). Anything else is final.
 */
export async function askPatiently(options: RequestOptions): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    const { said, againAfterSeconds } = await ask(options);
    if (againAfterSeconds === undefined || attempt === mostAttempts) return { said, askedAgain: attempt - 1 };
    await sleep(againAfterSeconds * 1000);
  }
}

interface Answer {
  said: string;
  againAfterSeconds?: number;
}

/** An answer without nodes is none. */
function ask(options: RequestOptions): Promise<Answer> {
  const requestIt = options.protocol === 'http:' ? plainRequest : request;
  return new Promise((resolve) => {
    const asked = requestIt(options, async (response) => {
      try {
        let body = '';
        for await (const chunk of response) body += chunk;
        const { statusCode = 0, headers } = response;
        if (statusCode !== 200) {
          const said = `${statusCode} ${messageIn(body).slice(0, 200)}`;
          const again = /^\d+$/.exec(headers['retry-after'] ?? '')?.[0];
          const mayAskAgain = (statusCode === 429 || statusCode >= 500) && again !== undefined;
          resolve({ said, ...(mayAskAgain && { againAfterSeconds: Number(again) }) });
        } else resolve({ said: JSON.parse(body).items?.length > 0 ? 'good' : 'no nodes' });
      } catch (error) {
        resolve({ said: `broken answer: ${error}` });
      }
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')));
    asked.on('error', (error) => resolve({ said: error.message }));
    asked.end();
  });
}

/** The words of a Status, or what else came. */
function messageIn(body: string): string {
  return /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? body.trim();
}
