import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

export interface ServedPair {
  cert: string;
  key: string;
  fingerprint: string;
}

interface FollowedPairParts {
  /** With tls.crt and tls.key, as a Secret is mounted. */
  folder: string;
  onPair: (pair: ServedPair) => void;
  /** The files cannot be read, or do not belong together: what was before stays. Told once for each such trouble. */
  onTrouble: (error: Error) => void;
  everyMs?: number;
  signal: AbortSignal;
}

// By time and not by fs.watch: a mounted Secret is replaced by way of symbolic links, and some file systems tell nothing.
const readEveryMs = 10_000;

/** Reads a certificate with its key, and again whenever they may have changed. */
export function followedPair({
  folder,
  onPair,
  onTrouble,
  everyMs = readEveryMs,
  signal,
}: FollowedPairParts): void {
  const last = { pair: '', trouble: '' };
  const read = async () => {
    try {
      const pair = await readPair(folder);
      if (signal.aborted) return;
      last.trouble = '';
      if (last.pair !== pair.cert + pair.key) onPair(pair);
      last.pair = pair.cert + pair.key;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text === last.trouble || signal.aborted) return;
      last.trouble = text;
      onTrouble(new Error(`certificate in ${folder} cannot be used`, { cause: error }));
    }
  };
  void read();
  const timer = setInterval(() => void read(), everyMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** Throws where one of the two is missing, or where they do not belong together. */
async function readPair(folder: string): Promise<ServedPair> {
  const [cert = '', key = ''] = await Promise.all(
    ['tls.crt', 'tls.key'].map((file) => readFile(join(folder, file), 'utf8')),
  );
  createSecureContext({ cert, key }); // also says when the key is another one's
  return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 };
}
