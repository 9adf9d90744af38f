import type { Connection } from './connection.ts';
import { type Counts, counts } from './counts.ts';
import type { Why } from './refusal.ts';

/** What one watch says of itself. */
export interface WatchMark {
  kind: string;
  path: string;
  /** What of it, as the API server is asked. */
  fieldSelector?: string;
  /** Whether the first list has been in, and was followed. */
  isIn: boolean;
  /** Goes up whenever the API server accepts the watch, and with each line that it sends: a bookmark comes every minute. */
  heard: number;
  /** What it fails by at present. */
  trouble: Error | undefined;
}

export interface WatchRegister {
  /** The watches that go on. */
  marks: Set<WatchMark>;
  /** How often a watch had to begin anew, by kind and reason. */
  restarts: Counts;
}

const registers = new WeakMap<Connection, WatchRegister>();

/** All watches on a connection, whoever has started them: none can be forgotten. */
export function watchesOn(connection: Connection): WatchRegister {
  const register = registers.get(connection) ?? { marks: new Set(), restarts: counts() };
  registers.set(connection, register);
  return register;
}

/** Another way to the same API server has the same watches. */
export function shareWatches(own: Connection, other: Connection): void {
  registers.set(own, watchesOn(other));
}

/** Enters a watch for as long as it goes on. */
export function enter(
  connection: Connection,
  { kind, path, fieldSelector }: Pick<WatchMark, 'kind' | 'path' | 'fieldSelector'>,
  signal: AbortSignal,
): { mark: WatchMark; restarts: (because: Why | 'away') => void } {
  const { marks, restarts } = watchesOn(connection);
  const mark: WatchMark = { kind, path, fieldSelector, isIn: false, heard: 0, trouble: undefined };
  if (!signal.aborted) marks.add(mark);
  signal.addEventListener('abort', () => marks.delete(mark), { once: true });
  return { mark, restarts: (because) => restarts.add({ kind, reason: because }) };
}
