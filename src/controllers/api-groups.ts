import { type Refreshed, refreshed } from '../platform/refreshed.ts';
import { Refusal } from '../platform/refusal.ts';
import type { LiveClusterParts } from './live-cluster.ts';

// Whoever has installed what was missing does not have to wait long, and asking costs next to nothing.
const askedEveryMs = 30_000;

/**
 * Whether the API server knows a group. Everybody who is known may ask that (ClusterRole system:discovery), so it tells a missing right
 * from a missing program.
 */
export function apiGroups(
  { connection, onLostProbe }: Pick<LiveClusterParts, 'connection' | 'onLostProbe'>,
  onNews: () => void,
): (group: string) => Promise<boolean> {
  const all = new Map<string, Refreshed<boolean>>();
  const ask = async (group: string): Promise<boolean> => {
    try {
      await connection.send({ path: `/apis/${group}`, timeoutMs: 5000 });
      return true;
    } catch (error) {
      if (error instanceof Refusal) return error.why !== 'absent';
      throw error;
    }
  };
  return async (group) => {
    const known = all.get(group) ?? refreshed({ fetch: () => ask(group), onNews, onFailure: onLostProbe });
    all.set(group, known);
    return await known.atLeastOne(askedEveryMs);
  };
}
