import { apiVersion, kind, plural } from '../crds/metrics-server-config.ts';
import { redacted } from '../health/redacted.ts';
import { collectionPath, pluralOf } from '../platform/paths.ts';
import type { QueueState } from '../platform/queue.ts';
import { isRefusedForGood } from '../platform/refusal.ts';
import { stalls } from '../platform/stalls.ts';
import type { WatchMark } from '../platform/watch-register.ts';
import { sharedReferences } from '../resources/references.ts';
import { troubleText } from './trouble.ts';

/** One line of /livez or /readyz. */
export interface Check {
  what: string;
  /** What is wrong; undefined: nothing. */
  because: string | undefined;
}

export interface LivenessParts {
  watches: () => Iterable<WatchMark>;
  queue: () => QueueState;
  /** When the API server has last answered any request, in ms; undefined: never. */
  answeredAtMs: () => number | undefined;
  /** By what the Lease is out of reach for good; undefined: by nothing. Left out where there is no Lease. */
  lease?: () => string | undefined;
  /** How long a watch may be dead though the API server answers others. */
  longestDeadMs?: number;
  /** How long one look may take though the API server answers. */
  longestLookMs?: number;
}

export interface Liveness {
  /** To be called every `sampleMs`: what stands still is found by looking twice. */
  sample(nowMs: number, passedMs: number): void;
  livez(): Check[];
  readyz(): Check[];
}

export const sampleMs = 10_000;

// Watches begin anew with pauses of up to a minute, and a line that says nothing is given up after 90 s.
const defaultDeadMs = 5 * 60_000;
// Each request of a look ends after 35 s at most, and one that is not answered ends the look.
const defaultLookMs = 10 * 60_000;
// Where nothing happens, bookmarks come every minute.
const answersCountForMs = 90_000;

const line = 'line';

/**
 * Whether a restart would help. It would where a watch is dead, or a look hangs, though the API server answers; not where the API server
 * is away, and not where it refuses a watch for good: a right or a kind that is missing is told in the status of the configs. Ready is who
 * has what every look needs, and may come to lead; for that it does not matter either that the API server is away.
 */
export function liveness({
  watches,
  queue,
  answeredAtMs,
  lease,
  longestDeadMs = defaultDeadMs,
  longestLookMs = defaultLookMs,
}: LivenessParts): Liveness {
  const stood = stalls();
  const heard = { sum: 0, atMs: Number.NEGATIVE_INFINITY };

  return {
    sample: (nowMs, passedMs) => {
      const marks = [...watches()];
      const sum = marks.reduce((total, mark) => total + mark.heard, 0);
      if (sum !== heard.sum) Object.assign(heard, { sum, atMs: nowMs });
      const answeredMs = Math.max(heard.atMs, answeredAtMs() ?? Number.NEGATIVE_INFINITY);
      const couldMoveMs = nowMs - answeredMs <= answersCountForMs ? passedMs : 0;
      const looks = queue().runningSinceMs;
      const movers = marks
        .filter(({ trouble }) => !isRefusedForGood(trouble))
        .map((mark) => ({ key: mark, stamp: mark.heard }));
      stood.note([...movers, ...(looks === undefined ? [] : [{ key: line, stamp: looks }])], couldMoveMs);
    },
    livez: () => [
      ...[...watches()].map((mark) => ({
        what: `watch of ${titleOf(mark)}`,
        because: tooLong(stood.stoodMs(mark), longestDeadMs, deadText(mark)),
      })),
      { what: line, because: tooLong(stood.stoodMs(line), longestLookMs, 'one look has not come to an end') },
    ],
    readyz: () => [
      ...wanted.map((path) => ({ what: `list of ${path}`, because: notIn(path, [...watches()]) })),
      ...(lease === undefined ? [] : [{ what: 'lease', because: lease() }]),
    ],
  };
}

/** What every look needs. */
const wanted = [
  collectionPath(apiVersion, plural),
  collectionPath('v1', 'nodes'),
  collectionPath(sharedReferences.apiService.apiVersion, pluralOf(sharedReferences.apiService.kind)),
];

function notIn(path: string, marks: WatchMark[]): string | undefined {
  const mark = marks.find((one) => one.path === path);
  if (mark?.isIn && !isRefusedForGood(mark.trouble)) return undefined;
  return mark?.trouble === undefined
    ? 'not in yet'
    : oneLine(troubleText(mark.trouble, mark.kind === kind ? plural : undefined));
}

function titleOf({ path, fieldSelector }: WatchMark): string {
  return fieldSelector === undefined ? path : `${path}?${fieldSelector}`;
}

function deadText({ trouble }: WatchMark): string {
  return trouble === undefined ? 'nothing is heard of it' : oneLine(troubleText(trouble));
}

function tooLong(ms: number, longestMs: number, text: string): string | undefined {
  return ms < longestMs
    ? undefined
    : `for ${Math.round(ms / 1000)} s, while the API server answers others: ${text}`;
}

function oneLine(text: string): string {
  return redacted(text.replaceAll(/\s+/g, ' '));
}

/** As kubelet and people read it: one line per check. */
export function checksPage(checks: Check[]): { code: number; body: string } {
  const isGood = checks.every(({ because }) => because === undefined);
  const lines = checks.map(({ what, because = 'ok' }) => `${what}: ${because}\n`);
  return { code: isGood ? 200 : 503, body: [...new Set(lines)].join('') };
}
