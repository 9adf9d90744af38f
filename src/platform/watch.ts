import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@kubernetes/client-node';
import { backoffMs } from './backoff.ts';
import type { Connection } from './connection.ts';
import { Refusal } from './refusal.ts';

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

export interface Change<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: T;
}

/** A copy of what a target holds, kept up to date by list and watch. */
export interface Store<T> {
  all(): T[];
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

const pageSize = 500;

interface Loop<T> {
  connection: Connection;
  target: Target<T>;
  listener: Listener<T>;
  signal: AbortSignal;
  items: Map<string, T>;
  view: { state: ReturnType<Store<T>['state']>; failures: number };
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
  const items = new Map<string, T>();
  const view: Loop<T>['view'] = { state: 'syncing', failures: 0 };
  void keepCopy({ connection, target, listener, signal, items, view, answered: resolve });
  return { all: () => [...items.values()], state: () => view.state, firstAnswer: promise };
}

async function keepCopy<T>(loop: Loop<T>): Promise<void> {
  const { signal, view } = loop;
  while (!signal.aborted) {
    try {
      await follow(loop, await list(loop));
    } catch (error) {
      if (signal.aborted) break;
      const waitMs = backoffMs(view.failures);
      const trouble = error instanceof Error ? error : new Error(String(error));
      const isExpired = trouble instanceof Refusal && trouble.why === 'expired'; // normal: list again
      if (!isExpired) inTrouble(loop, trouble);
      const retryAfterMs = trouble instanceof Refusal ? trouble.retryAfterMs : 0;
      await sleep(Math.max(waitMs, retryAfterMs), undefined, { signal }).catch(() => undefined); // the loop sees the signal
    }
  }
  loop.answered();
}

function inTrouble<T>({ view, listener, answered }: Loop<T>, trouble: Error): void {
  if (view.failures === 0) listener.onTrouble(trouble);
  view.failures += 1;
  if (trouble instanceof Refusal) view.state = trouble;
  answered();
}

/** Only a watch that the server has accepted shows that all is well: it may allow list and refuse watch. */
function wellAgain<T>({ view, listener, answered }: Loop<T>): void {
  if (view.failures > 0) listener.onTrouble('over');
  view.failures = 0;
  view.state = 'synced';
  answered();
}

interface Page {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubernetesObject[];
}

/** Takes over the whole collection and tells the differences; returns the version to watch from. */
async function list<T>(loop: Loop<T>): Promise<string> {
  const { connection, target, signal, items } = loop;
  const { path, fieldSelector, labelSelector } = target;
  const seen = new Map<string, T>();
  let page: Page = {};
  do {
    const query = { fieldSelector, labelSelector, limit: pageSize, continue: page.metadata?.continue };
    page = await connection.send<Page>({ path, query, signal, timeoutMs: 30_000 });
    for (const item of page.items ?? []) seen.set(keyOf(item), keep(target, item));
  } while (page.metadata?.continue);

  const gone = [...items].filter(([key]) => !seen.has(key));
  for (const [key, object] of gone) drop(loop, key, object);
  for (const [key, object] of seen) take(loop, key, object);
  return page.metadata?.resourceVersion ?? '';
}

/** Follows the changes until the server ends the stream. */
async function follow<T>(loop: Loop<T>, from: string): Promise<void> {
  let resourceVersion = from;
  for (let quietEnds = 0; !loop.signal.aborted; quietEnds += 1) {
    for await (const event of events(loop, resourceVersion)) {
      resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
      quietEnds = 0;
      if (event.type === 'BOOKMARK') continue;
      const key = keyOf(event.object);
      const object = keep(loop.target, event.object);
      if (event.type === 'DELETED') drop(loop, key, object);
      else take(loop, key, object);
    }
    // A proxy that closes every stream at once must not make this spin.
    if (quietEnds > 0) await sleep(backoffMs(quietEnds), undefined, { signal: loop.signal });
  }
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubernetesObject & { code?: number };
}

async function* events<T>(loop: Loop<T>, from: string): AsyncGenerator<WatchEvent> {
  const { connection, target, signal } = loop;
  const { path, fieldSelector, labelSelector } = target;
  const timeoutSeconds = 240 + Math.floor(Math.random() * 50); // below the 300 s after which undici cuts a silent stream
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds,
    resourceVersion: from,
    fieldSelector,
    labelSelector,
  };
  const deadline = AbortSignal.any([signal, AbortSignal.timeout((timeoutSeconds + 15) * 1000)]);
  const lines = await connection.lines({ path, query, signal: deadline, timeoutMs: 'none' });
  wellAgain(loop);
  for await (const line of lines) {
    const event: WatchEvent = JSON.parse(line);
    if (event.type === 'ERROR') throw new Refusal(event.object.code ?? 500, JSON.stringify(event.object));
    yield event;
  }
}

function keep<T>(target: Target<T>, object: KubernetesObject): T {
  return target.keep({ apiVersion: target.apiVersion, kind: target.kind, ...object });
}

function keyOf(object: KubernetesObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name}`;
}

function take<T>({ items, listener }: Loop<T>, key: string, object: T): void {
  const before = items.get(key);
  if (before !== undefined && isDeepStrictEqual(before, object)) return;
  items.set(key, object);
  listener.onChange({ type: before === undefined ? 'ADDED' : 'MODIFIED', object });
}

function drop<T>({ items, listener }: Loop<T>, key: string, object: T): void {
  items.delete(key);
  listener.onChange({ type: 'DELETED', object });
}
