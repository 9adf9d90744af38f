import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Deployment, V1Node, V1Pod } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import type { ConditionType, Finding } from '../crds/findings.ts';
import type { ScrapeError } from './scrape-errors.ts';

/** What is kept of a Node. */
export interface NodeFacts {
  name: string;
  labels: Record<string, string>;
  isReady: boolean;
  /** Cordoned. */
  isUnschedulable?: boolean;
  taints?: { key: string; value?: string; effect: string }[];
  createdAtMs: number;
  /** Since when it has been ready, or not ready. */
  readyChangedAtMs: number;
  /** Undefined while nobody has given it any. */
  addresses?: { type: string; address: string }[];
  /** On which its kubelet says that it listens. */
  kubeletPort?: number;
}

/** What a kubelet answered to a TLS handshake without credentials, at one of its addresses. */
export type KubeletAnswer = { host: string } & (
  | { is: 'shown'; chain: X509Certificate[] } // its own certificate first
  | { is: 'none' } // it has no certificate
  | { is: 'unreachable' }
);

/** Who is trusted. */
export interface Trust {
  /** CAs; undefined where they are not known. */
  trusted: X509Certificate[] | undefined;
  /** SHA-256 of those among them that are of version 1, and cannot say that they are CAs. */
  ofVersion1?: ReadonlySet<string>;
}

/** What is known of the kubelets before metrics-server scrapes them. */
export interface Preflight extends Trust {
  /** By name of node; a sample. */
  answers: ReadonlyMap<string, KubeletAnswer>;
  /** Whom metrics-server would trust with mode ClusterCA, whatever the mode is. */
  cluster?: Trust;
  /** Requests for a serving certificate that wait for approval, by name of node; undefined where they are not known, and nobody had to ask. */
  requests?: ReadonlyMap<string, string>;
}

/** What the metrics API says about one node. */
export interface NodeSample {
  name: string;
  takenAtMs: number;
}

/** Which pods of metrics-server itself it has measured. */
export interface PodSamples {
  names: ReadonlySet<string>;
  atMs: number;
}

/** A warning of Kubernetes about a pod. */
export interface PodWarning {
  reason: string;
  message: string;
}

/** HorizontalPodAutoscalers that get no metrics of resources, as `namespace/name`. */
export interface Starving {
  names: string[];
}

/** Failed answers in a row. */
export interface FailureRow {
  sinceMs: number;
  /** For how long of that the API server, which answered other questions, has said so. */
  deadMs: number;
  /** How often it was asked another question, and answered. */
  confirmations: number;
  /** Whether this registration has ever answered, as far as this process knows. */
  hasAnswered: boolean;
}

/** What a GET of the node metrics through the API server gave. */
export type MetricsAnswer =
  | { is: 'unregistered' }
  | {
      is: 'answered';
      samples: NodeSample[];
      atMs: number;
      /** Time between the two scrapes that a sample is made of: the resolution; undefined where there are no samples. */
      windowMs?: number;
    }
  | {
      is: 'failed';
      message: string;
      atMs: number;
      row: FailureRow;
      /** Where nobody answered in time: whether the API server answered another question then. */
      isServerUp?: boolean;
    }
  | { is: 'forbidden'; message: string; atMs: number }; // to the operator, which says nothing about others

/** What the log of metrics-server says of the nodes that it cannot scrape. */
export type ScrapeLog =
  | { is: 'unread' } // nothing looked wrong
  | { is: 'unreadable'; message: string; pod?: string }
  | {
      is: 'read';
      errors: ScrapeError[];
      /** Whose log it is: of several replicas each has its own. */
      pod?: string;
      /** Whether there was more than was read: what fails may be missing. */
      isCut?: boolean;
      /** Why it cannot ask the API server about its callers, where that fails. */
      webhook?: string;
      /** Whether it says that it measures nodes and no pods. */
      lacksPods?: boolean;
    };

/** Everything that the checks may look at. */
export interface Facts {
  /** Of the config, or else of the Deployment. */
  name: string;
  /** In what words it is told how to mend something: fields of the config, or flags, where no config stands for what runs. Default: config. */
  speaks?: 'config' | 'flags';
  now: Date;
  spec: EffectiveSpec;
  deployment: V1Deployment | undefined;
  /** Why it cannot be seen what serves, where that is so: a sentence without its end. */
  outOfSight?: string;
  pods: V1Pod[];
  nodes: NodeFacts[];
  metrics: MetricsAnswer;
  log: ScrapeLog;
  /** Undefined where nobody has asked, or while the metrics API does not answer. */
  podMetrics?: PodSamples;
  /** About the pod in `isInCreation`; undefined where nobody has asked, and while there is none. */
  podWarning?: PodWarning;
  /** Undefined while the metrics API answers, and where they may not be listed. */
  starving?: Starving;
  /** The registration of the metrics API. */
  apiService?: KubernetesObject;
  /** Whether the API server accepts any certificate where it asks for metrics. */
  acceptsAnyone?: boolean;
  /** Whether the API server grants the account of metrics-server what kubelets refuse it; undefined where that is not known. */
  mayScrape?: boolean;
  /** Undefined where it is turned off, or kubelets cannot be reached from here. */
  preflight?: Preflight;
}

/** A check speaks only when it has something to say. */
export type Check<C extends ConditionType> = (facts: Facts) => Finding<C> | undefined;

/** The first check that speaks explains the rest. */
export function firstOf<C extends ConditionType>(checks: Check<C>[], facts: Facts): Finding<C> | undefined {
  for (const check of checks) {
    const finding = check(facts);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** Nodes are many and their status changes all the time: nothing else of them stays in memory. */
export function nodeFacts(node: KubernetesObject & Pick<V1Node, 'status' | 'spec'>): NodeFacts {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  return {
    name: node.metadata?.name ?? '',
    labels: node.metadata?.labels ?? {},
    isReady: ready?.status === 'True',
    isUnschedulable: node.spec?.unschedulable,
    taints: node.spec?.taints?.map(({ key, value, effect }) => ({ key, value, effect })),
    createdAtMs: new Date(node.metadata?.creationTimestamp ?? 0).getTime(),
    readyChangedAtMs: new Date(ready?.lastTransitionTime ?? 0).getTime(),
    addresses: node.status?.addresses?.map(({ type, address }) => ({ type, address })),
    kubeletPort: node.status?.daemonEndpoints?.kubeletEndpoint?.Port,
  };
}
