import { readFile } from 'node:fs/promises';
import type { KubeConfig, RequestContext } from '@kubernetes/client-node';

/** One TCP connection with the credentials that it was opened with. It is never mended, only replaced. */
export interface Link {
  server: string;
  openedAtMs: number;
  /** Aborts when the link is given up; whatever is under way on it fails then. */
  signal: AbortSignal;
  authorize(context: RequestContext): Promise<void>;
  /** The CAs by which the server is verified, as PEM; undefined where the kubeconfig names none. A file is read afresh. */
  authorities(): Promise<string | undefined>;
  /** Notes that the server has sent something, on a stream or otherwise. */
  heard(on: 'stream' | 'answer'): void;
  /** How long nothing has come: at all, and on the streams. */
  silence(): { allMs: number; streamsMs: number };
  end(because: string): void;
}

export function openLink(kubeConfig: KubeConfig): Link {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig has no current context with a cluster');
  const ending = new AbortController();
  const kept: { dispatcher?: ReturnType<RequestContext['getDispatcher']> } = {};
  const openedAtMs = Date.now();
  const heardAt = { answer: openedAtMs, stream: openedAtMs };

  return {
    server: cluster.server,
    openedAtMs,
    signal: ending.signal,
    // client-node makes a new dispatcher, hence a new TLS connection, for each request; we go on with the first.
    authorize: async (context) => {
      await kubeConfig.applySecurityAuthentication(context);
      kept.dispatcher ??= context.getDispatcher();
      if (kept.dispatcher !== undefined) context.setDispatcher(kept.dispatcher);
    },
    authorities: async () => {
      const { caData, caFile, skipTLSVerify } = cluster;
      if (skipTLSVerify) return undefined;
      if (caData !== undefined) return Buffer.from(caData, 'base64').toString();
      return caFile === undefined ? undefined : await readFile(caFile, 'utf8');
    },
    heard: (on) => {
      heardAt[on] = Date.now();
    },
    silence: () => ({
      allMs: Date.now() - Math.max(heardAt.answer, heardAt.stream),
      streamsMs: Date.now() - heardAt.stream,
    }),
    end: (because) => {
      ending.abort(new Error(because));
      // What was under way has been told by the signal; that the sockets are closed interests nobody any more.
      void kept.dispatcher?.destroy(new Error(because));
    },
  };
}
