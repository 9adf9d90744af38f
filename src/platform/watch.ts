import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { backoffMs } from './backoff.ts';
import type { Connection } from './connection.ts';
import { type Change, type Copy, copyOf, keyOf } from './copy.ts';
import { Refusal, type Why } from './refusal.ts';
import { enter } from './watch-register.ts';

/** What to keep a copy of. */
export interface Target<T> {
  /** Path of the collection. */
  path: string;
  fieldSelector?: string;
  labelSelector?: string;
  /** Lists carry their items without these two. */
  apiVersion: string;
  kind: string;
  /** What to keep of each object. */
  keep(object: KubernetesObject): T;
}

/** A copy of what a target holds, kept up to date by list and watch. */
export interface Store<T> {
  all(): T[];
  /** Takes in what the API server answered to a write, before the watch tells; nobody is told. */
  remember(object: KubernetesObject): void;
  /** `syncing` until the first list is in and followed. A refusal stays until a watch is accepted. */
  state(): 'syncing' | 'synced' | Refusal;
  /** Resolves with the first answer of the API server, good or bad. */
  firstAnswer: Promise<void>;
}

export interface Listener<T> {
  onChange: (change: Change<T>) => void;
  /** Trouble that is being retried. Called once per spell of trouble and again when it is over. */
  onTrouble: (trouble: Error | 'over') => void;
}

// A page is in memory as a whole, as text and as objects: of Nodes, 18 kB each, these are 2 MB.
const pageSize = 100;

interface Loop<T> {
  connection: Connection;
  target: Target<T>;
  listener: Listener<T>;
  signal: AbortSignal;
  copy: Copy<T>;
  register: ReturnType<typeof enter>;
  view: {
    state: ReturnType<Store<T>['state']>;
    /** The version up to which the copy is right; undefined: list. */
    from: string | undefined;
    /** Of the last failure; undefined while all is well. */
    kind?: Why | 'away';
    /** How often it failed that way before. Another kind means that something has moved, so patience starts anew. */
    alike: number;
  };
  answered: () => void;
}

/** Starts to keep a copy and goes on until the signal. Never gives up: trouble is retried with backoff. */
export function watch<T>(
  connection: Connection,
  target: Target<T>,
  listener: Listener<T>,
  signal: AbortSignal,
): Store<T> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const keep = (object: KubernetesObject) =>
    target.keep({ apiVersion: target.apiVersion, kind: target.kind, ...object });
  const copy = copyOf(keep, listener.onChange);
  const view: Loop<T>['view'] = { state: 'syncing', from: undefined, alike: 0 };
  const register = enter(connection, target, signal);
  void keepCopy({ connection, target, listener, signal, copy, register, view, answered: resolve });
  return { all: copy.all, remember: copy.remember, state: () => view.state, firstAnswer: promise };
}

async function keepCopy<T>(loop: Loop<T>): Promise<void> {
  const { signal, view } = loop;
  while (!signal.aborted) {
    try {
      view.from ??= await list(loop);
      await follow(loop, view.from);
    } catch (error) {
      if (signal.aborted) break;
      const trouble = error instanceof Error ? error : new Error(String(error));
      loop.register.restarts(trouble instanceof Refusal ? trouble.why : 'away');
      if (trouble instanceof Refusal) view.from = undefined; // a broken connection only makes the watch go on where it was
      const isExpired = trouble instanceof Refusal && trouble.why === 'expired'; // normal: list again
      if (!isExpired) inTrouble(loop, trouble);
      await sleep(pauseMs(trouble, view.alike), undefined, { signal }).catch(() => undefined); // the loop sees the signal
    }
  }
  loop.answered();
}

// A CRD that was removed, or an API server that is away, may come back at any moment, and asking costs next to nothing.
const longestWhileAwayMs = 5000;

function pauseMs(trouble: Error, alike: number): number {
  const waitMs = backoffMs(alike);
  const isAway = !(trouble instanceof Refusal) || trouble.why === 'absent';
  if (isAway) return Math.min(waitMs, longestWhileAwayMs);
  return Math.max(waitMs, trouble.retryAfterMs);
}

function inTrouble<T>({ view, listener, answered, copy, register }: Loop<T>, trouble: Error): void {
  register.mark.trouble = trouble;
  if (view.kind === undefined) listener.onTrouble(trouble);
  const kind = trouble instanceof Refusal ? trouble.why : 'away';
  view.alike = kind === view.kind ? view.alike + 1 : 0;
  view.kind = kind;
  if (trouble instanceof Refusal) {
    if (view.state !== 'synced' || isFinal(trouble, view.alike)) view.state = trouble;
    if (trouble.why === 'absent') copy.retain(new Set(), undefined); // the kind itself is gone, and its objects with it
  }
  answered();
}

/** Whether a copy that was right does not hold any more. While a server is in trouble it does: nothing better is known. */
function isFinal({ why }: Refusal, alike: number): boolean {
  // An API server that has just started refuses what it grants a moment later: it takes two to lose a right.
  return why === 'absent' || (why === 'forbidden' && alike > 0);
}

/** Only a watch that the server has accepted shows that all is well: it may allow list and refuse watch. */
function wellAgain<T>({ view, listener, answered, register }: Loop<T>): void {
  Object.assign(register.mark, { isIn: true, trouble: undefined, heard: register.mark.heard + 1 });
  const wasInTrouble = view.kind !== undefined;
  view.kind = undefined;
  view.alike = 0;
  view.state = 'synced';
  answered();
  if (wasInTrouble) listener.onTrouble('over');
}

interface Page {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubernetesObject[];
}

/** Takes over the whole collection and tells the differences; returns the version to watch from. */
async function list<T>(loop: Loop<T>): Promise<string> {
  const { connection, target, signal, copy } = loop;
  const { path, fieldSelector, labelSelector } = target;
  const keys = new Set<string>();
  let page: Page = {};
  do {
    const query = { fieldSelector, labelSelector, limit: pageSize, continue: page.metadata?.continue };
    page = await connection.send<Page>({ path, query, signal, timeoutMs: 30_000 });
    if (query.continue === undefined) copy.begin(page.metadata?.resourceVersion);
    for (const item of page.items ?? []) {
      copy.take(item); // page by page: whole Nodes are large, and there may be thousands
      keys.add(keyOf(item));
    }
  } while (page.metadata?.continue);
  const version = page.metadata?.resourceVersion ?? '';
  copy.retain(keys, version);
  return version;
}

/** Follows the changes until the server ends the stream. */
async function follow<T>(loop: Loop<T>, from: string): Promise<void> {
  const { view, copy, signal } = loop;
  let resourceVersion = from;
  for (let quietEnds = 0; !signal.aborted; quietEnds += 1) {
    for await (const { type, object } of events(loop, resourceVersion)) {
      quietEnds = 0;
      if (type === 'DELETED') copy.drop(object);
      else if (type === 'BOOKMARK') copy.advance(object.metadata?.resourceVersion);
      else copy.take(object);
      resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
      view.from = resourceVersion;
    }
    // A proxy that closes every stream at once must not make this spin.
    if (quietEnds > 0) await sleep(backoffMs(quietEnds), undefined, { signal });
  }
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubernetesObject & { code?: number };
}

async function* events<T>(loop: Loop<T>, from: string): AsyncGenerator<WatchEvent> {
  const { connection, target, signal } = loop;
  const { path, fieldSelector, labelSelector } = target;
  const timeoutSeconds = 540 + Math.floor(Math.random() * 60);
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds,
    resourceVersion: from,
    fieldSelector,
    labelSelector,
  };
  const lines = await connection.lines({ path, query, signal, timeoutMs: 'none' });
  wellAgain(loop);
  for await (const line of lines) {
    loop.register.mark.heard += 1;
    const event: WatchEvent = JSON.parse(line);
    if (event.type === 'ERROR') throw new Refusal(event.object.code ?? 500, JSON.stringify(event.object));
    yield event;
  }
}
