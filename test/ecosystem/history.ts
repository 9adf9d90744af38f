import { isDeepStrictEqual } from 'node:util';
import type { EventsV1Event } from '@kubernetes/client-node';
import { connectAsAdmin } from '../../local-cluster/admin.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { type ConditionType, conditionTypes } from '../../src/crds/findings.ts';
import { apiVersion, kind, type MetricsServerConfig, plural } from '../../src/crds/metrics-server-config.ts';
import type { Condition, MetricsServerConfigStatus } from '../../src/crds/status.ts';
import { collectionPath } from '../../src/platform/paths.ts';
import { watch } from '../../src/platform/watch.ts';
import { eventually } from '../cluster/eventually.ts';

/** What the config said from a moment on. */
export interface Said {
  at: Date;
  status: MetricsServerConfigStatus;
}

/** An Event about the config. */
export interface Told {
  at: Date;
  type: string | undefined;
  reason: string | undefined;
  note: string | undefined;
}

/** Everything that whoever watches the one config of a cluster is told. */
export interface History {
  said: Said[];
  told: Told[];
  /** What was wrong with watching: something may be missing then. */
  troubles: string[];
  /** The first status from then on that fits. */
  first(since: Date, fits: (status: MetricsServerConfigStatus) => boolean, withinMs: number): Promise<Said>;
  end(): void;
}

export function record(cluster: LocalCluster): History {
  const connection = connectAsAdmin(cluster);
  const ending = new AbortController();
  const [said, told, troubles]: [Said[], Told[], string[]] = [[], [], []];
  const onTrouble = (trouble: Error | 'over') =>
    void troubles.push(`${new Date().toISOString()} ${trouble instanceof Error ? trouble.message : trouble}`);

  const configs = {
    apiVersion,
    kind,
    path: collectionPath(apiVersion, plural),
    keep: ({ status = {} }: MetricsServerConfig) => status,
  };
  const onStatus = ({ object: status }: { object: MetricsServerConfigStatus }) => {
    if (!isDeepStrictEqual(said.at(-1)?.status, status)) said.push({ at: new Date(), status });
  };
  watch(connection, configs, { onChange: onStatus, onTrouble }, ending.signal);

  const events = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    path: collectionPath('events.k8s.io/v1', 'events'),
    keep: ({ type, reason, note, regarding }: EventsV1Event) => ({ type, reason, note, of: regarding?.kind }),
  };
  const onEvent = ({
    type,
    object: { of, ...event },
  }: {
    type: string;
    object: Omit<Told, 'at'> & { of?: string };
  }) => {
    if (of === kind && type !== 'DELETED') told.push({ at: new Date(), ...event });
  };
  watch(connection, events, { onChange: onEvent, onTrouble }, ending.signal);

  const first: History['first'] = (since, fits, withinMs) =>
    eventually(async () => {
      const found = said.find(({ at, status }) => at >= since && fits(status));
      if (found === undefined) throw new Error(`it said ${JSON.stringify(said.at(-1))}`);
      return found;
    }, withinMs);
  return { said, told, troubles, first, end: () => ending.abort() };
}

export function conditionIn(status: MetricsServerConfigStatus, type: ConditionType): Condition | undefined {
  return status.conditions?.find((one) => one.type === type);
}

/** How each condition went, such as `True, False, True`. */
export function transitions(said: Said[]): Record<string, string> {
  return Object.fromEntries(
    conditionTypes.map((type) => {
      const all = said.flatMap(({ status }) => conditionIn(status, type)?.status ?? []);
      return [type, all.filter((status, index) => status !== all[index - 1]).join(', ')];
    }),
  );
}

const mustHold: ConditionType[] = ['Accepted', 'Applied', 'Available', 'Serving', 'Scraping', 'Ready'];

/** Whatever could make somebody think, from the first Ready on, that something is wrong. */
export function alarms({ said, told }: Pick<History, 'said' | 'told'>): string[] {
  const begin = said.findIndex(({ status }) => conditionIn(status, 'Ready')?.status === 'True');
  const since = said[begin]?.at;
  if (since === undefined) return ['it was never Ready'];
  const ofStatus = said.slice(begin).flatMap(({ at, status }) =>
    [
      ...mustHold.flatMap((type) => {
        const { status: is, reason, message } = conditionIn(status, type) ?? {};
        return is === 'True' ? [] : [`${type}=${is} (${reason}): ${message}`];
      }),
      ...(conditionIn(status, 'Stalled')?.status === 'True' ? ['Stalled'] : []),
      ...(status.problems ?? []).map(({ reason, message }) => `problem ${reason}: ${message}`),
      ...(status.preflight?.failing ?? []).map(({ reason, nodes }) => `foretold ${reason} of ${nodes}`),
    ].map((text) => `${at.toISOString()} ${text}`),
  );
  const warnings = told
    .filter(({ at, type }) => at >= since && type !== 'Normal')
    .map(({ at, reason, note }) => `${at.toISOString()} Event ${reason}: ${note}`);
  return [...ofStatus, ...warnings];
}
