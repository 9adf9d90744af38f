import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { followedPair } from './followed-pair.ts';

/** Where to listen, such as 127.0.0.1:8080, or :8080 for every address. */
export interface Address {
  host: string | undefined;
  port: number;
}

export interface Page {
  code: number;
  body: string;
  type?: string;
}

export interface WebServerParts {
  address: Address;
  /** By path. Whatever is not named is 404. */
  pages: Record<string, () => Promise<Page> | Page>;
  /** Folder with tls.crt and tls.key; without one it is plain HTTP. */
  certificate?: string;
  onTrouble: (error: unknown) => void;
  /** The certificate that is shown from now on, by its fingerprint. */
  onCertificate?: (fingerprint: string) => void;
  signal: AbortSignal;
}

/** Serves pages that can only be read, and keeps nobody alive. A port that is taken ends nothing: it is told. */
export function webServer(parts: WebServerParts): Server {
  const { address, certificate, onTrouble, signal } = parts;
  const server =
    certificate === undefined ? createServer(answering(parts)) : secureServer(certificate, parts);
  server.on('error', onTrouble);
  server.listen(address.port, address.host);
  server.unref();
  signal.addEventListener('abort', () => {
    server.close();
    server.closeAllConnections(); // a scraper keeps its connection
  });
  return server;
}

function secureServer(folder: string, parts: WebServerParts): Server {
  const server = createSecureServer({ minVersion: 'TLSv1.2' }, answering(parts)); // nobody gets in without a certificate
  const { onTrouble, onCertificate, signal } = parts;
  followedPair({
    folder,
    onPair: ({ cert, key, fingerprint }) => {
      server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
      onCertificate?.(fingerprint);
    },
    onTrouble,
    signal,
  });
  return server;
}

function answering({ pages, onTrouble }: WebServerParts): RequestListener {
  const paths = Object.keys(pages).join(', ');
  return (request, response) => {
    const page = pages[request.url?.split('?')[0] ?? ''];
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const answer = async (): Promise<Page> =>
      page === undefined || !isRead
        ? { code: 404, body: `GET ${paths} is all there is here.\n` }
        : await page();
    answer().then(
      ({ code, body, type = 'text/plain; charset=utf-8' }) =>
        response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store' }).end(body),
      (error) => {
        onTrouble(error);
        response.writeHead(500).end('This could not be answered; the log says why.\n');
      },
    );
  };
}
