import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@kubernetes/client-node';
import { apiVersion, type MetricsServerConfig, plural } from '../crds/metrics-server-config.ts';
import { type NodeFacts, nodeFacts } from '../health/facts.ts';
import type { Connection } from '../platform/connection.ts';
import { collectionPath } from '../platform/paths.ts';
import { refreshed } from '../platform/refreshed.ts';
import { Refusal } from '../platform/refusal.ts';
import { kubernetesVersion } from '../platform/version.ts';
import { type Listener, type Store, type Target, watch } from '../platform/watch.ts';
import { type ObjectReference, sharedReferences } from '../resources/references.ts';
import type { Cluster, Traits } from './cluster.ts';
import { type ConfigWatches, nothing, watchConfig } from './config-watches.ts';
import { writeEvent } from './events.ts';
import { givenWatches } from './given.ts';
import { othersIn } from './others.ts';
import { concernedConfig } from './ownership.ts';
import { noPast, type Past } from './past.ts';
import { probes } from './probes.ts';
import { everyConfig, type Wake } from './wake.ts';
import { namedTarget, refusals, titleOf, type Watched } from './watched.ts';
import { writes } from './writes.ts';

export interface LiveClusterParts {
  connection: Connection;
  configs: Store<MetricsServerConfig>;
  /** See Traits. */
  allowsLegacy: boolean;
  /** Fullnames of releases that may be taken over. */
  adoptNames: readonly string[];
  /** Whether the operator can reach pods and nodes by their addresses. */
  reachesPods: boolean;
  /** Asks for a look at a config, or at all of them. */
  wake: Wake;
  onTrouble: (what: string, trouble: Error | 'over') => void;
  /** A question to metrics-server that did not even reach the API server. */
  onLostProbe: (error: unknown) => void;
  /** An Event that could not be written. */
  onLostEvent: (error: unknown) => void;
  /** A write that was carried out. */
  onWrite: (verb: string, object: KubernetesObject, because: string[]) => void;
  signal: AbortSignal;
}

export interface LiveCluster extends Cluster {
  /** The objects of a config as the watches have them; none before its first look. */
  owned(config: string): KubernetesObject[];
}

// Nodes come and go in bunches; one look serves them all.
const nodeChangesMergedMs = 1000;

/** The cluster behind a connection, with copies of all that the line reads. */
export function liveCluster(parts: LiveClusterParts): LiveCluster {
  const { connection, configs, wake } = parts;
  const watches = new Map<string, ConfigWatches>();
  const pasts = new Map<string, Past>();
  const onShared = ({ object }: { object: KubernetesObject }) => {
    const concerned = concernedConfig(object);
    if (concerned !== undefined) wake(concerned); // it may be gone, then this is what takes its APIService away
    wake(everyConfig);
  };
  const apiServices = watchOne(parts, namedTarget(sharedReferences.apiService), onShared);
  const readerRoles = watchOne(parts, namedTarget(sharedReferences.readerRole), onShared);
  const nodes = watchOne(parts, nodeTarget, () => wake(everyConfig, nodeChangesMergedMs));

  const shared: Watched<unknown>[] = [
    { what: titleOf(sharedReferences.apiService), store: apiServices },
    { what: titleOf(sharedReferences.readerRole), store: readerRoles },
    { what: 'Nodes', store: nodes },
  ];

  const kubernetes = kubernetesOf(parts);
  const given = givenWatches(parts, wake);
  const forget = (config: string) => {
    watches.get(config)?.end();
    watches.delete(config);
  };

  return {
    owned: (config) => watches.get(config)?.owned() ?? [],
    configs: configs.all,
    apiService: () => apiServices.all()[0],
    readerRole: () => readerRoles.all()[0],
    announce: async (config, announcements) => {
      for (const one of announcements) {
        await writeEvent(connection, config, one).catch(parts.onLostEvent);
      }
    },
    past: (config) => pasts.get(config) ?? noPast,
    keepPast: (config, past) => void pasts.set(config, past),
    nodes: nodes.all,
    traits: async () => ({ ...(await kubernetes()), allowsLegacy: parts.allowsLegacy }),
    config: async (name) => {
      await Promise.all(shared.map(({ store }) => store.firstAnswer));
      refusals(shared); // throws while the API server has not answered: nothing may be concluded from that
      const config =
        configs.all().find(({ metadata }) => metadata.name === name) ?? (await lookUp(connection, name));
      if (config === undefined) {
        forget(name);
        pasts.delete(name);
        await given(name, []);
      }
      return config;
    },
    live: async (of) => {
      const { name } = of;
      if (of.isObserver) {
        forget(name);
        return { ...nothing, refused: refusals(shared) };
      }
      const known = watches.get(name);
      const isSame = isDeepStrictEqual(known?.of, of);
      if (!isSame) known?.end();
      const current =
        isSame && known !== undefined ? known : watchConfig(of, { ...parts, wake: () => wake(name) });
      watches.set(name, current);
      const own = await current.live();
      return {
        ...own,
        objects: [...readerRoles.all(), ...own.objects],
        refused: [...refusals(shared), ...own.refused],
      };
    },
    given,
    others: othersIn({
      ...parts,
      apiService: () => apiServices.all()[0],
      kubernetes: async () => (await kubernetes()).kubernetes,
      wake: () => wake(everyConfig),
      onFailure: parts.onLostProbe,
    }),
    ...probes({
      connection,
      reachesPods: parts.reachesPods,
      onNews: () => wake(everyConfig),
      onFailure: (error) => parts.onLostProbe(error),
    }),
    ...writes(parts, (written) => {
      const isOf = ({ kind, name }: ObjectReference) =>
        written.kind === kind && written.metadata?.name === name;
      if (isOf(sharedReferences.apiService)) apiServices.remember(written);
      else if (isOf(sharedReferences.readerRole)) readerRoles.remember(written);
      else for (const one of watches.values()) one.remember(written);
    }),
  };
}

// A control plane is upgraded now and then, and nothing is in a hurry to know.
const versionAgeMs = 10 * 60_000;

function kubernetesOf(parts: LiveClusterParts): () => Promise<Pick<Traits, 'kubernetes'>> {
  const { connection, wake, onLostProbe } = parts;
  const version = refreshed({
    fetch: async () => ({ kubernetes: await kubernetesVersion(connection) }),
    onNews: () => wake(everyConfig),
    onFailure: onLostProbe,
  });
  return () => version.atLeastOne(versionAgeMs);
}

function watchOne<T>(
  parts: LiveClusterParts,
  target: Target<T>,
  onChange: Listener<T>['onChange'],
): Store<T> {
  const onTrouble = (trouble: Error | 'over') => {
    parts.onTrouble(`${target.kind}s`, trouble);
    if (trouble === 'over') parts.wake(everyConfig);
  };
  return watch(parts.connection, target, { onChange, onTrouble }, parts.signal);
}

const nodeTarget: Target<NodeFacts> = {
  apiVersion: 'v1',
  kind: 'Node',
  path: collectionPath('v1', 'nodes'),
  keep: nodeFacts,
};

/** The watch may be behind: only the API server itself says that a config is gone. */
async function lookUp(connection: Connection, name: string): Promise<MetricsServerConfig | undefined> {
  try {
    return await connection.send<MetricsServerConfig>({
      path: `${collectionPath(apiVersion, plural)}/${name}`,
    });
  } catch (error) {
    if (error instanceof Refusal && error.why === 'absent') return undefined;
    throw error;
  }
}
