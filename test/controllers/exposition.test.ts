import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import { expose } from '../../src/controllers/exposition.ts';
import type { MetricsServerConfig } from '../../src/crds/metrics-server-config.ts';
import type { Condition } from '../../src/crds/status.ts';
import { someConfig } from './some-seen.ts';

const condition = (type: Condition['type'], status: Condition['status'], reason: string): Condition => ({
  type,
  status,
  reason,
  message: 'for people',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

describe('the metrics of the operator', () => {
  const servers: Server[] = [];
  const failures: Error[] = [];
  const serve = async (configs: () => MetricsServerConfig[]) => {
    const server = expose({ host: '127.0.0.1', port: 0 }, configs, (error) => failures.push(error));
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${portOf(server)}`;
  };
  after(() => {
    for (const server of servers) server.close();
  });

  it('say which condition holds, and for which reason, and nothing of what held before', async () => {
    const config = someConfig();
    config.status = { conditions: [condition('Secure', 'False', 'KubeletNotVerified')] };
    const url = await serve(() => [config]);
    const lines = async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return text.split('\n').filter((line) => line.startsWith('metrics_server_operator_config_condition{'));
    };
    const line = (reason: string) =>
      `metrics_server_operator_config_condition{config="metrics-server",type="Secure",status="False",reason="${reason}"} 1`;
    expect(await lines()).to.deep.equal([line('KubeletNotVerified')]);
    config.status = { conditions: [condition('Secure', 'False', 'InsecureExpired')] };
    expect(await lines()).to.deep.equal([line('InsecureExpired')]);
  });

  it('are all there is', async () => {
    const url = await serve(() => []);
    expect((await fetch(`${url}/debug`)).status).to.equal(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).to.equal(404);
  });

  it('are given up, and that is told, where the port is taken', async () => {
    const other = createServer();
    servers.push(other);
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const server = expose(
      { host: '127.0.0.1', port: portOf(other) },
      () => [],
      (error) => failures.push(error),
    );
    await once(server, 'error');
    expect(failures.map(({ message }) => message).join()).to.include('EADDRINUSE');
  });
});

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return address.port;
}
