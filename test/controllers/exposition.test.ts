import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import { exposition } from '../../src/controllers/exposition.ts';
import { figures } from '../../src/controllers/figures.ts';
import { type MetricsSource, metrics } from '../../src/controllers/metrics.ts';
import type { Condition } from '../../src/crds/status.ts';
import { counts } from '../../src/platform/counts.ts';
import { webServer } from '../../src/platform/web-server.ts';
import { portOf } from '../port-of.ts';
import { someConfig } from './some-seen.ts';

const condition = (type: Condition['type'], status: Condition['status'], reason: string): Condition => ({
  type,
  status,
  reason,
  message: 'for people',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

function someSource(changes: Partial<MetricsSource> = {}): MetricsSource {
  return {
    configs: () => [],
    lives: () => [],
    figures: figures(),
    watches: { marks: new Set(), restarts: counts() },
    queue: () => ({ running: 0, due: 0, later: 0, runningSinceMs: undefined }),
    isLeader: () => true,
    version: '1.2.3',
    ...changes,
  };
}

describe('the metrics of the operator', () => {
  const linesOf = async (page: ReturnType<typeof exposition>, name: string) => {
    const { body } = await page();
    return body.split('\n').filter((line) => line.startsWith(`metrics_server_operator_${name}`));
  };

  it('say which condition holds, and for which reason, and nothing of what held before', async () => {
    const config = someConfig();
    const page = exposition(someSource({ configs: () => [config] }));
    const line = (reason: string) =>
      `metrics_server_operator_config_condition{config="metrics-server",type="Secure",status="False",reason="${reason}"} 1`;
    for (const reason of ['KubeletNotVerified', 'InsecureExpired']) {
      config.status = { conditions: [condition('Secure', 'False', reason)] };
      expect(await linesOf(page, 'config_condition')).to.deep.equal([line(reason)]);
    }
  });

  it('count looks by how they ended, and time them', async () => {
    const source = someSource();
    const page = exposition(source);
    await source.figures.measured(async () => undefined);
    await source.figures.measured(async () => ({ again: { leastMs: 0 } }));
    const failed = source.figures.measured(async () => {
      throw new Error('no');
    });
    expect(await failed.catch((error: Error) => error.message)).to.equal('no');
    const of = (result: string) => `metrics_server_operator_reconciles_total{result="${result}"} 1`;
    expect(await linesOf(page, 'reconciles_total')).to.deep.equal(['done', 'again', 'failed'].map(of));
    expect(await linesOf(page, 'reconciles_total'), 'asking counts nothing').to.have.length(3);
    expect(await linesOf(page, 'reconcile_duration_seconds_count')).to.deep.equal([
      'metrics_server_operator_reconcile_duration_seconds_count 3',
    ]);
  });

  it('say who works and who stands by', async () => {
    const page = exposition(someSource({ isLeader: () => false }));
    expect(await linesOf(page, 'leader')).to.deep.equal(['metrics_server_operator_leader 0']);
  });

  it('have names with a prefix and a unit, and say of each label what it means', () => {
    expect(metrics.filter(({ name }) => !/^metrics_server_operator_[a-z_]+$/.test(name))).to.deep.equal([]);
    const counters = metrics.filter(({ type }) => type === 'counter');
    expect(counters.filter(({ name }) => !name.endsWith('_total'))).to.deep.equal([]);
    const inTime = metrics.filter(({ help }) => /seconds|how long/i.test(help));
    expect(inTime.filter(({ name }) => !name.endsWith('_seconds'))).to.deep.equal([]);
    expect(
      metrics.flatMap(({ labels }) => Object.values(labels)).filter((text) => text === ''),
    ).to.deep.equal([]);
  });
});

describe('the pages that the operator serves', () => {
  const ending = new AbortController();
  const failures: string[] = [];
  const others: Server[] = [];
  after(() => {
    ending.abort();
    for (const server of others) server.close();
  });
  const serve = (port: number) =>
    webServer({
      address: { host: '127.0.0.1', port },
      pages: { '/metrics': () => ({ code: 200, body: 'a 1\n' }) },
      onTrouble: (error) => failures.push(`${error}`),
      signal: ending.signal,
    });

  it('are all there is, and can only be read', async () => {
    const server = serve(0);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${portOf(server)}`;
    expect(await (await fetch(`${url}/metrics?a=b`)).text()).to.equal('a 1\n');
    expect((await fetch(`${url}/debug`)).status).to.equal(404);
    expect((await fetch(`${url}/toString`)).status).to.equal(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).to.equal(404);
  });

  it('are given up, and that is told, where the port is taken', async () => {
    const other = createServer();
    others.push(other);
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    await once(serve(portOf(other)), 'error');
    expect(failures.join()).to.include('EADDRINUSE');
  });
});
