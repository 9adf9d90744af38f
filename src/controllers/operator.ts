import dotI, { type ResourceEvent, ResourceEventType, ResourceMetaImpl } from '@dot-i/k8s-operator';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'winston';
import {
  apiVersion,
  group,
  kind,
  type MetricsServerConfig,
  plural,
  version,
} from '../crds/metrics-server-config.ts';
import { type Connection, connect } from '../platform/connection.ts';
import { NotLeading } from '../platform/fence.ts';
import { collectionPath } from '../platform/paths.ts';
import { type NextLook, type Queue, queue } from '../platform/queue.ts';
import { type Store, watch } from '../platform/watch.ts';
import { title } from '../resources/names.ts';
import { type Figures, figures } from './figures.ts';
import { type Leadership, type LeadershipOptions, leadership } from './leadership.ts';
import { type LiveCluster, type LiveClusterParts, liveCluster } from './live-cluster.ts';
import { type ObservabilityOptions, observability } from './observability.ts';
import { concernedConfig } from './ownership.ts';
import { reconcile } from './reconcile.ts';
import { troubleText } from './trouble.ts';
import { everyConfig, type Wake } from './wake.ts';
import { keepWarm } from './warm.ts';

type OperatorOptions = Pick<LiveClusterParts, 'allowsLegacy' | 'adoptNames' | 'reachesPods'> &
  LeadershipOptions &
  ObservabilityOptions;

/**
 * Turns changes in the cluster into looks at configs. The frame is dot-i's Operator; its watch, which ends the process
 * on any error, is replaced by one that goes on trying.
 */
export class MetricsServerOperator extends dotI.default {
  readonly #log: Logger;
  readonly #options: OperatorOptions;
  readonly #connection: Connection;
  readonly #ending = new AbortController();
  readonly #queue: Queue;
  readonly #watched = new Map<string, Store<MetricsServerConfig>>();
  readonly #figures: Figures = figures();
  readonly #connect: (signal: AbortSignal) => Connection;
  #leadership: Leadership | undefined;

  /** `load` is called again whenever credentials may have changed. */
  constructor(load: () => KubeConfig, log: Logger, options: OperatorOptions) {
    super(log);
    this.kubeConfig = load();
    this.#options = options;
    this.#log = log;
    this.#connect = (signal) =>
      connect({
        load,
        onReplaced: (because) => log.warn('connection replaced, credentials read afresh', { because }),
        onUnreadable: (error) =>
          log.error('credentials cannot be read, the old ones stay', { error: troubleText(error) }),
        onAnswer: this.#figures.answered,
        signal,
      });
    this.#connection = this.#connect(this.#ending.signal);
    this.#queue = queue({
      look: (name) => this.#look(name),
      onFailure: (config, error) =>
        log.warn('look failed, will be repeated', { config, error: troubleText(error) }),
      signal: this.#ending.signal,
    });
  }

  /** Whether this process may write: the only one, or the one that holds the Lease at this moment. */
  leads(): boolean {
    return this.#leadership?.leads() ?? false;
  }

  protected override async init(): Promise<void> {
    await this.#show();
    await this.watchResource(group, version, plural, async ({ meta }) => {
      this.#wake(meta.name);
      this.#wake(everyConfig); // the oldest config decides for the others
    });
    const configs = this.#watched.get(plural);
    if (configs === undefined) return; // stopped before the first answer
    this.#leadership = leadership({
      ...this.#options,
      connection: this.#connection,
      connect: this.#connect,
      begin: (connection, signal) => this.#begin(configs, connection, signal),
      onChange: () => this.#wakeEverything(),
      log: this.#log,
    });
    this.#wake(everyConfig);
  }

  #begin(configs: Store<MetricsServerConfig>, connection: Connection, signal: AbortSignal): LiveCluster {
    return liveCluster({
      ...this.#options,
      connection,
      configs,
      wake: (config, afterMs) => this.#wake(config, afterMs),
      onTrouble: (what, trouble) => this.#tell(what, trouble),
      onLostProbe: (error) =>
        this.#log.debug('probe failed, will be repeated', { error: troubleText(error) }),
      onLostEvent: (error) => {
        if (error instanceof NotLeading) return;
        this.#log.warn('event not written', { error: troubleText(error) });
      },
      onWrite: (how, object, because) => {
        this.#figures.wrote(how, object);
        this.#log.info('object written', { how, object: title(object), because });
      },
      signal: AbortSignal.any([this.#ending.signal, signal]),
    });
  }

  async #look(name: string): Promise<NextLook> {
    const leading = this.#leadership;
    if (leading === undefined) return undefined;
    const cluster = leading.cluster();
    try {
      if (leading.leads())
        return await this.#figures.measured(() => reconcile(name, cluster, this.#connection.now()));
      await keepWarm(name, cluster);
    } catch (error) {
      if (!(error instanceof NotLeading)) throw error; // else it is looked at again when this process leads
    }
    return undefined;
  }

  #show(): Promise<void> {
    return observability({
      ...this.#options,
      log: this.#log,
      connection: this.#connection,
      queue: this.#queue,
      figures: this.#figures,
      configs: () => this.#watched.get(plural)?.all() ?? [],
      owned: (config) => this.#leadership?.cluster().owned(config) ?? [],
      isLeader: () => this.leads(),
      ...(this.#options.lease && { leaseTrouble: () => this.#leadership?.trouble() }),
      signal: this.#ending.signal,
    });
  }

  /** Resolves with the first answer of the API server, good or bad; trouble is logged and retried for ever. */
  protected override async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<void>,
    namespace?: string,
  ): Promise<void> {
    const path = collectionPath(group === '' ? version : `${group}/${version}`, plural, namespace);
    const onChange = ({ type, object }: { type: keyof typeof eventTypes; object: MetricsServerConfig }) => {
      const meta = ResourceMetaImpl.createWithPlural(plural, object);
      onEvent({ type: eventTypes[type], meta, object }).catch((error) => this.#tell(plural, error));
    };
    const onTrouble = (trouble: Error | 'over') => {
      this.#tell(plural, trouble);
      if (trouble === 'over') this.#wake(everyConfig);
    };
    const target = { path, apiVersion, kind, keep: (config: MetricsServerConfig) => config };
    const store = watch(this.#connection, target, { onChange, onTrouble }, this.#ending.signal);
    this.#watched.set(plural, store);
    await store.firstAnswer;
  }

  /** Ends the watches, waits for the look that is under way, and lets another operator lead. */
  async end(): Promise<void> {
    this.stop();
    await this.#queue.settled();
    await this.#leadership?.end();
  }

  override stop(): void {
    this.#ending.abort();
  }

  /** Also configs that have gone while nobody led: what they have left says so. */
  #wakeEverything(): void {
    this.#wake(everyConfig);
    const cluster = this.#leadership?.cluster();
    for (const object of [cluster?.apiService(), cluster?.readerRole()]) {
      const concerned = object && concernedConfig(object);
      if (concerned !== undefined) this.#wake(concerned);
    }
  }

  #wake(...[config, afterMs]: Parameters<Wake>): void {
    const all = () => this.#watched.get(plural)?.all() ?? [];
    const names = config === everyConfig ? all().map(({ metadata }) => metadata.name) : [config];
    for (const name of names) this.#queue.add(name, afterMs);
  }

  #tell(what: string, trouble: Error | 'over'): void {
    if (trouble === 'over') this.#log.info('watch works again', { what });
    else this.#log.warn('watch is in trouble, trying again', { what, error: troubleText(trouble, what) });
  }
}

const eventTypes = {
  ADDED: ResourceEventType.Added,
  MODIFIED: ResourceEventType.Modified,
  DELETED: ResourceEventType.Deleted,
} as const;
