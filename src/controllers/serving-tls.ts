import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { certificatesIn } from '../platform/x509.ts';
import { names } from '../resources/names.ts';
import { mustWait } from './drift.ts';
import { filledBy, issue, owned, secretNamed } from './issuing.ts';
import { pemOf, textsIn, trustedIn } from './material.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import type { Step } from './plan.ts';
import { isSettled, leadsToOurs } from './service-port.ts';
import { secretsOf, upkeep } from './serving-secrets.ts';
import { dayOf, isSoonOver, type Wish, wishOf } from './serving-wish.ts';
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
  /** Whether the Secret that pods mount is there, filled as the spec wants it or on its way to that. */
  isThere: boolean;
  /** Whether one certificate is giving way to another: more is trusted than is needed in the end, or the other way round. */
  isRotating: boolean;
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
  const secret = secretNamed(names(seen.config.metadata.name).servingCertificate, seen);
  const former = withFormerMode(secret, seen);
  if (former !== undefined && seen.spec.mode !== 'Manage') return wishedFor(former, false);
  const wish = wishOf(seen);
  const secrets = secretsOf(seen).map((name) => {
    const over = secretNamed(name, seen);
    return { object: owned(name, seen, filledBy(over)), over };
  });
  switch (wish.is) {
    case 'anything':
      return {
        steps: [],
        secrets: [],
        trust: anyone,
        isThere: true,
        isRotating: !isTrustedAlone(anyone, seen),
      };
    case 'pending': {
      const { steps, finding: trouble } = wish;
      const own = { steps, secrets, isThere: false, isRotating: trouble === undefined, trouble };
      if (former !== undefined) return beside(wishedFor(former, isGoingBack), own, secret);
      const trust = isGoingBack ? anyone : trustMeanwhile(secret, seen);
      return { ...own, trust, expiring: soonOver(secret, seen) };
    }
    case 'known': {
      const { present, authorities } = wish;
      const isShown =
        present.is === 'good' && livingPods(seen).every((pod) => showsPresent(pod, present, seen));
      const needed = isShown ? authorities : [...authorities, ...stillNeeded(secret, seen)];
      const alone: Trust = { is: 'these', authorities };
      return {
        steps: [...(wish.steps ?? []), ...filling(secret, wish, needed, seen)],
        secrets,
        trust: isGoingBack || isAnyoneNeeded(isShown, seen) ? anyone : { is: 'these', authorities: needed },
        isThere: secret !== undefined,
        isRotating: present.is === 'bad' || !isTrustedAlone(alone, seen),
        expiring: wish.expiring,
      };
    }
  }
}

/** What a mode does that has nothing to show yet, while what the mode before has made is kept good. */
function beside(
  former: ServingPlan,
  own: Omit<ServingPlan, 'trust'>,
  secret: KubernetesObject | undefined,
): ServingPlan {
  const steps = [...own.steps, ...former.steps];
  const secrets = [...own.secrets.filter(({ over }) => over !== secret), ...former.secrets];
  return { ...former, ...own, steps, secrets };
}

/**
 * The same with the mode before, where the pods' Secret was filled by the one that needs nobody: what it has filled is kept good until there is
 * something else to show, which may never be.
 */
function withFormerMode(secret: KubernetesObject | undefined, seen: SeenConfig): SeenConfig | undefined {
  const isKept = seen.spec.servingTls !== 'Managed' && filledBy(secret) === 'Managed';
  return isKept ? { ...seen, spec: { ...seen.spec, servingTls: 'Managed' } } : undefined;
}

/** Whether the API server trusts just that, or does not ask at our pods. */
function isTrustedAlone(trust: Trust, seen: SeenConfig): boolean {
  if (!isOurs(seen) || !leadsToOurs(seen)) return true;
  const live = trustIn(seen.apiService, seen.now);
  return live !== undefined && covers(live, trust) && covers(trust, live);
}

/** That what pods show runs out, while what should follow is not there. */
function soonOver(secret: KubernetesObject | undefined, seen: SeenConfig): string | undefined {
  const [certificate] = certificatesIn(secret && textsIn(secret)['tls.crt']) ?? [];
  if (certificate === undefined || !isSoonOver(certificate, seen)) return undefined;
  return `The certificate that metrics-server shows expires on ${dayOf(certificate)}, and nothing can follow it: see Applied.`;
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

/** What was shown before is shown on. Undefined: nobody is known to be trusted, so nothing is registered, and what is stays as it is. */
function trustMeanwhile(secret: KubernetesObject | undefined, seen: SeenConfig): Trust | undefined {
  const { deployment } = seen.live;
  if (deployment === undefined) return undefined; // nobody shows anything
  if (isAnyoneNeeded(false, seen)) return anyone;
  if (makesOwn(deployment)) return seen.apiService === undefined ? anyone : undefined;
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

/** That the pods have to wait, or that the old certificate is not given up yet. */
export function underWay(
  wanted: V1Deployment | undefined,
  plan: ServingPlan,
  seen: SeenConfig,
): Finding<'Applied'> | undefined {
  if (wanted !== undefined && !mayShow(wanted, plan, seen)) {
    const message = 'Pods that show another certificate follow as soon as the API server trusts it.';
    return { status: 'True', reason: 'AwaitingTrust', message };
  }
  if (!plan.isRotating) return undefined;
  const message =
    'The certificate that metrics-server shows is being replaced. The API server trusts the one before until every pod shows the new one.';
  return { status: 'True', reason: 'RotatingCertificate', message };
}
