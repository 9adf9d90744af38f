import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { certificateKind } from '../resources/cert-manager.ts';
import { names } from '../resources/names.ts';
import { differences } from './differ.ts';
import { driftOf, mustWait } from './drift.ts';
import { filledBy, issue, type Material, owned, secretNamed } from './issuing.ts';
import { pemOf, textsIn, trustedIn } from './material.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import type { Step } from './plan.ts';
import { isSettled, leadsToOurs } from './service-port.ts';
import { type Wish, wishOf } from './serving-wish.ts';
import { livingPods, makesOwn, mountedIn, showsPresent } from './shown.ts';
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
 * goes on from there. `next` is the Deployment as it is to be written, which may be one that served before.
 */
export function servingPlan(seen: SeenConfig, next: V1Deployment | undefined): ServingPlan {
  const { steps, ...plan } = wishedFor(seen, makesOwn(next));
  const kept = plan.secrets.flatMap((pair) => upkeep(pair, steps, seen));
  const isDue = (step: Step) =>
    step.action !== 'issue' || step.drift === undefined || !mustWait(step.drift, seen.past, seen.now);
  return { ...plan, steps: [...steps, ...kept].filter(isDue) };
}

function wishedFor(seen: SeenConfig, isGoingBack: boolean): ServingPlan {
  const wish = wishOf(seen);
  const secret = secretNamed(names(seen.config.metadata.name).servingCertificate, seen);
  const secrets = secretsOf(seen).map((name) => {
    const over = secretNamed(name, seen);
    return { object: owned(name, seen, filledBy(over)), over };
  });
  switch (wish.is) {
    case 'anything':
      return { steps: [], secrets: [], trust: anyone, isThere: true };
    case 'pending': {
      const { steps, finding: trouble } = wish;
      const trust = isGoingBack ? anyone : trustMeanwhile(secret, seen);
      return { steps, secrets, trust, isThere: false, trouble };
    }
    case 'known': {
      const { present, authorities } = wish;
      const isShown =
        present.is === 'good' && livingPods(seen).every((pod) => showsPresent(pod, present, seen));
      const needed = isShown ? authorities : [...authorities, ...stillNeeded(secret, seen)];
      return {
        steps: [...(wish.steps ?? []), ...filling(secret, wish, needed, seen)],
        secrets,
        trust: isGoingBack || isAnyoneNeeded(isShown, seen) ? anyone : { is: 'these', authorities: needed },
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
  const material: Material = { is: 'given', data: textsIn(over) };
  return [{ action: 'issue', object, over, material, because, drift: driftOf(object, over, seen.past) }];
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

const anyone: Trust = { is: 'anyone' };

/**
 * Whoever accepts anyone goes on doing so until every pod shows what is wished for: also one whose container does not run at this moment, and
 * one that may still come.
 */
function isAnyoneNeeded(isShown: boolean, seen: SeenConfig): boolean {
  const isAccepted = isOurs(seen) && trustIn(seen.apiService, seen.now)?.is === 'anyone';
  return isAccepted && (!isShown || makesOwn(seen.live.deployment));
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
  if (deployment === undefined || isAnyoneNeeded(false, seen)) return deployment && anyone;
  if (!isMounted) return seen.apiService === undefined ? anyone : undefined;
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
  if (after === undefined) return isTrusted(anyone, seen);
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

/** Whether pods show what the present mode has filled: then that may be renewed also where nothing else may be changed. */
export function isOfThisMode({ live, config, spec }: SeenConfig): boolean {
  const { servingCertificate } = names(config.metadata.name);
  const secret = secretNamed(servingCertificate, { live });
  const isShown = mountedIn(live.deployment?.spec?.template.spec) === servingCertificate;
  return isShown && filledBy(secret) === spec.servingTls;
}

/** Our Secrets that the spec wants, or that something there still needs. */
export function secretsInUse(seen: SeenConfig): KubernetesObject[] {
  const { live, config } = seen;
  const { servingCertificate, servingIssued } = names(config.metadata.name);
  const templates = [live.deployment?.spec?.template.spec, ...live.pods.map((pod) => pod.spec)];
  const isShown = templates.some((one) => mountedIn(one) === servingCertificate);
  // It would make its Secret again; also where it may not be seen.
  const isIssuing =
    live.objects.some(({ kind }) => kind === certificateKind) ||
    live.given.some(({ reference, refused }) => reference.kind === certificateKind && refused !== undefined);
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
