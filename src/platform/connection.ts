import {
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  type KubeConfig,
  RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node';
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
  signal?: AbortSignal;
}

/** The way to one API server. Credentials are read anew for each request, the TCP connection is kept. */
export interface Connection {
  /** The parsed answer. Throws a Refusal for any answer that is not a success. */
  send<T>(request: ApiRequest): Promise<T>;
  /** Resolves when the server has agreed to answer, with the lines of the answer as they come. */
  lines(request: ApiRequest): Promise<AsyncIterable<string>>;
}

const http = new IsomorphicFetchHttpLibrary();

export function connect(kubeConfig: KubeConfig): Connection {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig has no current context with a cluster');
  const open = { server: cluster.server, authorize: keepingOneConnection(kubeConfig) };

  return {
    async send<T>(request: ApiRequest): Promise<T> {
      const response = await respond(open, request);
      return JSON.parse(await response.body.text());
    },
    lines: async (request) => linesOf(await respond(open, request)),
  };
}

type Authorize = (context: RequestContext) => Promise<void>;

// client-node makes a new dispatcher, hence a new TLS connection, for each request; we go on with the first.
function keepingOneConnection(kubeConfig: KubeConfig): Authorize {
  const kept = new Map<'dispatcher', NonNullable<ReturnType<RequestContext['getDispatcher']>>>();
  return async (context) => {
    await kubeConfig.applySecurityAuthentication(context);
    const dispatcher = kept.get('dispatcher') ?? context.getDispatcher();
    if (dispatcher === undefined) return; // plain http: undici's global one serves
    kept.set('dispatcher', dispatcher);
    context.setDispatcher(dispatcher);
  };
}

async function respond(
  open: { server: string; authorize: Authorize },
  request: ApiRequest,
): Promise<ResponseContext> {
  const context = new RequestContext(urlOf(open.server, request), HttpMethod[request.method ?? 'GET']);
  context.setHeaderParam('Accept', 'application/json');
  if (request.body !== undefined) {
    context.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
    context.setBody(JSON.stringify(request.body));
  }
  const timeoutMs = request.timeoutMs ?? 10_000;
  const deadline = timeoutMs === 'none' ? [] : [AbortSignal.timeout(timeoutMs)];
  context.setSignal(AbortSignal.any([...deadline, ...(request.signal ? [request.signal] : [])]));
  await open.authorize(context);

  const response = await http.send(context).toPromise();
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

async function* linesOf(response: ResponseContext): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body.stream() ?? []) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
}
