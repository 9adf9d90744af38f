import type { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { V1CertificateSigningRequest } from '@kubernetes/client-node';
import type { KubeletAnswer } from '../health/facts.ts';
import type { Connection } from '../platform/connection.ts';
import { type Handshake, handshake } from '../platform/handshake.ts';
import { collectionPath } from '../platform/paths.ts';
import { type Refreshed, type RefreshedParts, refreshed } from '../platform/refreshed.ts';
import { Refusal } from '../platform/refusal.ts';
import { turns } from '../platform/turns.ts';
import { certificatesIn } from '../platform/x509.ts';

/** A kubelet, and where it is asked. */
export interface KubeletPlace {
  node: string;
  host: string;
  port: number;
}

/** What is asked of kubelets, or about them. */
export interface KubeletProbes {
  /** What kubelets show, by node: as soon as all of them have answered, and until then what was known before. None where they cannot be reached. */
  kubelets(
    places: KubeletPlace[],
    maxAgeMs: (node: string, last: KubeletAnswer) => number,
  ): ReadonlyMap<string, KubeletAnswer>;
  /** Requests of kubelets for a serving certificate that nobody has decided on, by node; none where they may not be read. */
  servingRequests(): ReadonlyMap<string, string> | undefined;
  /** The CAs of the cluster, as far as they are known; read with the first kubelet. */
  clusterAuthorities(): X509Certificate[] | undefined;
  /** An answer could not be judged. That is a fault of ours, which is told but ends no look. */
  onUnjudged(error: unknown): void;
}

interface Parts {
  connection: Connection;
  /** Whether nodes can be reached: outside the cluster their addresses may mean something else. */
  reachesPods: boolean;
  onNews: () => void;
  onFailure: (error: unknown) => void;
}

const atOnce = 2;
const authoritiesEveryMs = 60_000;
const requestsEveryMs = 30_000;

export function kubeletProbes(parts: Parts): KubeletProbes {
  const { connection } = parts;
  const asked = new Map<string, Refreshed<KubeletAnswer>>();
  const complete: { answers: ReadonlyMap<string, KubeletAnswer> } = { answers: new Map() };
  const turn = turns(atOnce);
  const authorities = refreshed({
    ...parts,
    fetch: async () => certificatesIn(await connection.authorities()) ?? 'unknown',
    onNews: () => undefined, // it waits for a kubelet
  });
  const requests = refreshedQuietly(
    { ...parts, fetch: () => requestsThatMayBeRead(connection) },
    (all) => all,
  );

  const kubelet = ({ host, port }: KubeletPlace) => {
    const fetch = async (): Promise<KubeletAnswer> => {
      await authorities.atLeastOne(authoritiesEveryMs); // without them nothing could be made of the answer
      const seen = await turn(() => handshake(host, port)).catch((error): Handshake => {
        parts.onFailure(error); // a fault of ours at one node is not to hide the others
        return { is: 'unreachable' };
      });
      return { host, ...seen };
    };
    return refreshedQuietly({ ...parts, fetch }, essenceOf);
  };
  return {
    kubelets: (places, maxAgeMs) => {
      if (!parts.reachesPods) return new Map();
      const keys = new Set(places.map(keyOf));
      for (const key of asked.keys()) if (!keys.has(key)) asked.delete(key);
      const answers = new Map<string, KubeletAnswer>();
      for (const place of places) {
        const one = asked.get(keyOf(place)) ?? kubelet(place);
        asked.set(keyOf(place), one);
        const last = one.last(Number.POSITIVE_INFINITY);
        const answer = one.last(last === undefined ? 0 : maxAgeMs(place.node, last));
        if (answer !== undefined) answers.set(place.node, answer);
      }
      if (answers.size === places.length) complete.answers = answers;
      return complete.answers;
    },
    servingRequests: () => {
      const known = requests.last(requestsEveryMs);
      return known === 'unknown' ? undefined : known;
    },
    clusterAuthorities: () => {
      const known = authorities.last(Number.POSITIVE_INFINITY);
      return known === 'unknown' ? undefined : known;
    },
    onUnjudged: parts.onFailure,
  };
}

function keyOf({ node, host, port }: KubeletPlace): string {
  return `${node} ${host} ${port}`;
}

function essenceOf(answer: KubeletAnswer): unknown {
  return answer.is === 'shown' ? answer.chain.map(({ fingerprint256 }) => fingerprint256) : answer.is;
}

/** What is as it was before is no news. */
function refreshedQuietly<T>(parts: RefreshedParts<T>, essenceOf: (value: T) => unknown): Refreshed<T> {
  const told: { last?: unknown; isNew: boolean } = { isNew: false };
  return refreshed({
    ...parts,
    fetch: async () => {
      const value = await parts.fetch();
      told.isNew = !isDeepStrictEqual(told.last, essenceOf(value));
      told.last = essenceOf(value);
      return value;
    },
    onNews: () => {
      if (told.isNew) parts.onNews();
    },
  });
}

const user = 'system:node:';
// One that nobody approves is made again every few minutes, so that there may be many more than nodes.
const query = { fieldSelector: 'spec.signerName=kubernetes.io/kubelet-serving', limit: 500 };

/** By node. Throws where they may not be read. */
export async function pendingRequests(
  connection: Pick<Connection, 'send'>,
): Promise<ReadonlyMap<string, string>> {
  const newest = new Map<string, { name: string; atMs: number }>();
  for await (const { metadata, spec, status } of requestsOf(connection)) {
    const { username = '' } = spec;
    if (!isUndecided(status) || !username.startsWith(user)) continue;
    const node = username.slice(user.length);
    const one = { name: metadata?.name ?? '', atMs: createdMs(metadata) };
    if (one.atMs >= (newest.get(node)?.atMs ?? 0)) newest.set(node, one);
  }
  return new Map([...newest].map(([node, { name }]) => [node, name]));
}

/** Without the right less can be said. */
async function requestsThatMayBeRead(
  connection: Connection,
): Promise<ReadonlyMap<string, string> | 'unknown'> {
  try {
    return await pendingRequests(connection);
  } catch (error) {
    if (error instanceof Refusal) return 'unknown';
    throw error;
  }
}

interface Page {
  metadata?: { continue?: string };
  items?: V1CertificateSigningRequest[];
}

async function* requestsOf(
  connection: Pick<Connection, 'send'>,
): AsyncGenerator<V1CertificateSigningRequest> {
  const path = collectionPath('certificates.k8s.io/v1', 'certificatesigningrequests');
  let page: Page = {};
  do {
    page = await connection.send<Page>({ path, query: { ...query, continue: page.metadata?.continue } });
    yield* page.items ?? [];
  } while (page.metadata?.continue);
}

function createdMs(metadata: V1CertificateSigningRequest['metadata']): number {
  return new Date(metadata?.creationTimestamp ?? 0).getTime();
}

function isUndecided(status: V1CertificateSigningRequest['status']): boolean {
  return (status?.conditions ?? []).length === 0;
}
