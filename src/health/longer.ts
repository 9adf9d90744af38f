import { durationMs, durationText, msOf } from '../crds/duration.ts';
import type { Facts } from './facts.ts';
import { change, field } from './remedy-words.ts';

type Known = Pick<Facts, 'name' | 'speaks' | 'spec'>;

const shortestMs = 15_000;
const longestMs = 3_600_000;

/** How metrics-server scrapes half as often; undefined where that is not possible. */
export function twiceTheResolution(facts: Known): string | undefined {
  const nowMs = durationMs(facts.spec.resolution);
  if (nowMs >= longestMs) return undefined;
  return change(facts, { resolution: durationText(Math.min(2 * nowMs, longestMs)) });
}

/** How it gets a resolution that it takes; a timeout that does not fit it is left out. */
export function longEnough(facts: Known): string {
  const isTooLong = (msOf(facts.spec.kubelet.requestTimeout ?? '') ?? 0) > 0.9 * shortestMs;
  return change(facts, {
    resolution: durationText(shortestMs),
    ...(isTooLong && { kubelet: { requestTimeout: null } }),
  });
}

/** How resolution and timeout fit each other. */
export function longerThanTimeout(facts: Known): string {
  const { speaks, spec } = facts;
  const timeoutMs = Math.max(msOf(spec.requestTimeout) ?? 0, 10_000); // its own default
  const resolution = durationText(Math.ceil(timeoutMs / 0.9 / 5000) * 5000);
  const [long, timeout] = [change(facts, { resolution }), field(facts, 'kubelet.requestTimeout')];
  if (speaks === 'flags') return `Set ${field(facts, 'resolution')} well above ${timeout}: ${long}.`;
  const isPossible = durationMs(resolution) <= longestMs;
  return `Leave ${timeout} out, for it then follows the resolution: ${change(facts, { kubelet: { requestTimeout: null } })}${isPossible ? `; or set a longer resolution: ${long}` : ''}.`;
}
