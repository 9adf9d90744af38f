/*
 * A program: it answers at a port as no real kubelet can be made to. Arguments: port, what it does, certificate and key.
 */
import { readFileSync } from 'node:fs';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer } from 'node:https';

const [port, does, certificate = '', key = ''] = process.argv.slice(2);

const answer: RequestListener = (_request, response) => {
  if (does === 'hang') return;
  const text = textOf(does);
  const status = text === undefined ? Number(does) : 200;
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text);
};

function textOf(what: string | undefined): string | undefined {
  switch (what) {
    case 'garbage':
      return '{"this is":';
    case 'nodes only': {
      const now = Date.now();
      return `node_cpu_usage_seconds_total ${now / 10_000} ${now}\nnode_memory_working_set_bytes 1e9 ${now}\n`;
    }
    default:
      return undefined;
  }
}

const server =
  does === 'plain'
    ? createPlain(answer)
    : createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer);
server.listen(Number(port), '0.0.0.0', () => console.log('listening'));
