import type { ApiRequest } from './connection.ts';
import { Refusal } from './refusal.ts';

/** What became of a request: the HTTP code, or `none` where nothing was answered. */
export type OnAnswer = (verb: string, code: number | 'none') => void;

/** The same way to ask, and each answer is told. What we gave up ourselves is not. */
export function counted<Link, Answer extends { httpStatusCode: number }>(
  ask: (link: Link, request: ApiRequest) => Promise<Answer>,
  onAnswer: OnAnswer = () => undefined,
): typeof ask {
  return async (link, request) => {
    try {
      const answer = await ask(link, request);
      onAnswer(verbOf(request), answer.httpStatusCode);
      return answer;
    } catch (error) {
      if (error instanceof Refusal) onAnswer(verbOf(request), error.code);
      else if (request.signal?.aborted !== true) onAnswer(verbOf(request), 'none');
      throw error;
    }
  };
}

/** The verb of a request, as the API server's audit log and its rules of RBAC have it. */
export function verbOf({
  method = 'GET',
  path,
  query,
}: Pick<ApiRequest, 'method' | 'path' | 'query'>): string {
  switch (method) {
    case 'POST':
      return 'create';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return 'delete';
    case 'GET':
      if (query?.['watch'] === true) return 'watch';
      return isCollection(path) ? 'list' : 'get';
  }
}

// After the version: a resource, or the resources of a namespace. A name, or a subresource, makes it longer.
const collection = /^\/(api|apis\/[^/]+)\/[^/]+\/(namespaces\/[^/]+\/)?[^/]+$/;

function isCollection(path: string): boolean {
  const [, , inNamespace] = collection.exec(path) ?? [];
  const isOneNamespace = inNamespace === undefined && /^\/api\/[^/]+\/namespaces\/[^/]+$/.test(path);
  return collection.test(path) && !isOneNamespace;
}
