import { connect } from 'node:tls';

const timeoutMs = 3000;

/**
 * SHA-256 of the certificate that a server shows, as in X509Certificate.fingerprint256; undefined where it cannot be reached. Nothing is
 * sent but the handshake, and nobody is trusted for it.
 */
export function shownBy(host: string, port: number, servername: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername, rejectUnauthorized: false, timeout: timeoutMs }, () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      resolve(fingerprint256);
      socket.destroy();
    });
    const giveUp = () => {
      resolve(undefined);
      socket.destroy();
    };
    socket.once('error', giveUp);
    socket.once('timeout', giveUp);
    socket.once('end', giveUp);
  });
}
