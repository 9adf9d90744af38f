import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';

/** The cluster's own registry, which has the images. */
const origin = { host: '127.0.0.1', port: 5000 };

export const ports = { empty: 5001, locked: 5002, slow: 5003, late: 5004 };
export const credentials = { username: 'reader', password: 'secret' };

/** Asks the registry that has the images, whatever stands in front of it. */
function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url, headers } = incoming;
  const asked = request({ ...origin, method, path: url, headers: { ...headers, host: '127.0.0.1:5000' } });
  asked.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  asked.on('error', (error) => outgoing.writeHead(502).end(error.message));
  incoming.pipe(asked);
}

function refuse(
  outgoing: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
) {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
  outgoing.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }));
}

const wanted = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;

const registries: Record<keyof typeof ports, RequestListener> = {
  empty: ({ url }, outgoing) => {
    if (url === '/v2/') outgoing.writeHead(200).end('{}');
    else refuse(outgoing, 404, 'MANIFEST_UNKNOWN');
  },
  locked: (incoming, outgoing) => {
    if (incoming.headers.authorization === wanted) forward(incoming, outgoing);
    else refuse(outgoing, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="locked"' });
  },
  slow: (incoming, outgoing) => {
    void sleep(2000).then(() => forward(incoming, outgoing));
  },
  late: forward,
};

function isKind(name: string): name is keyof typeof ports {
  return name in ports;
}

/** Registries on node 1 of a cluster, each with a fault of its own; `late` is one that nobody has started before. */
export async function startRegistries(
  cluster: LocalCluster,
  kinds: (keyof typeof ports)[],
): Promise<() => Promise<void>> {
  const command = cluster.inside?.([process.execPath, import.meta.filename, ...kinds]);
  if (command === undefined) throw new Error('a cluster without nodes pulls no images');
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit'); // its cluster may take it along before it is asked to end
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.on('error', () => undefined).end(); // it ends with its input, also where this process is killed
    await exited;
  };
}

/** As a program: serves until its input ends. */
if (import.meta.main) {
  for (const kind of process.argv.slice(2).filter(isKind)) {
    const server = createServer(registries[kind]).listen(ports[kind], '127.0.0.1');
    await once(server, 'listening');
  }
  console.log('listening');
  process.stdin.resume().on('end', () => process.exit(0));
}
