import type { KubernetesObject, V1Deployment, V1PodTemplateSpec } from '@kubernetes/client-node';
import { z } from 'zod';
import type { Finding } from '../crds/findings.ts';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import { containerName } from '../resources/deployment.ts';
import {
  imagesAnnotation,
  lastGoodAnnotation,
  retryAnnotation,
  rolledBackAnnotation,
  sizeAnnotation,
} from '../resources/names.ts';
import { differences, hashOf } from './differ.ts';
import { noteOn, withNote } from './notes.ts';
import type { SeenConfig } from './observe.ts';
import { currentRevision, isSettled, revisionNamed, templateOf } from './revisions.ts';
import { tightensTls } from './tightening.ts';
import { failureOf, trialIn } from './trial.ts';

const RolledBack = z.object({
  /** Hash of the spec that failed, and of the last request to try it again. */
  of: z.string(),
  reason: z.string(),
  message: z.string(),
  at: z.iso.datetime(),
  /** The ReplicaSet whose pods run again. */
  to: z.string(),
});

/** A change that was taken back, as it stands in an annotation of the Deployment. */
export type RolledBack = z.output<typeof RolledBack>;

/**
 * Whether the spec is carried out. `open`: it is, and `lastGood` is what to go back to. `failing`: it is, but leads to
 * nothing good. `closed`: it was tried and failed, so what served before it stays.
 */
export type Guard =
  | { is: 'open'; lastGood?: string }
  | { is: 'failing'; lastGood?: string; because: string }
  | { is: 'closed'; rolledBack: RolledBack; template: V1PodTemplateSpec | undefined };

// A registry or a node may come back; one attempt an hour does no harm.
const mayPass = ['ImagePullFailed', 'Unschedulable'];
const retryAfterMs = 60 * 60_000;

/** Judges the change that is under way, and remembers the one that failed. `wanted` is the Deployment as the spec leads to it. */
export function guardOf(seen: SeenConfig, wanted: V1Deployment | undefined): Guard {
  const { live, config, spec, now } = seen;
  const of = hashOfWish(config);
  const before = noteOn(live.deployment, rolledBackAnnotation, RolledBack);
  if (before?.of === of && !isDueAgain(before, now)) return closed(before, seen);

  const lastGood = lastGoodOf(seen);
  if (live.deployment === undefined || isChange(wanted, live.deployment)) {
    return { is: 'open', lastGood: isSettled(live) ? currentRevision(live)?.metadata?.name : lastGood };
  }
  const trial = trialIn(live, lastGood);
  const failure = trial && failureOf(trial, seen);
  if (lastGood === undefined || trial === undefined || failure === undefined) return { is: 'open', lastGood };
  if (tightensTls(trial.fresh.spec?.template, trial.former.spec?.template)) return { is: 'open', lastGood };
  if (spec.upgrade?.onFailure === 'Report') return { is: 'failing', lastGood, because: failure.message };
  const { reason, message } = failure;
  return closed(
    { of, reason, message: message.slice(0, longestMessage), at: now.toISOString(), to: lastGood },
    seen,
  );
}

const longestMessage = 1000;

export function lastGoodOf({ live }: Pick<SeenConfig, 'live'>): string | undefined {
  return noteOn(live.deployment, lastGoodAnnotation, z.string());
}

function hashOfWish({ spec, metadata }: MetricsServerConfig): string {
  return hashOf({ spec, retry: metadata.annotations?.[retryAnnotation] });
}

function isDueAgain({ reason, at }: RolledBack, now: Date): boolean {
  return mayPass.includes(reason) && now.getTime() - Date.parse(at) >= retryAfterMs;
}

function isChange(wanted: V1Deployment | undefined, live: V1Deployment): boolean {
  return differences(wanted?.spec?.template, live.spec?.template).length > 0;
}

/** Where its ReplicaSet is gone, the Deployment is left as it is. */
function closed(rolledBack: RolledBack, { live, spec }: SeenConfig): Guard {
  const revision = revisionNamed(rolledBack.to, live);
  const template = revision === undefined ? live.deployment?.spec?.template : templateOf(revision);
  const isOurs = spec.resources.mode !== 'External';
  return { is: 'closed', rolledBack, template: isOurs ? template : withoutResources(template) };
}

/** Whoever sets them goes on doing so. */
function withoutResources(template: V1PodTemplateSpec | undefined): V1PodTemplateSpec | undefined {
  if (template?.spec === undefined) return template;
  const containers = template.spec.containers.map((container) =>
    container.name === containerName ? { ...container, resources: undefined } : container,
  );
  return { ...template, spec: { ...template.spec, containers } };
}

/** The Deployment with what the guard remembers, and with the template that served before where the spec's has failed. */
export function guarded(object: KubernetesObject, guard: Guard, { live }: SeenConfig): KubernetesObject {
  if (object.kind !== 'Deployment') return object;
  switch (guard.is) {
    case 'open':
    case 'failing':
      return guard.lastGood === undefined ? object : withNote(object, lastGoodAnnotation, guard.lastGood);
    case 'closed': {
      const { rolledBack, template } = guard;
      const deployment: V1Deployment = withLiveNotes(object, live.deployment);
      const spec = deployment.spec && { ...deployment.spec, ...(template && { template }) };
      const before: V1Deployment = { ...deployment, spec };
      return withNote(withNote(before, lastGoodAnnotation, rolledBack.to), rolledBackAnnotation, rolledBack);
    }
  }
}

/** Image and size are part of the template: what was chosen for another one is not remembered as if it were in force. */
function withLiveNotes(object: KubernetesObject, live: V1Deployment | undefined): KubernetesObject {
  const notes = [imagesAnnotation, sizeAnnotation];
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
        message: `The last change does not come up, and upgrade.onFailure is Report: change the spec, or set it to Rollback. ${guard.because}`,
      };
    case 'closed': {
      const { message, reason, at, to } = guard.rolledBack;
      const again = new Date(Math.max(now.getTime(), Date.parse(at) + retryAfterMs));
      const alone = mayPass.includes(reason)
        ? ` It is tried again at ${again.toISOString().slice(0, 16)}Z.`
        : '';
      return {
        status: 'False',
        reason: 'RolledBack',
        message: `The last change was rolled back to ReplicaSet ${to}, which served before it. ${message.replace(/\.?$/, '.')}${alone} Change the spec, or have it tried again: kubectl annotate msc ${config.metadata.name} ${retryAnnotation}="$(date +%s)" --overwrite`,
      };
    }
  }
}
