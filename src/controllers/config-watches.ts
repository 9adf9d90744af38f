import type { KubernetesObject, V1EndpointSlice, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import type { Connection } from '../platform/connection.ts';
import { collectionPath } from '../platform/paths.ts';
import { type Listener, type Store, type Target, watch } from '../platform/watch.ts';
import { containerName } from '../resources/deployment.ts';
import { names, podSelector, title } from '../resources/names.ts';
import { adoptableReferences, references } from '../resources/references.ts';
import type { Live, LiveObjects, LookedAt } from './cluster.ts';
import { revisionAnnotation } from './revisions.ts';
import { namedTarget, refusals, titleOf, type Watched } from './watched.ts';

/** The watches of one config's objects: one per name, because the operator's rights are bound to names. */
export interface ConfigWatches {
  of: LookedAt;
  /** What the watches hold, once each of them has had an answer. */
  live(): Promise<LiveObjects>;
  /** The objects of its names, as far as they are known. */
  owned(): KubernetesObject[];
  /** Takes in what was written. */
  remember(written: KubernetesObject): void;
  end(): void;
}

/** What a config has that only observes. */
export const nothing: LiveObjects = {
  objects: [],
  others: [],
  releases: [],
  pods: [],
  replicaSets: [],
  endpointSlices: [],
  namespace: 'active',
  refused: [],
};

interface Parts {
  connection: Connection;
  /** Fullnames of releases that may be taken over. */
  adoptNames: readonly string[];
  wake: () => void;
  onTrouble: (what: string, trouble: Error | 'over') => void;
  signal: AbortSignal;
}

export function watchConfig(of: LookedAt, parts: Parts): ConfigWatches {
  const { name: config, namespace } = of;
  const releases = [config, ...parts.adoptNames];
  const ending = new AbortController();
  const signal = AbortSignal.any([parts.signal, ending.signal]);
  const start = <T>(what: string, target: Target<T>): Watched<T> => {
    const listener: Listener<T> = {
      onChange: parts.wake,
      onTrouble: (trouble) => {
        parts.onTrouble(what, trouble);
        if (trouble === 'over') parts.wake(); // a right that came back is news, also where there is nothing to see
      },
    };
    return { what, store: watch(parts.connection, target, listener, signal) };
  };

  const owned = references(config, namespace).map((reference) =>
    start(titleOf(reference), namedTarget(reference)),
  );
  const others = (of.adopts ? adoptableReferences(config, namespace, releases) : []).map((reference) =>
    start(titleOf(reference), namedTarget(reference)),
  );
  const remember = (written: KubernetesObject) =>
    [...owned, ...others].find(({ what }) => what === title(written))?.store.remember(written);
  const pods = start(`the Pods in ${namespace}`, podTarget(config, namespace));
  const replicaSets = start(`the ReplicaSets in ${namespace}`, replicaSetTarget(config, namespace));
  const slices = start(`the EndpointSlices in ${namespace}`, sliceTarget(config, namespace));
  const home = start(
    `Namespace ${namespace}`,
    namedTarget({ apiVersion: 'v1', kind: 'Namespace', name: namespace }),
  );
  const all: Watched<unknown>[] = [...owned, ...others, pods, replicaSets, slices, home];

  return {
    of,
    remember,
    owned: () => owned.flatMap(({ store }) => store.all()),
    end: () => ending.abort(),
    live: async () => {
      await Promise.all(all.map(({ store }) => store.firstAnswer));
      return {
        objects: owned.flatMap(({ store }) => store.all()),
        others: others.flatMap(({ store }) => store.all()),
        releases,
        pods: pods.store.all(),
        replicaSets: replicaSets.store.all(),
        endpointSlices: slices.store.all(),
        namespace: stateOf(home.store),
        refused: refusals(all),
      };
    },
  };
}

/** What may not be seen counts as there: nothing is to be taken away for lack of a right. */
function stateOf(store: Store<KubernetesObject>): Live['namespace'] {
  if (store.state() !== 'synced') return 'active';
  const [namespace] = store.all();
  if (namespace === undefined) return 'absent';
  return namespace.metadata?.deletionTimestamp === undefined ? 'active' : 'terminating';
}

function podTarget(config: string, namespace: string): Target<V1Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    path: collectionPath('v1', 'pods', namespace),
    labelSelector: podSelector(config),
    keep: ({ apiVersion, kind, metadata, spec, status }: V1Pod) => ({
      apiVersion,
      kind,
      metadata: {
        name: metadata?.name,
        namespace: metadata?.namespace,
        uid: metadata?.uid,
        labels: metadata?.labels,
        annotations: metadata?.annotations,
        creationTimestamp: metadata?.creationTimestamp,
        deletionTimestamp: metadata?.deletionTimestamp,
      },
      spec: {
        nodeName: spec?.nodeName,
        imagePullSecrets: spec?.imagePullSecrets,
        volumes: spec?.volumes?.filter(({ secret, configMap }) => (secret ?? configMap) !== undefined),
        containers: oursFirst(spec?.containers ?? []).map(({ name, image, args, resources }) => ({
          name,
          image,
          args,
          resources,
        })),
      },
      status: status && { ...status, containerStatuses: oursFirst(status.containerStatuses ?? []) },
    }),
  };
}

/** Others may have been injected into the pod. */
function oursFirst<T extends { name: string }>(containers: T[]): T[] {
  return [...containers].sort((a, b) => Number(b.name === containerName) - Number(a.name === containerName));
}

function replicaSetTarget(config: string, namespace: string): Target<V1ReplicaSet> {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    path: collectionPath('apps/v1', 'replicasets', namespace),
    labelSelector: podSelector(config),
    keep: ({ apiVersion, kind, metadata, spec }: V1ReplicaSet) => ({
      apiVersion,
      kind,
      metadata: {
        name: metadata?.name,
        namespace: metadata?.namespace,
        uid: metadata?.uid,
        labels: metadata?.labels,
        annotations: revisionIn(metadata?.annotations),
      },
      spec: spec && { selector: spec.selector, template: spec.template },
    }),
  };
}

/** The other annotations are copies of the Deployment's. */
function revisionIn(annotations: Record<string, string> = {}): Record<string, string> {
  const revision = annotations[revisionAnnotation];
  return revision === undefined ? {} : { [revisionAnnotation]: revision };
}

function sliceTarget(config: string, namespace: string): Target<V1EndpointSlice> {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    path: collectionPath('discovery.k8s.io/v1', 'endpointslices', namespace),
    labelSelector: `kubernetes.io/service-name=${names(config).service}`,
    keep: (slice: V1EndpointSlice) => slice,
  };
}
