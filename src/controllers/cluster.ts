import type {
  KubernetesObject,
  V1Deployment,
  V1EndpointSlice,
  V1Pod,
  V1ReplicaSet,
} from '@kubernetes/client-node';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { MetricsServerConfigStatus } from '../crds/status.ts';
import type { NodeFacts } from '../health/facts.ts';
import type { ObjectReference } from '../resources/references.ts';
import type { Announcement } from './announcements.ts';
import type { Given } from './given.ts';
import type { Material } from './issuing.ts';
import type { MergePatch } from './marks.ts';
import type { Others } from './others.ts';
import type { Past } from './past.ts';
import type { Probes } from './probes.ts';

/** What belongs to one config, as the watches have it. */
export interface LiveObjects {
  /** Objects of the names that a config can lead to, whoever made them. */
  objects: KubernetesObject[];
  /** Objects of the names of releases that may be taken over; none where nothing is to be. */
  others: KubernetesObject[];
  /** Names of the releases that may be taken over: the config's own, and what the operator was started for. */
  releases: readonly string[];
  pods: V1Pod[];
  /** What Kubernetes has made of the Deployment's templates. */
  replicaSets: V1ReplicaSet[];
  endpointSlices: V1EndpointSlice[];
  /** What became of spec.namespace; `active` also where it may not be seen. */
  namespace: 'active' | 'absent' | 'terminating';
  /** What could not be read, and why. */
  refused: { what: string; message: string }[];
}

export interface Live extends LiveObjects {
  /** Name of the config's Deployment: there are two possible ones. */
  place: string;
  /** What is there under that name. */
  deployment: V1Deployment | undefined;
  /** What the spec names and others have made. */
  given: Given[];
}

/** What to watch for a config. */
export interface LookedAt {
  name: string;
  namespace: string;
  /** Whether what others have installed may be taken over. */
  adopts: boolean;
  /** Whether it has no objects, for it only observes. */
  isObserver: boolean;
}

export interface Traits {
  /** Version of Kubernetes, such as 1.36.3; undefined where the API server does not say. */
  kubernetes?: string;
  /** Whether the operator was started for releases before 0.6, which want to read ConfigMaps everywhere. */
  allowsLegacy: boolean;
}

/** The cluster as the line sees it: reads come from watches, all writes go through `apply`, `patch`, `remove` and `writeStatus`. */
export interface Cluster extends Probes {
  /** Undefined only after a live GET has confirmed that it is gone; its watches then end. */
  config(name: string): Promise<MetricsServerConfig | undefined>;
  configs(): MetricsServerConfig[];
  apiService(): KubernetesObject | undefined;
  readerRole(): KubernetesObject | undefined;
  nodes(): NodeFacts[];
  /** What holds for the whole cluster and hardly ever changes. */
  traits(): Promise<Traits>;
  live(config: LookedAt): Promise<LiveObjects>;
  /** What serves the metrics API, whosever it is; read again often while the config is not ready. */
  others(config: MetricsServerConfig): Promise<Others>;
  /** What the spec of a config names; whatever it named before is not watched any more. */
  given(config: string, references: ObjectReference[]): Promise<Given[]>;
  past(config: string): Past;
  keepPast(config: string, past: Past): void;
  /** `over` is the object as it was seen, which must be ours; undefined: it must not exist yet. `because` goes to the log. */
  apply(
    object: KubernetesObject,
    over: KubernetesObject | undefined,
    because: string,
  ): Promise<KubernetesObject>;
  /** Makes what a Secret is to hold, and applies it. */
  issue(
    object: KubernetesObject,
    over: KubernetesObject | undefined,
    material: Material,
    because: string,
  ): Promise<void>;
  /** `because` goes to the log. */
  remove(object: KubernetesObject, because: string): Promise<void>;
  /** Changes what an apply does not: fields that others have set, or that exclude each other. A JSON merge patch; `because` goes to the log. */
  patch(object: KubernetesObject, patch: MergePatch, because: string): Promise<void>;
  /** Writes Events. One that cannot be written is logged, and stops nothing. */
  announce(config: MetricsServerConfig, announcements: Announcement[]): Promise<void>;
  /** `news` goes to the log. */
  writeStatus(config: MetricsServerConfig, status: MetricsServerConfigStatus, news: string[]): Promise<void>;
}
