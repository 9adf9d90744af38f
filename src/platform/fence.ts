import type { ApiRequest, Connection } from './connection.ts';
import { shareWatches } from './watch-register.ts';

/** A write that was not sent, because this process does not lead any more. No trouble: whoever leads now sees to it. */
export class NotLeading extends Error {
  override name = 'NotLeading';
}

/**
 * The connection as long as this process leads: whether it does is asked right before each write leaves, and what is under way when `signal`
 * aborts is given up. Whatever has got as far as the API server by then carries the version that it was decided on.
 */
export function fenced(connection: Connection, mayWrite: () => boolean, signal: AbortSignal): Connection {
  const refuse = () => {
    if (signal.aborted || !mayWrite()) throw new NotLeading('not sent: this process does not lead');
  };
  const guarded = (request: ApiRequest): ApiRequest => {
    if ((request.method ?? 'GET') === 'GET') return request;
    const signals = request.signal === undefined ? [signal] : [signal, request.signal];
    return { ...request, beforeSending: refuse, signal: AbortSignal.any(signals) };
  };
  const own: Connection = {
    ...connection,
    send: <T>(request: ApiRequest) => connection.send<T>(guarded(request)),
    text: (request) => connection.text(guarded(request)),
  };
  shareWatches(own, connection);
  return own;
}
