import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';

const timeoutMs = 3000;

/** What a server shows of itself. `none`: it has no certificate that it could show. */
export type Handshake =
  | { is: 'shown'; chain: X509Certificate[] } // its own certificate first
  | { is: 'none' }
  | { is: 'unreachable' };

/**
 * Asks a server for its certificate. Nothing is sent but the handshake, and nobody is trusted for it. By default the server is told the
 * name by which it is asked, as clients do.
 */
export async function handshake(
  host: string,
  port: number,
  servername = isIP(host) === 0 ? host : '',
): Promise<Handshake> {
  if (host === '') return { is: 'unreachable' }; // Node would ask this machine
  try {
    return await shakeHands(host, port, servername);
  } catch (error) {
    if (isImpossible(error)) return { is: 'unreachable' };
    throw error;
  }
}

/** Node refuses to connect to some places at all: a port of 70000, a NUL in the host. */
function isImpossible(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ERR_SOCKET_BAD_PORT', 'ERR_INVALID_ARG_VALUE'].includes(`${error.code}`)
  );
}

function shakeHands(host: string, port: number, servername: string): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      end(certificate === undefined ? { is: 'none' } : { is: 'shown', chain: chainFrom(certificate) });
    });
    const end = (handshake: Handshake) => {
      clearTimeout(timer);
      resolve(handshake);
      socket.destroy();
    };
    const timer = setTimeout(() => end({ is: 'unreachable' }), timeoutMs);
    socket.on('error', (error) => end({ is: hasNone(error) ? 'none' : 'unreachable' }));
    socket.once('end', () => end({ is: 'unreachable' }));
  });
}

/** Programs in Go say "internal error" where they have no certificate for whoever asks. */
function hasNone(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR';
}

// Longer ones are not in use, and a wrong one might go round in circles.
const longestChain = 5;

function chainFrom(certificate: X509Certificate): X509Certificate[] {
  const chain = [certificate];
  for (let next = certificate.issuerCertificate; next !== undefined; next = next.issuerCertificate) {
    if (chain.length === longestChain || chain.at(-1)?.fingerprint256 === next.fingerprint256) break;
    chain.push(next);
  }
  return chain;
}

/** SHA-256 of the certificate that a server shows, as in X509Certificate.fingerprint256; undefined where it cannot be reached. */
export async function shownBy(host: string, port: number, servername: string): Promise<string | undefined> {
  const seen = await handshake(host, port, servername);
  return seen.is === 'shown' ? seen.chain[0]?.fingerprint256 : undefined;
}
