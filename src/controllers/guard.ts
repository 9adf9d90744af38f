import type { KubernetesObject, V1Container, V1Deployment, V1PodTemplateSpec } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Finding } from '../crds/findings.ts';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import { pullFailureOf } from '../health/image-pull.ts';
import { isReady, livingPods } from '../health/pods.ts';
import { containerName } from '../resources/deployment.ts';
import {
  imagesAnnotation,
  lastGoodAnnotation,
  retryAnnotation,
  rolledBackAnnotation,
  sizeAnnotation,
} from '../resources/names.ts';
import { differences, hashOf } from './differ.ts';
import { isOther, KubeletMaterial, kubeletMaterial, withMaterial } from './kubelet-material.ts';
import { noteOn, withNote } from './notes.ts';
import type { SeenConfig } from './observe.ts';
import { revisionNamed, templateOf } from './revisions.ts';
import { SizeMemory } from './sizes.ts';
import { isReplaced, withTemplateHash } from './template.ts';
import { tightensTls } from './tightening.ts';
import { failureOf, isBlind, isStuck, LastGood, nextLastGood, trialIn } from './trial.ts';

const RolledBack = z.object({
  /** Hash of the spec that failed, and of the last request to try it again. */
  of: z.string(),
  reason: z.string(),
  message: z.string(),
  at: z.iso.datetime(),
  /** The ReplicaSet whose pods run again. */
  to: z.string(),
  /** What it was tried with. */
  ...KubeletMaterial.shape,
});

/** A change that was taken back, as it stands in an annotation of the Deployment. */
export type RolledBack = z.output<typeof RolledBack>;

/**
 * Whether the spec is carried out. `open`: it is, and `lastGood` is what to go back to. `failing`: it is, but leads to
 * nothing good. `closed`: it was tried and failed, so what served before it stays.
 */
export type Guard =
  | { is: 'open'; lastGood?: LastGood }
  | { is: 'failing'; lastGood?: LastGood; because: string; stays: string }
  | { is: 'closed'; rolledBack: RolledBack; template: V1PodTemplateSpec | undefined };

// A registry or a node may come back; one attempt an hour does no harm.
const mayPass = ['ImagePullFailed', 'Unschedulable'];
const retryAfterMs = 60 * 60_000;
// Where what ran before cannot be had any more either, nothing is lost by trying.
const despairAfterMs = 10 * 60_000;

/** Judges the change that is under way, and remembers the one that failed. `wanted` is the Deployment as the spec leads to it. */
export function guardOf(seen: SeenConfig, wanted: V1Deployment | undefined): Guard {
  const { live, config, spec, now } = seen;
  const lastGood = lastGoodOf(seen);
  const of = hashOfWish(config, wanted);
  const material = kubeletMaterial(seen);
  const before = noteOn(live.deployment, rolledBackAnnotation, RolledBack);
  if (before?.of === of && !isOther(material, before) && !isDueAgain(before, seen)) {
    const isCarriedOut = differences(wanted?.spec?.template, live.deployment?.spec?.template).length === 0;
    const isForgotten = revisionNamed(before.to, live) === undefined;
    return isCarriedOut && isForgotten
      ? failing(lastGood, before.message, forgotten)
      : closed(withMaterial(before, material), seen);
  }
  if (live.deployment === undefined || isReplaced(wanted, live.deployment)) {
    const next = nextLastGood(live, lastGood);
    return { is: 'open', lastGood: next && { ...next, ...material } };
  }
  const trial = trialIn(live, lastGood);
  if (trial === undefined || lastGood === undefined) {
    return isStuck(live) ? failing(lastGood, seeAvailable, forgotten) : { is: 'open', lastGood };
  }
  const failure = failureOf(trial, seen);
  if (failure === undefined) return { is: 'open', lastGood };
  if (tightensTls(trial.fresh.spec?.template, trial.former.spec?.template)) {
    // What stricter TLS leads to; Secure tells it, and the old pod serves on.
    const isForThat = isBlind(failure.reason) || failure.reason === 'Coverage';
    return isForThat ? { is: 'open', lastGood } : failing(lastGood, failure.message, stricter);
  }
  if (spec.upgrade?.onFailure === 'Report') return failing(lastGood, failure.message, onlyReported);
  const { name: to, ca, client } = lastGood;
  const message = failure.message.slice(0, longestMessage);
  const failed = { of, reason: failure.reason, message, at: now.toISOString(), to, ca, client };
  return closed(withMaterial(failed, material), seen);
}

const longestMessage = 1000;
const onlyReported = 'upgrade.onFailure is Report: change the spec, or set it to Rollback';
const stricter =
  'it is not rolled back, for it makes TLS stricter too, which nobody may undo silently: change the spec';
const seeAvailable = 'Available says what keeps its pods.';
const forgotten = 'there is no ReplicaSet to go back to: change the spec';

function failing(lastGood: LastGood | undefined, because: string, stays: string): Guard {
  return { is: 'failing', lastGood, because, stays };
}

export function lastGoodOf({ live }: Pick<SeenConfig, 'live'>): LastGood | undefined {
  return noteOn(live.deployment, lastGoodAnnotation, LastGood);
}

/** Another spec, another request, and a template that a newer operator makes otherwise are worth a try; places and sizes are tried anyway. */
function hashOfWish({ spec, metadata }: MetricsServerConfig, wanted: V1Deployment | undefined): string {
  const template = withContainer(wanted?.spec?.template, { image: undefined, resources: undefined });
  return hashOf({ spec, retry: metadata.annotations?.[retryAnnotation], template });
}

function isDueAgain({ reason, at }: RolledBack, { live, now }: SeenConfig): boolean {
  const agoMs = now.getTime() - Date.parse(at);
  const isLost =
    !live.pods.some(isReady) && livingPods(live.pods).some((pod) => pullFailureOf(pod) !== undefined);
  return (mayPass.includes(reason) && agoMs >= retryAfterMs) || (isLost && agoMs >= despairAfterMs);
}

/** Where its ReplicaSet is gone, the Deployment is left as it is. */
function closed(rolledBack: RolledBack, { live, spec }: SeenConfig): Guard {
  const revision = revisionNamed(rolledBack.to, live);
  const template = revision === undefined ? live.deployment?.spec?.template : templateOf(revision);
  const isOurs = spec.resources.mode !== 'External';
  return {
    is: 'closed',
    rolledBack,
    // Whoever else sets resources goes on doing so.
    template: isOurs ? template : withContainer(template, { resources: undefined }),
  };
}

function withContainer(
  template: V1PodTemplateSpec | undefined,
  changes: Partial<V1Container>,
): V1PodTemplateSpec | undefined {
  if (template?.spec === undefined) return template;
  const containers = template.spec.containers.map((container) =>
    container.name === containerName ? { ...container, ...changes } : container,
  );
  return { ...template, spec: { ...template.spec, containers } };
}

/** The Deployment with what the guard remembers, and with the template that served before where the spec's has failed. */
export function guarded(object: KubernetesObject, guard: Guard, seen: SeenConfig): KubernetesObject {
  if (object.kind !== 'Deployment') return object;
  return withTemplateHash(unhashed(object, guard, seen));
}

function unhashed(object: KubernetesObject, guard: Guard, seen: SeenConfig): KubernetesObject {
  switch (guard.is) {
    case 'open':
    case 'failing':
      return guard.lastGood === undefined ? object : withNote(object, lastGoodAnnotation, guard.lastGood);
    case 'closed': {
      const { rolledBack } = guard;
      const wanted: V1Deployment = object;
      const size = noteOn(object, sizeAnnotation, SizeMemory);
      const [resources] = (wanted.spec?.template.spec?.containers ?? []).map(({ resources }) => resources);
      const isRaised = (size?.raised ?? 0) > 0; // what runs may run out of memory whatever the spec says
      const template = isRaised ? withContainer(guard.template, { resources }) : guard.template;
      const kept = isRaised ? [imagesAnnotation] : [imagesAnnotation, sizeAnnotation];
      const deployment: V1Deployment = withLiveNotes(object, kept, seen.live.deployment);
      const spec = deployment.spec && { ...deployment.spec, ...(template && { template }) };
      const before: V1Deployment = { ...deployment, spec };
      const lastGood = lastGoodOf(seen) ?? { name: rolledBack.to, until: 0 };
      return withNote(withNote(before, lastGoodAnnotation, lastGood), rolledBackAnnotation, rolledBack);
    }
  }
}

/** Image and size are part of the template: what was chosen for another one is not remembered as if it were in force. */
function withLiveNotes(
  object: KubernetesObject,
  notes: string[],
  live: V1Deployment | undefined,
): KubernetesObject {
  const isNote = ([name]: [string, string]) => notes.includes(name);
  const others = Object.entries(object.metadata?.annotations ?? {}).filter((entry) => !isNote(entry));
  const kept = Object.entries(live?.metadata?.annotations ?? {}).filter(isNote);
  return {
    ...object,
    metadata: { ...object.metadata, annotations: Object.fromEntries([...others, ...kept]) },
  };
}

/** What to tell of a change that failed. */
export function guardFinding(guard: Guard, { config, now }: SeenConfig): Finding<'Applied'> | undefined {
  switch (guard.is) {
    case 'open':
      return undefined;
    case 'failing':
      return {
        status: 'False',
        reason: 'RolloutFailed',
        message: `The last change does not come up, and ${guard.stays}. ${guard.because}`,
      };
    case 'closed': {
      const { message, reason, at, to, ca, client } = guard.rolledBack;
      const named = (ca ?? client) === undefined ? '' : ', or what it names for the kubelets';
      const again = new Date(Math.max(now.getTime(), Date.parse(at) + retryAfterMs));
      const alone = mayPass.includes(reason)
        ? ` It is tried again at ${again.toISOString().slice(0, 16)}Z.`
        : '';
      return {
        status: 'False',
        reason: 'RolledBack',
        message: `The last change was rolled back to ReplicaSet ${to}, which served before it. ${message.replace(/\.?$/, '.')}${alone} Change the spec${named}, or have it tried again: kubectl annotate msc ${config.metadata.name} ${retryAnnotation}="$(date +%s)" --overwrite`,
      };
    }
  }
}
