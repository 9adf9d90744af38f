import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** `silence` where no answer came within a second; `connection` counts the connections made so far. */
export type Answer = { said: string; connection: number };
export type KeptConnection = { ask(): Promise<Answer>; end(): void };

const patienceMs = 1000;

/** An admin's client that asks for the version over one connection, and makes a new one when that has failed. */
export async function keepConnection(pki: string, host: string, port: number): Promise<KeptConnection> {
  const read = (name: string) => readFile(join(pki, name));
  const [ca, cert, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map(read));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const connections = new Set<unknown>();
  const target = { host, port, path: '/version', ca, cert, key, agent, timeout: patienceMs };
  const ask = () =>
    new Promise<string>((resolve) => {
      const request = get(target, (response) => {
        response.resume().on('end', () => resolve(String(response.statusCode)));
      });
      request.on('socket', (socket) => connections.add(socket));
      request.on('timeout', () => request.destroy(new Error('silence')));
      request.on('error', (error) => resolve(error.message));
    });
  return {
    ask: async () => ({ said: await ask(), connection: connections.size }),
    end: () => agent.destroy(),
  };
}

/** As a program: asks once for every line it reads, and writes down the answer. */
if (import.meta.main) {
  const [pki = '', host = '', port = ''] = process.argv.slice(2);
  const connection = await keepConnection(pki, host, Number(port));
  for await (const _ of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await connection.ask()));
  }
  connection.end();
}
