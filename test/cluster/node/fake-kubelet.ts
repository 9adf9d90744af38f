/*
 * A program: it answers at a port as no real kubelet can be made to. Arguments: port, what it does, certificate and key.
 */
import { readFileSync } from 'node:fs';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer } from 'node:https';

const [port, does, certificate = '', key = ''] = process.argv.slice(2);

const answer: RequestListener = (_request, response) => {
  if (does === 'hang') return;
  const status = does === 'garbage' ? 200 : Number(does);
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(does === 'garbage' ? '{"this is":' : '');
};

const server =
  does === 'plain'
    ? createPlain(answer)
    : createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer);
server.listen(Number(port), '0.0.0.0', () => console.log('listening'));
