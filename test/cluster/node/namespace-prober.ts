import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';

export interface ProbedNamespaces {
  count: number;
  longestMs: number;
  failures: string[];
}

export interface NamespaceProber {
  /** Stops, and says how it was; may be asked twice. */
  end(): Promise<ProbedNamespaces>;
}

/** Makes and deletes an unrelated namespace, one after the other: a dead APIService would block that at once. */
export function probeNamespaces(cluster: LocalCluster): NamespaceProber {
  const ending = new AbortController();
  const found: ProbedNamespaces = { count: 0, longestMs: 0, failures: [] };
  const done = (async () => {
    for (let round = 1; !ending.signal.aborted; round += 1) {
      const name = `unrelated-${round}`;
      const since = Date.now();
      try {
        await cluster.kubectl(['create', 'namespace', name]);
        await cluster.kubectl(['delete', 'namespace', name, '--timeout=30s']);
        found.count += 1;
        found.longestMs = Math.max(found.longestMs, Date.now() - since);
      } catch (error) {
        found.failures.push(`after ${Date.now() - since} ms at ${new Date().toISOString()}: ${error}`);
      }
      await sleep(1000, undefined, { signal: ending.signal }).catch(() => undefined); // the loop sees the signal
    }
  })();
  return {
    end: async () => {
      ending.abort();
      await done;
      return found;
    },
  };
}
