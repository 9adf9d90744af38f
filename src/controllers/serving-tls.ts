import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Deployment, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { releaseOf } from '../crds/catalogue/releases.ts';
import type { Finding } from '../crds/findings.ts';
import { certificateKind } from '../resources/cert-manager.ts';
import { names, servingCertificateAnnotation, versionLabel } from '../resources/names.ts';
import { differences, hashOf } from './differ.ts';
import { mustWait } from './drift.ts';
import { issue, owned, secretNamed } from './issuing.ts';
import { pemOf, type Serving, textsIn, trustedIn } from './material.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import type { Step } from './plan.ts';
import { isSettled, leadsToOurs, writtenAtMs } from './service-port.ts';
import { type Wish, wishOf } from './serving-wish.ts';
import { covers, isSuperset, type Trust, trustIn } from './trust.ts';

/*
 * What the API server trusts is always more than what the pods show, so every change has three steps, each due when the cluster shows the
 * one before: trust old and new; let the pods show the new; trust the new only.
 */

export interface ServingPlan {
  steps: Step[];
  /** The Secrets that it needs, and what is there under their names. */
  secrets: Pair[];
  /** What the API server has to trust; undefined as long as there is nothing to trust. */
  trust: Trust | undefined;
  /** Whether what the spec wants to be shown is there. */
  isThere: boolean;
  /** What others have to do before it can be. */
  trouble?: Finding<'Applied'>;
  /** That others soon have to replace a certificate. */
  expiring?: string;
}

/**
 * `ca.crt` of the Secret that pods mount has every CA that may still be needed: nothing else is remembered, and a restart at any moment
 * goes on from there.
 */
export function servingPlan(seen: SeenConfig): ServingPlan {
  const { steps, ...plan } = wishedFor(seen);
  const kept = plan.secrets.flatMap((pair) => upkeep(pair, steps, seen));
  const isDue = (step: Step) =>
    step.action !== 'issue' || step.drift === undefined || !mustWait(step.drift, seen.past, seen.now);
  return { ...plan, steps: [...steps, ...kept].filter(isDue) };
}

function wishedFor(seen: SeenConfig): ServingPlan {
  const wish = wishOf(seen);
  const secret = secretNamed(names(seen.config.metadata.name).servingCertificate, seen);
  const secrets = secretsOf(seen).map((name) => ({
    object: owned(name, seen),
    over: secretNamed(name, seen),
  }));
  switch (wish.is) {
    case 'anything':
      return { steps: [], secrets: [], trust: { is: 'anyone' }, isThere: true };
    case 'pending': {
      const { steps, finding: trouble } = wish;
      return { steps, secrets, trust: trustMeanwhile(secret, seen), isThere: false, trouble };
    }
    case 'known': {
      const { present, authorities } = wish;
      const isShown =
        present.is === 'good' && showingPods(seen).every((pod) => showsPresent(pod, present, seen));
      const needed = isShown ? authorities : [...authorities, ...stillNeeded(secret, seen)];
      return {
        steps: [...(wish.steps ?? []), ...filling(secret, wish, needed, seen)],
        secrets,
        trust: isAnyoneNeeded(seen) ? { is: 'anyone' } : { is: 'these', authorities: needed },
        isThere: secret !== undefined,
        expiring: wish.expiring,
      };
    }
  }
}

/** Whose a Secret is must stay right, whatever it holds: also where deletionPolicy changes that. */
function upkeep({ object, over }: Pair, steps: Step[], seen: SeenConfig): Step[] {
  const { servingIssued } = names(seen.config.metadata.name);
  const isBusy = steps.some((step) => step.object.metadata?.name === object.metadata?.name);
  if (over === undefined || isBusy || object.metadata?.name === servingIssued) return [];
  const because = differences(object, over).slice(0, 3).join(', ');
  if (because === '' || whoseIs(over, seen) !== 'ours') return [];
  return [issue(object.metadata?.name ?? '', over, { is: 'given', data: textsIn(over) }, because, seen)];
}

function secretsOf({ spec, config }: SeenConfig): string[] {
  const { servingAuthority, servingCertificate, servingIssued } = names(config.metadata.name);
  switch (spec.servingTls) {
    case 'SelfSigned':
      return [];
    case 'Managed':
      return [servingAuthority, servingCertificate];
    case 'Secret':
      return [servingCertificate];
    case 'CertManager':
      return [servingIssued, servingCertificate];
  }
}

/** While pods that make their own certificate may be asked, and were until now. */
function isAnyoneNeeded(seen: SeenConfig): boolean {
  const isMounted = showingPods(seen).every((pod) => mountedIn(pod.spec) !== undefined);
  return isOurs(seen) && !isMounted && trustIn(seen.apiService, seen.now)?.is === 'anyone';
}

/** CAs of what pods may show, by what was there before. */
function stillNeeded(secret: KubernetesObject | undefined, seen: SeenConfig): X509Certificate[] {
  const live = isOurs(seen) ? trustIn(seen.apiService, seen.now) : undefined;
  return [...trustedIn(secret, seen.now), ...(live?.is === 'these' ? live.authorities : [])];
}

/** What was shown before is shown on. */
function trustMeanwhile(secret: KubernetesObject | undefined, seen: SeenConfig): Trust | undefined {
  const { deployment } = seen.live;
  const isMounted = mountedIn(deployment?.spec?.template.spec) !== undefined;
  if (deployment === undefined || isAnyoneNeeded(seen)) return deployment && { is: 'anyone' };
  if (!isMounted) return seen.apiService === undefined ? { is: 'anyone' } : undefined;
  const authorities = stillNeeded(secret, seen);
  return authorities.length === 0 ? undefined : { is: 'these', authorities };
}

/** The Secret gets what is wished for once that is trusted, and forgets old CAs once no pod needs them. */
function filling(
  secret: KubernetesObject | undefined,
  { present, authorities, fill }: Extract<Wish, { is: 'known' }>,
  needed: X509Certificate[],
  seen: SeenConfig,
): Step[] {
  const { servingCertificate } = names(seen.config.metadata.name);
  if (present.is === 'bad' || secret === undefined) {
    const because = present.is === 'bad' ? present.because : 'there is none';
    if (!isTrusted({ is: 'these', authorities }, seen)) return [];
    return [issue(servingCertificate, secret, fill(pemOf(needed)), because, seen)];
  }
  const noted = trustedIn(secret, seen.now);
  const isRight = isSuperset(noted, authorities) && isSuperset(needed, noted);
  if (isRight) return [];
  const data = { ...textsIn(secret), 'ca.crt': pemOf(needed) };
  return [
    issue(servingCertificate, secret, { is: 'given', data }, 'its ca.crt has not what is needed', seen),
  ];
}

// Kubelets look for a changed Secret once a minute, metrics-server looks at its files as often.
const surelyLoadedMs = 60 * 60_000;

/** Whether a pod shows the certificate that is in the Secret now. */
function showsPresent(pod: V1Pod, { certificate }: Serving, seen: SeenConfig): boolean {
  const { servingCertificate } = names(seen.config.metadata.name);
  if (mountedIn(pod.spec) !== servingCertificate) return false;
  const writtenMs = writtenAtMs(secretNamed(servingCertificate, seen));
  const startedMs = new Date(pod.status?.startTime ?? 0).getTime();
  const shown = seen.shown?.get(pod.metadata?.uid ?? '');
  if (!reloads(pod)) return pod.metadata?.annotations?.[servingCertificateAnnotation] === shownHash(seen);
  return (
    shown === certificate.fingerprint256 ||
    startedMs > writtenMs ||
    seen.now.getTime() - writtenMs > surelyLoadedMs
  );
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

/** The Secret with the certificate that pods show; undefined where they make their own. */
export function mountedIn(spec: Pick<V1PodSpec, 'volumes'> | undefined): string | undefined {
  return spec?.volumes?.find(({ name }) => name === 'serving-cert')?.secret?.secretName;
}

/** Whether the API server trusts it everywhere by now, or does not ask at our pods. */
function isTrusted(trust: Trust, seen: SeenConfig): boolean {
  if (!isOurs(seen) || !leadsToOurs(seen)) return true;
  return covers(trustIn(seen.apiService, seen.now), trust) && isSettled(seen.apiService, seen);
}

function isOurs(seen: SeenConfig): boolean {
  return seen.apiService !== undefined && whoseIs(seen.apiService, seen) === 'ours';
}

/** Whether pods of a Deployment may come: what they show must be there, and be trusted. */
export function mayShow(wanted: V1Deployment, { trust, isThere }: ServingPlan, seen: SeenConfig): boolean {
  const [before, after] = [seen.live.deployment, wanted].map((one) => mountedIn(one?.spec?.template.spec));
  if (seen.live.deployment !== undefined && before === after) return true;
  if (after === undefined) return isTrusted({ is: 'anyone' }, seen);
  return isThere && trust !== undefined && isTrusted(trust, seen);
}

/** That the pods have to wait. */
export function awaitingTrust(
  wanted: V1Deployment | undefined,
  plan: ServingPlan,
  seen: SeenConfig,
): Finding<'Applied'> | undefined {
  if (wanted === undefined || mayShow(wanted, plan, seen)) return undefined;
  const message = 'Pods that show another certificate follow as soon as the API server trusts it.';
  return { status: 'True', reason: 'AwaitingTrust', message };
}

/** Whether the Deployment shows a certificate that the operator keeps. */
export function showsOurs({ live, config }: SeenConfig): boolean {
  const { servingCertificate } = names(config.metadata.name);
  return mountedIn(live.deployment?.spec?.template.spec) === servingCertificate;
}

/** Our Secrets that the spec wants, or that something there still needs. */
export function secretsInUse(seen: SeenConfig): KubernetesObject[] {
  const { live, config } = seen;
  const { servingCertificate, servingIssued } = names(config.metadata.name);
  const templates = [live.deployment?.spec?.template.spec, ...live.pods.map((pod) => pod.spec)];
  const isShown = templates.some((one) => mountedIn(one) === servingCertificate);
  const isIssuing = live.objects.some(({ kind }) => kind === certificateKind); // it would make its Secret again
  const inUse = [
    ...secretsOf(seen),
    ...(isShown ? [servingCertificate] : []),
    ...(isIssuing ? [servingIssued] : []),
  ];
  return [...new Set(inUse)].flatMap((name) => secretNamed(name, seen) ?? []);
}

/** What asks for a certificate comes after the Secret that the answer goes into: so that is ours. */
export function isIssuable({ kind }: KubernetesObject, seen: SeenConfig): boolean {
  return (
    kind !== certificateKind ||
    secretNamed(names(seen.config.metadata.name).servingIssued, seen) !== undefined
  );
}
