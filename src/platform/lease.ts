import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { backoffMs } from './backoff.ts';
import { api, claim, dueAtMs, farewell, heldMs, type LeaseObject, type Sight, sightOf } from './claim.ts';
import type { Connection } from './connection.ts';
import { collectionPath, objectPath } from './paths.ts';
import { Refusal } from './refusal.ts';
import { type Store, watch } from './watch.ts';

/** Which of several processes leads: the one that has written its name into the Lease last, and goes on writing it. */
export interface Lease {
  /** Whether this process leads at this moment. Ask right before acting: who was stopped meanwhile learns of it from the clock alone. */
  isHeld(): boolean;
  /** Gives it back, so that the next one need not wait. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** One of its own, so that no flood delays it. */
  connection: Connection;
  namespace: string;
  name: string;
  /** Another one for every process that there ever is; see `holderName`. */
  holder: string;
  fieldManager: string;
  onChange: (isHeld: boolean) => void;
  /** Trouble that is being retried, and when it is over. */
  onTrouble: (trouble: Error | 'over') => void;
  signal: AbortSignal;
}

interface Held {
  options: LeaseOptions;
  /** Undefined before the API server has answered. */
  sight?: Sight;
  untilMs: number;
  /** The same by the clock on the wall. */
  untilWallMs: number;
  /** What `onChange` was told last. */
  isTold: boolean;
  isEnding: boolean;
  /** In a row; to be overtaken is none. */
  failures: number;
  notBeforeMs: number;
  asking?: Promise<void>;
  timer?: NodeJS.Timeout;
  remember: Store<LeaseObject>['remember'];
}

const timeoutMs = 4000;
const longestPauseMs = 5000;
const never = Number.POSITIVE_INFINITY;

/** A container that starts again in the same pod is another process: the one before may still have a write under way. */
export function holderName(podName = hostname()): string {
  return `${podName}_${randomUUID().slice(0, 8)}`;
}

/** Begins to ask for the Lease; whoever has lost it asks again. */
export function holdLease(options: LeaseOptions): Lease {
  const held: Held = {
    options,
    untilMs: 0,
    untilWallMs: 0,
    isTold: false,
    isEnding: false,
    failures: 0,
    notBeforeMs: 0,
    remember: (lease) => store.remember(lease),
  };
  const store = watchLease(held);
  return {
    isHeld: () => isHeld(held),
    release: async () => {
      held.isEnding = true;
      clearTimeout(held.timer);
      await held.asking;
      const { sight } = held;
      if (!isHeld(held) || sight === undefined) return;
      held.untilMs = 0; // first, for nothing may be written after it
      await write(held, farewell(sight, options.connection.now()));
    },
  };
}

/** Of this machine's clock since it was started: nobody can set it, and it goes on while the process is stopped. */
const now = () => performance.now();

/** That clock stands still while the machine is suspended, the other may be set back: the Lease is held only where both say so. */
const isHeld = ({ untilMs, untilWallMs }: Held) => now() < untilMs && Date.now() < untilWallMs;

/** Tells what has changed, asks if it is time, and does so again when it may be. */
function beat(held: Held): void {
  const { options, sight, notBeforeMs } = held;
  clearTimeout(held.timer);
  if (options.signal.aborted || held.isEnding) return;
  if (isHeld(held) !== held.isTold) {
    held.isTold = !held.isTold;
    options.onChange(held.isTold);
  }
  const dueMs = sight === undefined ? never : Math.max(dueAtMs(sight, isHeld(held)), notBeforeMs);
  if (sight !== undefined && held.asking === undefined && dueMs <= now()) {
    held.asking = ask(held, sight).finally(() => {
      held.asking = undefined;
      beat(held);
    });
  }
  const nextMs = Math.min(held.asking === undefined ? dueMs : never, held.isTold ? held.untilMs : never);
  if (nextMs !== never) held.timer = setTimeout(() => beat(held), Math.max(1, nextMs - now()));
}

function see(held: Held, found: LeaseObject | 'absent' | 'deleted'): void {
  const before = held.sight?.lease?.metadata?.resourceVersion;
  const isNews = typeof found === 'string' || found.metadata?.resourceVersion !== before;
  if (isNews) held.sight = sightOf(found, held.options.holder, now());
  if (held.sight?.is !== 'mine') held.untilMs = 0;
  // What kept this process from it may be over or not: it is tried again when the other one stops.
  if (isNews && typeof found !== 'string' && held.sight?.is === 'theirs') answered(held);
  beat(held);
}

async function ask(held: Held, sight: Sight): Promise<void> {
  const { connection, holder } = held.options;
  const [askedAtMs, askedAtWallMs] = [now(), Date.now()]; // the answer may take its time, and the others count from the write
  try {
    const written = await write(held, claim(sight, holder, connection.now()));
    held.untilMs = askedAtMs + heldMs;
    held.untilWallMs = askedAtWallMs + heldMs;
    see(held, written);
    answered(held);
  } catch (error) {
    if (!(error instanceof Refusal) || error.why !== 'changed') return pause(held, error);
    await look(held).catch((failure) => pause(held, failure));
  }
}

function answered(held: Held): void {
  if (held.failures > 0) held.options.onTrouble('over');
  held.failures = 0;
}

function pause(held: Held, error: unknown): void {
  held.notBeforeMs = now() + Math.min(longestPauseMs, backoffMs(held.failures));
  if (held.failures === 0) held.options.onTrouble(error instanceof Error ? error : new Error(String(error)));
  held.failures += 1;
}

async function write(
  { options, remember }: Held,
  body: Pick<LeaseObject, 'metadata' | 'spec'>,
): Promise<LeaseObject> {
  const { connection, fieldManager, namespace, name } = options;
  const written = await connection.send<LeaseObject>({
    method: 'PATCH',
    path: objectPath({ ...api, namespace, name }),
    query: { fieldManager, force: true },
    contentType: 'application/apply-patch+yaml',
    body: { ...api, ...body, metadata: { ...body.metadata, namespace, name } },
    timeoutMs,
  });
  remember(written);
  return written;
}

/** Somebody else was quicker, and the watch may be late. */
async function look(held: Held): Promise<void> {
  const { connection, namespace, name } = held.options;
  held.notBeforeMs = now() + backoffMs(0);
  try {
    const found = await connection.send<LeaseObject>({
      path: objectPath({ ...api, namespace, name }),
      timeoutMs,
    });
    held.remember(found);
    see(held, found);
    answered(held);
  } catch (error) {
    if (!(error instanceof Refusal) || error.why !== 'absent') throw error;
    see(held, 'deleted');
  }
}

/** With a watch whoever waits asks nothing, and learns at once that it was given back. */
function watchLease(held: Held): Store<LeaseObject> {
  const { connection, namespace, name, signal, onTrouble } = held.options;
  const known = { isAny: false };
  const lookForNone = () => {
    if (!known.isAny && store.state() === 'synced' && store.all().length === 0) see(held, 'absent');
  };
  const target = {
    ...api,
    path: collectionPath(api.apiVersion, 'leases', namespace),
    fieldSelector: `metadata.name=${name}`,
    keep: (lease: LeaseObject) => lease,
  };
  const listener = {
    onChange: ({ type, object }: { type: string; object: LeaseObject }) => {
      known.isAny = true;
      see(held, type === 'DELETED' ? 'deleted' : object);
    },
    onTrouble: (trouble: Error | 'over') => {
      onTrouble(trouble);
      if (trouble === 'over') lookForNone();
    },
  };
  const store = watch(connection, target, listener, signal);
  void store.firstAnswer.then(lookForNone);
  return store;
}
