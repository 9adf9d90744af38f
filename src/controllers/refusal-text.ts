import { isTimeout } from '../platform/connection.ts';
import { Refusal } from '../platform/refusal.ts';

/** What the API server said; throws where it was out of reach itself. */
export function refusalText(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof Error && isTimeout(error)) return error.message;
  if (error instanceof SyntaxError) return `the answer is no JSON: ${error.message}`;
  throw error;
}
