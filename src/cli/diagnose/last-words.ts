import type { V1Pod } from '@kubernetes/client-node';
import { endingContainer, lastEnd } from '../../health/ends.ts';
import type { Facts } from '../../health/facts.ts';
import { livingPods, ourStatus } from '../../health/pods.ts';
import { collectionPath } from '../../platform/paths.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { Asked } from './look.ts';
import type { Asking } from './rights.ts';

const timeoutMs = 5000;
// A panic prints one line that says why, and a page of where.
const limits = { tailLines: 100, limitBytes: 64 * 1024 };

/**
 * The pods, with the end of its log as the last words of a container that keeps ending: only where its manifests say so
 * (terminationMessagePolicy), which upstream's do not, has the status of a pod them itself.
 */
export async function withLastWords(pods: V1Pod[], connection: Asked, asking: Listening): Promise<V1Pod[]> {
  const mute = livingPods(pods).find((pod) => isMute(pod, asking));
  if (mute === undefined) return pods;
  const { namespace, name } = mute.metadata ?? {};
  const path = `${collectionPath('v1', 'pods', namespace)}/${name}/log`;
  const previous = ourStatus(mute)?.state?.terminated === undefined; // else there is none after it yet
  const query = { container: mute.spec?.containers[0]?.name, previous, ...limits };
  const words = connection.text({ path, query, timeoutMs, isProxied: true }).catch((error) => {
    if (error instanceof Refusal && error.why === 'forbidden') throw error;
    return undefined; // its node may have forgotten it, or be out of reach
  });
  const text = await asking.ask(words, {
    right: `get pods/log in ${namespace}`,
    unknown: 'why the container keeps ending',
  });
  return text === undefined ? pods : pods.map((pod) => (pod === mute ? saying(pod, text) : pod));
}

type Listening = Pick<Asking, 'ask'> & Pick<Facts, 'now' | 'spec'>;

function isMute(pod: V1Pod, facts: Listening): boolean {
  const ending = endingContainer(pod, facts);
  return ending !== undefined && lastEnd(ending)?.message === undefined;
}

function saying(pod: V1Pod, message: string): V1Pod {
  const [ours, ...others] = pod.status?.containerStatuses ?? [];
  const ended = ours && lastEnd(ours);
  if (ours === undefined || ended === undefined) return pod;
  const terminated = { ...ended, message };
  const heard = ours.state?.terminated
    ? { ...ours, state: { terminated } }
    : { ...ours, lastState: { terminated } };
  return { ...pod, status: { ...pod.status, containerStatuses: [heard, ...others] } };
}
