import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { Count } from '../platform/counts.ts';
import type { QueueState } from '../platform/queue.ts';
import type { WatchRegister } from '../platform/watch-register.ts';
import type { Life } from './expiries.ts';
import type { Figures } from './figures.ts';

/** Where the values come from. */
export interface MetricsSource {
  configs: () => MetricsServerConfig[];
  /** Of the certificates of a config. */
  lives: (config: string) => Life[];
  figures: Figures;
  watches: WatchRegister;
  queue: () => QueueState;
  isLeader: () => boolean;
  version: string;
}

export type Metric = {
  name: string;
  help: string;
  /** Labels, each with what it may say. */
  labels: Record<string, string>;
} & (
  | { type: 'gauge' | 'counter'; read: (source: MetricsSource) => Count[] }
  | {
      type: 'histogram';
      buckets: number[];
      follow: (source: MetricsSource, tell: (value: number) => void) => void;
    }
);

const prefix = 'metrics_server_operator_';
const config = 'Name of the MetricsServerConfig.';
const certificate =
  '`serving`: what metrics-server shows, whoever has made it; `ca`: what the operator signs it with.';

/** Every metric: this registers them, and docs/metrics.md is made of it. */
export const metrics: Metric[] = [
  {
    name: `${prefix}config_condition`,
    type: 'gauge',
    help: 'Conditions of each MetricsServerConfig: 1 for the status and the reason that hold now.',
    labels: {
      config,
      type: 'Type of the condition, such as `Ready`.',
      status: '`True`, `False` or `Unknown`.',
      reason: 'One word, as in conditions.md.',
    },
    read: ({ configs }) =>
      configs().flatMap(({ metadata, status }) =>
        (status?.conditions ?? []).map(({ type, status: state, reason }) => ({
          labels: { config: metadata.name, type, status: state, reason },
          value: 1,
        })),
      ),
  },
  {
    name: `${prefix}config_nodes`,
    type: 'gauge',
    help: 'Nodes of each MetricsServerConfig, by what the metrics API knows of them.',
    labels: {
      config,
      state:
        '`expected` are all that should be scraped, of which some are `fresh`, `stale` or `missing`; `excluded` are those that the spec leaves out.',
    },
    read: ({ configs }) =>
      configs().flatMap(({ metadata, status }) => {
        const { expected, fresh, stale, missing, excluded } = status?.nodes ?? {};
        return Object.entries({ expected, fresh, stale, missing, excluded }).flatMap(([state, value]) =>
          value === undefined ? [] : [{ labels: { config: metadata.name, state }, value }],
        );
      }),
  },
  {
    name: `${prefix}config_info`,
    type: 'gauge',
    help: 'Always 1: what each MetricsServerConfig runs. Empty where it is not known.',
    labels: {
      config,
      mode: '`Manage`, `Observe` or `Paused`.',
      version: 'Release of metrics-server that runs.',
      recommended_version: 'Newest release for this Kubernetes, where an older one is used.',
    },
    read: ({ configs }) =>
      configs().map(({ metadata, spec, status }) => ({
        labels: {
          config: metadata.name,
          mode: modeOf(spec),
          version: status?.version ?? '',
          recommended_version: status?.recommendedVersion ?? '',
        },
        value: 1,
      })),
  },
  {
    name: `${prefix}certificate_not_before_timestamp_seconds`,
    type: 'gauge',
    help: 'From when a certificate is good, in Unix seconds.',
    labels: { config, certificate },
    read: (source) => livesOf(source, ({ fromSeconds }) => fromSeconds),
  },
  {
    name: `${prefix}certificate_not_after_timestamp_seconds`,
    type: 'gauge',
    help: 'When a certificate expires, in Unix seconds.',
    labels: { config, certificate },
    read: (source) => livesOf(source, ({ toSeconds }) => toSeconds),
  },
  {
    name: `${prefix}reconciles_total`,
    type: 'counter',
    help: 'Looks at a MetricsServerConfig.',
    labels: {
      result:
        '`done`; `again`: it came to nothing in part, and is soon repeated; `failed`: it is repeated with backoff.',
    },
    read: ({ figures }) => figures.looks.all(),
  },
  {
    name: `${prefix}reconcile_duration_seconds`,
    type: 'histogram',
    help: 'How long a look takes.',
    labels: {},
    buckets: [0.01, 0.1, 0.5, 2, 10, 60],
    follow: ({ figures }, tell) => {
      figures.onLook = tell;
    },
  },
  {
    name: `${prefix}queue_configs`,
    type: 'gauge',
    help: 'MetricsServerConfigs by what the queue has for them.',
    labels: {
      state: '`running`: a look is under way; `due`: the next should begin; `later`: it has its time.',
    },
    read: ({ queue }) => {
      const { running, due, later } = queue();
      return Object.entries({ running, due, later }).map(([state, value]) => ({ labels: { state }, value }));
    },
  },
  {
    name: `${prefix}api_requests_total`,
    type: 'counter',
    help: 'Requests to the API server, those that it passes on to metrics-server included.',
    labels: {
      verb: 'As in the rules of RBAC: `get`, `list`, `watch`, `create`, `patch`, `delete`.',
      code: 'Code of HTTP, or `none` where nothing was answered.',
    },
    read: ({ figures }) => figures.requests.all(),
  },
  {
    name: `${prefix}watch_restarts_total`,
    type: 'counter',
    help: 'How often a watch failed and had to begin anew. Now and then is normal.',
    labels: {
      kind: 'Kind of what is watched.',
      reason:
        '`away`: no answer, or the connection broke; else why the API server refused, such as `expired` or `forbidden`.',
    },
    read: ({ watches }) => watches.restarts.all(),
  },
  {
    name: `${prefix}watches`,
    type: 'gauge',
    help: 'Watches that go on.',
    labels: {
      kind: 'Kind of what is watched.',
      state:
        '`synced`; `syncing`: the first list is not in; `trouble`: it fails at present, and is tried again.',
    },
    read: ({ watches }) => watchStates(watches),
  },
  {
    name: `${prefix}writes_total`,
    type: 'counter',
    help: 'Objects that the operator has written.',
    labels: {
      kind: 'Kind of the object.',
      how: '`created`, `applied`, `patched`, `removed`, or `status written`.',
    },
    read: ({ figures }) => figures.writes.all(),
  },
  {
    name: `${prefix}leader`,
    type: 'gauge',
    help: '1 for the replica that works, 0 for one that stands by.',
    labels: {},
    read: ({ isLeader }) => [{ labels: {}, value: isLeader() ? 1 : 0 }],
  },
  {
    name: `${prefix}build_info`,
    type: 'gauge',
    help: 'Always 1: which operator this is.',
    labels: { version: 'Its release.', node: 'The release of Node.' },
    read: ({ version }) => [{ labels: { version, node: process.versions.node }, value: 1 }],
  },
];

/** The stored spec is whatever the API server has let in. */
function modeOf(spec: MetricsServerConfig['spec']): string {
  const mode = typeof spec === 'object' && spec !== null && 'mode' in spec ? spec.mode : undefined;
  return typeof mode === 'string' ? mode : 'Manage';
}

function livesOf({ configs, lives }: MetricsSource, value: (life: Life) => number): Count[] {
  return configs().flatMap(({ metadata: { name } }) =>
    lives(name).map((life) => ({
      labels: { config: name, certificate: life.certificate },
      value: value(life),
    })),
  );
}

function watchStates({ marks }: WatchRegister): Count[] {
  const sums = new Map<string, Count>();
  for (const { kind, isIn, trouble } of marks) {
    const state = trouble !== undefined ? 'trouble' : isIn ? 'synced' : 'syncing';
    const sum = sums.get(`${kind} ${state}`) ?? { labels: { kind, state }, value: 0 };
    sums.set(`${kind} ${state}`, { ...sum, value: sum.value + 1 });
  }
  return [...sums.values()];
}
