import type { KubernetesObject } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { readerRoleName } from '../resources/names.ts';
import { acceptedOf, deleting, notAccepted, ownObjectNamed, superseded, valid } from './accepted.ts';
import { adopting, clearing, takeOver } from './adoption.ts';
import { desiredBy, isDue } from './desired.ts';
import { differences } from './differ.ts';
import { contest, type Drift, driftOf, mustWait } from './drift.ts';
import { foreignObject } from './foreign.ts';
import { type Guard, guardFinding } from './guard.ts';
import type { ImageChoice, ImageMove } from './images.ts';
import type { Material } from './issuing.ts';
import type { MergePatch } from './marks.ts';
import type { Seen, SeenConfig } from './observe.ts';
import {
  isByMode,
  isReadable,
  observing,
  obstacle,
  type Pair,
  unreadable,
  withOrphanWarning,
} from './obstacles.ts';
import { notHere, registrationOf } from './registration.ts';
import { noLongerDesired, removal, removalOfDeadApiService, withoutApiService } from './removals.ts';
import { isRenewable } from './serving-secrets.ts';
import { type ServingPlan, underWay } from './serving-tls.ts';
import { soonStale } from './shown.ts';
import type { SizeChoice } from './sizes.ts';
import { trustsOthers, turned } from './trust.ts';
import type { Withdrawal } from './withdrawal.ts';

export type Step =
  | {
      action: 'apply';
      object: KubernetesObject;
      /** What it replaces, as it was seen. */
      over: KubernetesObject | undefined;
      /** The first fields in which the two differ, or `absent`. */
      because: string;
      /** Where someone else had changed what was applied. */
      drift?: Drift;
      /** Where it was somebody else's. */
      takenOver?: Drift;
      news?: DeploymentNews;
    }
  | { action: 'patch'; object: KubernetesObject; patch: MergePatch; because: string }
  | {
      action: 'issue';
      /** The Secret, without what is to be made for it. */
      object: KubernetesObject;
      over: KubernetesObject | undefined;
      material: Material;
      because: string;
      /** Where someone else had changed whose it is, or deleted it. */
      drift?: Drift;
    }
  | {
      action: 'remove';
      object: KubernetesObject;
      because: string;
      /** Where it was somebody else's. */
      takenOver?: Drift;
      /** What to say of that. */
      adopted?: string;
    };

/** What users want to hear of a Deployment that is written. */
export interface DeploymentNews {
  /** Where the image comes from another place from now on. */
  move?: ImageMove;
  /** The memory request, where it is raised because the container ran out of it. */
  raisedTo?: string;
}

export interface Plan {
  accepted: Finding<'Accepted'>;
  /** Why nothing is applied, where that is so. */
  held?: Finding<'Applied'>;
  /** What cannot be applied because it may not be seen; the rest is. */
  unseen?: Finding<'Applied'>;
  /** What cannot be applied for lack of what others have to make; the rest is. */
  limited?: Finding<'Applied'>;
  /** That a change has failed, and what was done about it. */
  guarded?: Finding<'Applied'>;
  /** A fight with another writer, where there is one. */
  contested?: Finding<'Applied'>;
  /** How far a takeover is, while one is under way. */
  adopting?: Finding<'Applied'>;
  /** That others soon have to replace a certificate. */
  expiring?: string;
  /** What has to come about before the rest can be applied. */
  awaiting?: Finding<'Applied'>;
  /** Why the metrics API does not answer yet, where the plan is the cause. */
  serving?: Finding<'Serving'>;
  /** That a registration is taken back, and why. */
  withdrawal?: Withdrawal;
  /** What has been tried to get the image. */
  image?: ImageChoice;
  size?: SizeChoice;
  steps: Step[];
}

/** What to write so that the cluster becomes what the config says. */
export function planFor(seen: Seen): Plan {
  switch (seen.is) {
    case 'gone': // its APIService must go before its pods do; garbage collection takes the rest
      return { accepted: valid, steps: removal(seen, 'its config is gone') };
    case 'going':
      return { accepted: deleting(seen.config), held: notAccepted, steps: removal(seen, 'its config goes') };
    case 'superseded':
      return { accepted: superseded(seen.by), held: notAccepted, steps: [] };
    case 'readable':
      return planForConfig(seen);
  }
}

function planForConfig(looked: SeenConfig): Plan {
  if (looked.spec.mode === 'Observe' && looked.others !== undefined)
    return { accepted: looked.refusal ?? valid, held: observing, steps: [] };
  const desired = desiredBy(looked);
  const { seen, pairs, tls, kubelets, registering, guard, next, image, size } = desired;
  const needed = [...pairs, ...tls.secrets];
  const refusal = seen.refusal ?? ownObjectNamed(seen) ?? foreignObject(needed, seen);
  const held = refusal === undefined ? obstacle(needed, seen) : notAccepted;
  if (held !== undefined) {
    const steps = [...removalOfDeadApiService(seen, registering), ...renewal(held, pairs, tls, seen)];
    return {
      accepted: refusal ?? acceptedOf(seen),
      held: withOrphanWarning(withTrouble(held, tls), seen),
      serving: notHere(seen, held),
      expiring: soonStale(seen) ?? tls.expiring,
      steps,
    };
  }
  const due = pairs
    .filter((pair) => isDue(pair, desired))
    .flatMap(
      (pair) =>
        takeOver(pair, seen) ??
        stepFor(pair, seen, newsOf(guard, { move: image.move, raisedTo: size.raisedTo })),
    );
  // Of two configs that come at once only the one that gets the shared role may go on.
  const isFirst = ({ object }: Step) => object.metadata?.name === readerRoleName;
  const steps = [
    ...due.filter(isFirst),
    ...tls.steps.filter(({ object }) => isReadable(object, seen)),
    ...due.filter((step) => !isFirst(step)),
    ...noLongerDesired(pairs, tls, seen),
    ...clearing(seen),
  ];
  const common = {
    image,
    size,
    accepted: acceptedOf(seen),
    unseen: unreadable(seen),
    limited: tls.trouble ?? kubelets.trouble,
    guarded: guardFinding(guard, seen),
    contested: contest(seen.past, seen.now),
    adopting: adopting(seen),
    awaiting: underWay(next, tls, seen),
    expiring: tls.expiring,
  };
  switch (registering.is) {
    case 'due':
      return { ...common, serving: registrationOf(seen, steps), steps };
    case 'tooEarly':
      return { ...common, serving: registering.because, steps };
    case 'failed':
    case 'dead': {
      // the Deployment remembers it first
      const { withdrawal, isGoing } = registering;
      return {
        ...common,
        withdrawal,
        steps: [...withoutApiService(steps), ...(isGoing ? [] : removal(seen, 'nobody answers at it'))],
      };
    }
  }
}

/** Where the template that served before stays, nothing of the other is news. */
function newsOf({ is }: Guard, news: DeploymentNews): DeploymentNews {
  return is === 'closed' ? {} : news;
}

function stepFor({ object, over }: Pair, { past, now }: SeenConfig, news: DeploymentNews): Step[] {
  const turn = over === undefined ? undefined : turned(over, object);
  if (over !== undefined && turn !== undefined)
    return [
      { action: 'patch', object: over, patch: { metadata: {}, spec: turn }, because: 'whom it trusts' },
    ];
  const because = over === undefined ? ['absent'] : differences(object, over);
  const drift = driftOf(object, over, past);
  if (because.length === 0 || (drift !== undefined && mustWait(drift, past, now))) return [];
  const told = object.kind === 'Deployment' ? news : undefined;
  return [{ action: 'apply', object, over, because: because.slice(0, 3).join(', '), drift, news: told }];
}

/**
 * Certificates run out whether or not anything else may be changed: what the pods' Secret holds is renewed by the mode that has filled it.
 * No pod is replaced for it.
 */
function renewal(held: Finding<'Applied'>, pairs: Pair[], tls: ServingPlan, seen: SeenConfig): Step[] {
  if (!isByMode(held) || !isRenewable(seen)) return [];
  const distrusting = pairs.filter(({ object, over }) => over !== undefined && trustsOthers(object, over));
  return [...tls.steps, ...distrusting.flatMap((pair) => stepFor(pair, seen, {}))].filter(({ object }) =>
    isReadable(object, seen),
  );
}

/** Also where nothing may be changed, it is worth knowing that a certificate cannot be renewed. */
function withTrouble(held: Finding<'Applied'>, { trouble }: ServingPlan): Finding<'Applied'> {
  if (!isByMode(held) || trouble === undefined) return held;
  return { ...held, message: `${held.message} ${trouble.message}` };
}
