import type { KubernetesObject } from '@kubernetes/client-node';
import { Refusal } from '../platform/refusal.ts';
import { type Store, watch } from '../platform/watch.ts';
import type { ObjectReference } from '../resources/references.ts';
import { apiGroups } from './api-groups.ts';
import type { LiveClusterParts } from './live-cluster.ts';
import { everyConfig, type Wake } from './wake.ts';
import { namedTarget, titleOf } from './watched.ts';

/** An object that the spec names and others have made, such as a Secret with a certificate. */
export interface Given {
  reference: ObjectReference;
  /** Undefined where there is none, or where it may not be seen. */
  object: KubernetesObject | undefined;
  /** Why it may not be seen. */
  refused?: string;
  /** Whether the cluster does not even know its kind. */
  isUnknownKind?: boolean;
}

/** What is seen of an object that the spec names. */
export function givenNamed(
  { kind, name }: Pick<ObjectReference, 'kind' | 'name'>,
  all: Given[],
): Given | undefined {
  return all.find(({ reference }) => reference.kind === kind && reference.name === name);
}

interface Watching {
  reference: ObjectReference;
  store: Store<KubernetesObject>;
  ending: AbortController;
}

/** Watches the objects that configs name, each as long as somebody names it. */
export function givenWatches(
  parts: Pick<LiveClusterParts, 'connection' | 'onTrouble' | 'onLostProbe' | 'signal'>,
  wake: Wake,
) {
  const { connection, onTrouble, signal } = parts;
  const all = new Map<string, Map<string, Watching>>();
  const isGroupKnown = apiGroups(parts, () => wake(everyConfig));
  const begin = (config: string, reference: ObjectReference): Watching => {
    const ending = new AbortController();
    const listener = {
      onChange: () => wake(config),
      onTrouble: (trouble: Error | 'over') => {
        onTrouble(titleOf(reference), trouble);
        wake(config);
      },
    };
    const store = watch(
      connection,
      namedTarget(reference),
      listener,
      AbortSignal.any([signal, ending.signal]),
    );
    return { reference, store, ending };
  };
  return async (config: string, references: ObjectReference[]): Promise<Given[]> => {
    const before = all.get(config) ?? new Map<string, Watching>();
    const now = new Map(
      references.map((reference) => {
        const key = titleOf(reference);
        return [key, before.get(key) ?? begin(config, reference)];
      }),
    );
    for (const [key, { ending }] of before) if (!now.has(key)) ending.abort();
    if (now.size === 0) all.delete(config);
    else all.set(config, now);
    await Promise.all([...now.values()].map(({ store }) => store.firstAnswer));
    return await Promise.all([...now.values()].map((one) => seen(one, isGroupKnown)));
  };
}

async function seen(
  { reference, store }: Watching,
  isGroupKnown: (group: string) => Promise<boolean>,
): Promise<Given> {
  const state = store.state();
  const [object] = store.all();
  if (!(state instanceof Refusal)) {
    if (state === 'synced') return { reference, object };
    throw new Error(`nothing is known yet about ${titleOf(reference)}`);
  }
  const [group, version] = reference.apiVersion.split('/');
  const isAdded = group !== undefined && version !== undefined; // rights are refused whether there is such a kind or not
  const isUnknownKind =
    state.why === 'absent' || (state.why === 'forbidden' && isAdded && !(await isGroupKnown(group)));
  return {
    reference,
    object: undefined,
    ...(isUnknownKind ? { isUnknownKind } : { refused: state.message }),
  };
}
