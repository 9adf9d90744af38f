import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  type KubeConfig,
  RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node';
import { serverClock } from './clock.ts';
import { counted, type OnAnswer } from './counted.ts';
import { itemsOf } from './items.ts';
import { type Link, openLink } from './link.ts';
import { Refusal } from './refusal.ts';

export interface ApiRequest {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path from the server's root, without query. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  /** Default 10 000 ms; `none` for a stream that ends by itself. */
  timeoutMs?: number | 'none';
  /** How long a stream may say nothing. Default 90 000 ms: a watch sends a bookmark every minute. */
  silenceMs?: number;
  /** Another server answers, through the API server: its clock is its own. */
  isProxied?: boolean;
  /** Called when nothing is left to wait for; what it throws keeps the request from being sent. */
  beforeSending?: () => void;
  signal?: AbortSignal;
}

/** The way to one API server: a single TCP connection, replaced when it goes silent or its credentials no longer hold. */
export interface Connection {
  /** The parsed answer. Throws a Refusal for any answer that is not a success. */
  send<T>(request: ApiRequest): Promise<T>;
  /** The items of a list, of each only what `keep` makes of it; see `itemsOf`. */
  list<T, Kept>(request: ApiRequest, keep: (item: T) => Kept): Promise<Kept[]>;
  /** The answer as it is. */
  text(request: ApiRequest): Promise<string>;
  /** Resolves when the server has agreed to answer, with the lines of the answer as they come; throws where it falls silent. */
  lines(request: ApiRequest): Promise<AsyncIterable<string>>;
  /** The CAs by which the API server is verified, as PEM; undefined where there are none of its own. */
  authorities(): Promise<string | undefined>;
  /** The API server's time, which is ours where the two hardly differ. */
  now(): Date;
}

export interface ConnectionOptions {
  /** Reads the credentials afresh: files may have changed. */
  load: () => KubeConfig;
  /** The connection was replaced, and why. */
  onReplaced: (because: string) => void;
  /** It could not be: the credentials cannot be read. The next failure tries again. */
  onUnreadable: (error: unknown) => void;
  /** Told of each answer, for those who count. */
  onAnswer?: OnAnswer;
  signal: AbortSignal;
}

// A watch sends a bookmark every minute. Many of them share the connection, so all of them are never silent for long.
const longestStreamSilenceMs = 90_000;
const longestSilenceOfAllMs = 75_000;
const silenceBeforePingMs = 30_000;
const checkEveryMs = 5000;
const pingTimeoutMs = 5000;
// What is under way at the end may still be answered; a server that says nothing must not hold us.
const graceMs = 2000;
// Many requests fail together; what has just been opened is not replaced again.
const shortestLifeMs = 5000;

export function connect({ load, onReplaced, onUnreadable, onAnswer, signal }: ConnectionOptions): Connection {
  const respond = counted(ask, onAnswer);
  const current = { link: openLink(load()), streams: 0, isPinging: false };
  const clock = serverClock();

  const replace = (old: Link, because: string): void => {
    if (old !== current.link || signal.aborted || Date.now() - old.openedAtMs < shortestLifeMs) return;
    try {
      current.link = openLink(load());
    } catch (error) {
      onUnreadable(error); // a file that is just being written, or was broken by hand
      return;
    }
    onReplaced(because);
    old.end(because);
  };
  const ping = async (link: Link): Promise<void> => {
    if (current.isPinging) return;
    current.isPinging = true;
    const isAlive = await answers(() => respond(link, { path: '/version', timeoutMs: pingTimeoutMs }));
    current.isPinging = false;
    if (!isAlive) replace(link, 'the API server does not answer on this connection');
  };
  const judged = async <T>(
    use: (link: Link) => Promise<T>,
    { isProxied }: Pick<ApiRequest, 'isProxied'>,
  ): Promise<T> => {
    const { link } = current;
    try {
      return await use(link);
    } catch (error) {
      if (error instanceof Refusal && error.why === 'unauthenticated' && !isProxied)
        replace(link, error.message);
      else if (isTlsError(error)) replace(link, 'the TLS connection failed');
      else if (isTimeout(error)) void ping(link);
      throw error;
    }
  };

  const timer = setInterval(() => {
    const { link, streams } = current;
    const { allMs, streamsMs } = link.silence();
    if (streams === 0) return;
    if (streamsMs > longestSilenceOfAllMs) replace(link, `no watch has said anything for ${streamsMs} ms`);
    else if (allMs > silenceBeforePingMs) void ping(link);
  }, checkEveryMs);
  timer.unref();
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    setTimeout(() => current.link.end('the end'), graceMs).unref();
  });

  const answer = <T>(request: ApiRequest, read: (response: ResponseContext) => Promise<T>): Promise<T> =>
    judged(async (link) => {
      const response = await respond(link, request);
      if (request.isProxied !== true) clock.heard(response.headers['date']);
      return await read(response);
    }, request);
  const text = (request: ApiRequest): Promise<string> => answer(request, ({ body }) => body.text());
  return {
    text,
    now: clock.now,
    authorities: () => current.link.authorities(),
    send: async <T>(request: ApiRequest): Promise<T> => JSON.parse(await text(request)),
    list: <T, Kept>(request: ApiRequest, keep: (item: T) => Kept): Promise<Kept[]> =>
      answer(request, async (response) => {
        const kept: Kept[] = [];
        for await (const item of itemsOf<T>(textOf(response))) kept.push(keep(item));
        return kept;
      }),
    lines: (request) =>
      judged(async (link) => {
        const silence = deadlineOf(request.silenceMs ?? longestStreamSilenceMs);
        const signal = AbortSignal.any([silence.signal, ...(request.signal ? [request.signal] : [])]);
        const response = await respond(link, { ...request, signal });
        const onBytes = () => {
          silence.extend();
          link.heard('stream');
        };
        return linesOf(response, onBytes, (change) => {
          current.streams += change;
          if (change < 0) silence.lift();
        });
      }, request),
  };
}

/** Whether anything comes back; a refusal is an answer too. */
async function answers(ping: () => Promise<ResponseContext>): Promise<boolean> {
  try {
    await (await ping()).body.text();
    return true;
  } catch (error) {
    return error instanceof Refusal;
  }
}

// The API server agrees to a watch at once, also where there is nothing to tell.
const streamOpensWithinMs = 30_000;

/** A timeout that can be put off, or taken back. */
function deadlineOf(timeoutMs: number): { signal: AbortSignal; extend: () => void; lift: () => void } {
  const ending = new AbortController();
  const end = () => ending.abort(new DOMException(`no answer within ${timeoutMs / 1000} s`, 'TimeoutError'));
  const timer = setTimeout(end, timeoutMs).unref();
  return { signal: ending.signal, extend: () => timer.refresh(), lift: () => clearTimeout(timer) };
}

const http = new IsomorphicFetchHttpLibrary();

async function ask(link: Link, request: ApiRequest): Promise<ResponseContext> {
  const context = new RequestContext(urlOf(link.server, request), HttpMethod[request.method ?? 'GET']);
  context.setHeaderParam('Accept', 'application/json, */*');
  if (request.body !== undefined) {
    context.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
    context.setBody(JSON.stringify(request.body));
  }
  const { timeoutMs = 10_000 } = request;
  const deadline = deadlineOf(timeoutMs === 'none' ? streamOpensWithinMs : timeoutMs);
  context.setSignal(
    AbortSignal.any([link.signal, deadline.signal, ...(request.signal ? [request.signal] : [])]),
  );
  await link.authorize(context);
  request.beforeSending?.();

  const response = await http.send(context).toPromise();
  if (timeoutMs === 'none') deadline.lift();
  link.heard('answer');
  if (response.httpStatusCode >= 300) {
    throw new Refusal(response.httpStatusCode, await response.body.text(), response.headers['retry-after']);
  }
  return response;
}

function urlOf(server: string, { path, query = {} }: ApiRequest): string {
  const url = new URL(server.replace(/\/$/, '') + path);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, `${value}`);
  }
  return url.toString();
}

async function* linesOf(
  response: ResponseContext,
  onBytes: () => void,
  count: (change: 1 | -1) => void,
): AsyncGenerator<string> {
  let rest = '';
  count(1);
  onBytes();
  try {
    for await (const text of textOf(response)) {
      onBytes();
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      yield* parts.filter((line) => line !== '');
    }
  } finally {
    count(-1);
  }
}

async function* textOf(response: ResponseContext): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of response.body.stream() ?? []) yield decoder.decode(chunk, { stream: true });
}

/** Whether nobody answered in time. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

const tlsCodes = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

/** fetch hides the reason in the cause. */
function isTlsError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && tlsCodes.test(`${error.code}`)) || isTlsError(error.cause);
}
