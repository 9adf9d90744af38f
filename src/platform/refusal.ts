/** Why the API server did not do what it was asked. HTTP codes become words here and nowhere else. */
export type Why =
  | 'invalid' // the object breaks a rule
  | 'forbidden' // a right is missing
  | 'unauthenticated'
  | 'absent' // no such object, or no such kind
  | 'changed' // it is not the version we have seen; look again
  | 'contested' // another field manager owns a field
  | 'expired' // the resourceVersion is too old to watch from
  | 'busy' // too many requests
  | 'broken'; // the API server or what it talks to does not work

interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** A metav1.Status as far as it is read here. */
interface Status {
  message?: string;
  details?: { retryAfterSeconds?: number; causes?: StatusCause[] };
}

/** An answer of the API server that is not a success. */
export class Refusal extends Error {
  override name = 'Refusal';
  why: Why;
  code: number;
  causes: StatusCause[];
  retryAfterMs: number;

  constructor(code: number, body: string, retryAfterSeconds?: string) {
    const status = statusIn(body);
    super(status.message ?? shortened(body, `HTTP ${code}`));
    this.code = code;
    this.causes = status.details?.causes ?? [];
    this.why = whyOf(code, this.causes);
    this.retryAfterMs = 1000 * (Number(retryAfterSeconds) || status.details?.retryAfterSeconds || 0);
  }
}

/** Whether asking again helps only once somebody has granted a right, or made a kind or a namespace. */
export function isRefusedForGood(error: Error | undefined): boolean {
  return error instanceof Refusal && (error.why === 'forbidden' || error.why === 'absent');
}

function whyOf(code: number, causes: StatusCause[]): Why {
  if (code === 409)
    return causes.some((cause) => cause.reason === 'FieldManagerConflict') ? 'contested' : 'changed';
  if (code === 401) return 'unauthenticated';
  if (code === 403) return 'forbidden';
  if (code === 404) return 'absent';
  if (code === 410) return 'expired';
  if (code === 429) return 'busy';
  return code >= 500 ? 'broken' : 'invalid';
}

/** Aggregated APIs and proxies answer with plain text instead of a Status. */
function statusIn(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function shortened(body: string, otherwise: string): string {
  const text = body.trim();
  return text === '' ? otherwise : text.slice(0, 300);
}
