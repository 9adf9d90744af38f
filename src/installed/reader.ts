import type { Connection } from '../platform/connection.ts';
import { collectionPath, objectPath, type Reference } from '../platform/paths.ts';
import { Refusal, type Why } from '../platform/refusal.ts';
import { kubernetesVersion } from '../platform/version.ts';

const needed =
  'import needs get on apiservices, services, deployments and poddisruptionbudgets; and list on deployments of the namespace where the Deployment is not called like the Service';

/** Reads of a cluster; nothing else. */
export interface Reader {
  /** Undefined where there is none. */
  get<T>(reference: Reference): Promise<T | undefined>;
  list<T>(
    apiVersion: string,
    plural: string,
    namespace: string | undefined,
    fieldSelector?: string,
  ): Promise<T[]>;
  /** Undefined where it may not be read. */
  kubernetes(): Promise<string | undefined>;
}

/** What to do about an answer that did not come, or about a refusal. */
export type Hints = { [W in Why | 'unreachable']?: string };

export function readerOn(connection: Pick<Connection, 'send'>, hints: Hints = { forbidden: needed }): Reader {
  return {
    get: (reference) =>
      answered(connection.send({ path: objectPath(reference) }), `get ${titleOf(reference)}`, hints),
    list: async <T>(apiVersion: string, plural: string, namespace?: string, fieldSelector?: string) => {
      const path = collectionPath(apiVersion, plural, namespace);
      const list = await answered(
        connection.send<{ items: T[] }>({ path, query: { fieldSelector } }),
        `list ${plural}${namespace === undefined ? '' : ` in ${namespace}`}`,
        hints,
      );
      return list?.items ?? [];
    },
    kubernetes: () => kubernetesVersion(connection),
  };
}

async function answered<T>(answer: Promise<T>, what: string, hints: Hints): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Refusal))
      throw new Error(`cannot ${what}: ${reasonOf(error)}${hint(hints.unreachable)}`, { cause: error });
    if (error.why === 'absent') return undefined;
    throw new Error(`may not ${what}: ${error.message}${hint(hints[error.why])}`, { cause: error });
  }
}

function hint(text: string | undefined): string {
  return text === undefined ? '' : `; ${text}`;
}

/** fetch hides the reason in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `${error}`;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

function titleOf({ kind, namespace, name }: Reference): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
