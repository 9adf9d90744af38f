import type { V1Deployment, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { releaseOf } from '../crds/catalogue/releases.ts';
import { names, servingCertificateAnnotation, versionLabel } from '../resources/names.ts';
import { hashOf } from './differ.ts';
import { secretNamed } from './issuing.ts';
import { type Serving, textsIn } from './material.ts';
import type { SeenConfig } from './observe.ts';
import { writtenAtMs } from './service-port.ts';

/** Whether pods of a Deployment make their own certificate, which nobody can verify. */
export function makesOwn(deployment: V1Deployment | undefined): boolean {
  return deployment !== undefined && mountedIn(deployment.spec?.template.spec) === undefined;
}

// Kubelets look for a changed Secret once a minute, metrics-server looks at its files as often.
const surelyLoadedMs = 60 * 60_000;

/** Whether a pod shows the certificate that is in the Secret now: as it was seen, or else as can be concluded. */
export function showsPresent(pod: V1Pod, { certificate }: Serving, seen: SeenConfig): boolean {
  const { servingCertificate } = names(seen.config.metadata.name);
  if (mountedIn(pod.spec) !== servingCertificate) return false;
  const shown = seen.shown?.get(pod.metadata?.uid ?? '');
  if (shown !== undefined) return shown === certificate.fingerprint256;
  if (pod.status?.startTime === undefined) return true; // it will read what is there
  if (!reloads(pod)) return pod.metadata?.annotations?.[servingCertificateAnnotation] === shownHash(seen);
  const writtenMs = writtenAtMs(secretNamed(servingCertificate, seen));
  const startedMs = new Date(pod.status.startTime).getTime();
  return startedMs > writtenMs || seen.now.getTime() - writtenMs > surelyLoadedMs;
}

function reloads({ metadata }: V1Pod): boolean {
  return releaseOf(metadata?.labels?.[versionLabel] ?? '')?.reloadsCertificate ?? true;
}

/** Hash of the certificate that pods show, for those that read it only at start. */
export function shownHash(seen: SeenConfig): string | undefined {
  if (seen.spec.servingTls === 'SelfSigned') return undefined;
  const secret = secretNamed(names(seen.config.metadata.name).servingCertificate, seen);
  return secret && hashOf(textsIn(secret)['tls.crt'] ?? '');
}

/** Pods whose container runs: what they show may be asked for. */
export function showingPods({ live }: Pick<SeenConfig, 'live'>): V1Pod[] {
  return live.pods.filter(({ status }) =>
    status?.containerStatuses?.some(({ state }) => state?.running !== undefined),
  );
}

/** Pods that have not ended for good. */
export function livingPods({ live }: Pick<SeenConfig, 'live'>): V1Pod[] {
  return live.pods.filter(({ status }) => !['Succeeded', 'Failed'].includes(status?.phase ?? ''));
}

/** The Secret with the certificate that pods show; undefined where they make their own. */
export function mountedIn(spec: Pick<V1PodSpec, 'volumes'> | undefined): string | undefined {
  return spec?.volumes?.find(({ name }) => name === 'serving-cert')?.secret?.secretName;
}

const dayMs = 24 * 3_600_000;
// A certificate is renewed after two thirds of a year; the one before is good for the rest.
const formerIsGoodForMs = (365 / 3) * dayMs;
const warnedBeforeMs = 30 * dayMs;

/** That pods which read their certificate only at start have to be replaced soon, where nothing may be changed. */
export function soonStale(seen: SeenConfig): string | undefined {
  const { servingCertificate } = names(seen.config.metadata.name);
  const now = shownHash(seen);
  const isStale = livingPods(seen).some(
    (pod) =>
      mountedIn(pod.spec) === servingCertificate &&
      !reloads(pod) &&
      pod.metadata?.annotations?.[servingCertificateAnnotation] !== now,
  );
  const endMs = writtenAtMs(secretNamed(servingCertificate, seen)) + formerIsGoodForMs;
  if (!isStale || seen.now.getTime() < endMs - warnedBeforeMs) return undefined;
  const day = new Date(endMs).toISOString().slice(0, 10);
  return `Pods of metrics-server before 0.4 read their certificate only at start and show the one before, which may expire on ${day}: have them replaced before (spec.mode: Manage).`;
}
