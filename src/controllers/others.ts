import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { selectorText } from '../crds/node-selector.ts';
import { OutOfSight } from '../installed/find.ts';
import type { Found } from '../installed/found.ts';
import { plainPods } from '../installed/plain-pods.ts';
import { type Reader, readerOn } from '../installed/reader.ts';
import { targetOf } from '../installed/target.ts';
import type { Connection } from '../platform/connection.ts';
import { latest } from '../platform/latest.ts';
import { collectionPath, pluralOf, type Reference } from '../platform/paths.ts';
import { type Refreshed, refreshed } from '../platform/refreshed.ts';
import { Refusal } from '../platform/refusal.ts';
import { type Store, watch } from '../platform/watch.ts';
import type { Cluster } from './cluster.ts';
import { refusals } from './watched.ts';

/** What serves the metrics API and is not ours. */
export type Others = { is: 'seen'; found: Found; pods: V1Pod[] } | { is: 'outOfSight'; because: string }; // a sentence without its end

interface Parts {
  connection: Connection;
  apiService: () => KubernetesObject | undefined;
  kubernetes: () => Promise<string | undefined>;
  /** Something has changed. */
  wake: () => void;
  onTrouble: (what: string, trouble: Error | 'over') => void;
  onFailure: (error: unknown) => void;
  signal: AbortSignal;
}

interface PodWatch {
  of: string;
  store: Store<V1Pod>;
  ending: AbortController;
}

const hints = { forbidden: 'grant it as in config/rbac/observe.yaml; with the chart: observe' };

// Where nothing is wrong, the Service and the Deployment hardly ever change alone; and a right is granted by a person.
const calmMs = 60_000;
const urgentMs = 2000;

/** What the APIService leads to. Its pods are watched; the rest is read again now and then, and whenever the APIService has changed. */
export function othersIn(parts: Parts): Cluster['others'] {
  const state: { isRefused?: boolean; pods?: PodWatch } = {};
  const places = latest<Refreshed<Located>>();
  const located = (maxAgeMs: number) => {
    const { wake: onNews, onFailure } = parts;
    const make = () => refreshed({ fetch: () => locate(parts), onNews, onFailure });
    return places(parts.apiService()?.metadata?.resourceVersion ?? '', make).atLeastOne(maxAgeMs);
  };
  const watched = (path: string, labelSelector: string): PodWatch => {
    const of = `${path}?${labelSelector}`;
    if (state.pods?.of === of) return state.pods;
    state.pods?.ending.abort();
    state.pods = watchPods(parts, { of, path, labelSelector });
    return state.pods;
  };
  return async ({ status }) => {
    const is = (type: string, wanted: string) =>
      status?.conditions?.some((one) => one.type === type && one.status === wanted) ?? false;
    const isCalm = (is('Ready', 'True') && is('Reconciling', 'False')) || state.isRefused;
    const seen = await located(isCalm ? calmMs : urgentMs);
    state.isRefused = seen.is === 'outOfSight' && seen.isRefused;
    if (seen.is === 'outOfSight') return seen;
    const { metadata, spec } = seen.found.deployment;
    const { store } = watched(
      collectionPath('v1', 'pods', metadata?.namespace),
      selectorText(spec?.selector),
    );
    await store.firstAnswer;
    const what = `the Pods in ${metadata?.namespace}`;
    const [refused] = refusals([{ what, store }]);
    if (refused !== undefined)
      return { is: 'outOfSight', because: `may not watch ${what}: ${refused.message}; ${hints.forbidden}` };
    return { ...seen, pods: plainPods(store.all(), seen.found.deployment) };
  };
}

type Located =
  | { is: 'seen'; found: Found }
  | (Extract<Others, { is: 'outOfSight' }> & { isRefused: boolean });

async function locate(parts: Parts): Promise<Located> {
  try {
    return { is: 'seen', found: await targetOf(readerFor(parts), {}) };
  } catch (error) {
    if (error instanceof OutOfSight) return { is: 'outOfSight', because: error.because, isRefused: false };
    const isRefused =
      error instanceof Error && error.cause instanceof Refusal && error.cause.why === 'forbidden';
    if (isRefused) return { is: 'outOfSight', because: `the operator ${error.message}`, isRefused };
    throw error;
  }
}

/** Where a right is bound to a name, an object can be listed by it, too; so one right is enough. */
function readerFor({ connection, kubernetes }: Parts): Reader {
  const { list } = readerOn(connection, hints);
  const get = async <T>({ apiVersion, kind, namespace, name }: Reference) => {
    const [found] = await list<T>(apiVersion, pluralOf(kind), namespace, `metadata.name=${name}`);
    return found;
  };
  return { list, get, kubernetes };
}

function watchPods(
  { connection, wake, onTrouble, signal }: Parts,
  { of, path, labelSelector }: { of: string; path: string; labelSelector: string },
): PodWatch {
  const ending = new AbortController();
  const target = {
    apiVersion: 'v1',
    kind: 'Pod',
    path,
    labelSelector,
    keep: (pod: V1Pod) => ({ ...pod, metadata: { ...pod.metadata, managedFields: undefined } }),
  };
  const listener = {
    onChange: wake,
    onTrouble: (trouble: Error | 'over') => {
      onTrouble('the Pods behind the metrics API', trouble);
      if (trouble === 'over') wake();
    },
  };
  const store = watch(connection, target, listener, AbortSignal.any([signal, ending.signal]));
  return { of, store, ending };
}
