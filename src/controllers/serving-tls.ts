import type { KubernetesObject, V1Deployment, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import type { KeyPair } from '../platform/x509.ts';
import { labels, names, rotateAnnotation, rotatedAnnotation } from '../resources/names.ts';
import {
  type Authority,
  authorityIn,
  type Judged,
  pemOf,
  type Serving,
  servingIn,
  trustedIn,
} from './material.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import { ownedBy } from './ownership.ts';
import type { Step } from './plan.ts';
import { isSettled, leadsToOurs, writtenAtMs } from './service-port.ts';
import { covers, type Trust, trustIn } from './trust.ts';

/*
 * What the API server trusts is always more than what the pods show, so every change has three steps, each due when the cluster shows the
 * one before: trust old and new; let the pods show the new; trust the new only.
 */

/** What to put into a Secret. */
export type Material =
  | { is: 'authority'; commonName: string; keep: string }
  | { is: 'serving'; authority: KeyPair; names: [string, ...string[]]; trusted: string }
  | { is: 'given'; data: Record<string, string> };

export interface ServingPlan {
  steps: Step[];
  /** The Secrets that it needs, and what is there under their names. */
  secrets: Pair[];
  /** What the API server has to trust; undefined as long as there is nothing to trust. */
  trust: Trust | undefined;
  /** Whether what the spec wants to be shown is there. */
  isThere: boolean;
}

export function servingPlan(seen: SeenConfig): ServingPlan {
  switch (seen.spec.servingTls) {
    case 'SelfSigned':
      return { steps: [], secrets: [], trust: { is: 'anyone' }, isThere: true };
    case 'Managed':
      return managed(seen);
  }
}

function managed(seen: SeenConfig): ServingPlan {
  const { servingAuthority, servingCertificate } = names(seen.config.metadata.name);
  const [caSecret, secret] = [servingAuthority, servingCertificate].map((name) => secretNamed(name, seen));
  const authority = requested(caSecret, seen) ?? authorityIn(caSecret, seen.now);
  const isThere = secret !== undefined;
  const secrets = [
    { object: secretOf(servingAuthority, seen), over: caSecret },
    { object: secretOf(servingCertificate, seen), over: secret },
  ];
  if (authority.is === 'bad') {
    const keep = pemOf([...trustedIn(caSecret, seen.now), ...liveAuthorities(seen)]);
    const material: Material = {
      is: 'authority',
      commonName: `CA of MetricsServerConfig ${seen.config.metadata.name}`,
      keep,
    };
    return {
      steps: [issue(servingAuthority, caSecret, material, authority.because, seen)],
      secrets,
      trust: undefined,
      isThere,
    };
  }
  const serving = servingIn(secret, authority, hostsOf(seen), seen.now);
  const trust = wantedTrust(authority, seen);
  return {
    steps: [...renewal(secret, serving, authority, seen), ...narrowing(caSecret, serving, authority, seen)],
    secrets,
    trust,
    isThere,
  };
}

function secretOf(name: string, { config, spec }: SeenConfig): KubernetesObject {
  const metadata = { name, namespace: spec.namespace, labels: labels(config.metadata.name) };
  return { apiVersion: 'v1', kind: 'Secret', metadata };
}

/** The names by which the API server, and whoever else asks within the cluster, calls metrics-server. */
function hostsOf({ config, spec }: SeenConfig): [string, ...string[]] {
  const host = `${names(config.metadata.name).service}.${spec.namespace}.svc`;
  return [host, `${host}.cluster.local`];
}

function requested(
  secret: KubernetesObject | undefined,
  { config }: SeenConfig,
): Judged<Authority> | undefined {
  const asked = config.metadata.annotations?.[rotateAnnotation];
  const answered = secret?.metadata?.annotations?.[rotatedAnnotation];
  return asked === undefined || secret === undefined || asked === answered
    ? undefined
    : { is: 'bad', because: `annotation ${rotateAnnotation} asks for another` };
}

/** The CAs of the present one, and those that pods may still need. */
function wantedTrust({ trusted }: Authority, seen: SeenConfig): Trust {
  const live = trustIn(seen.apiService, seen.now);
  const isShown = showingPods(seen).every((pod) => mountedIn(pod.spec) !== undefined);
  if (live?.is === 'anyone' && isOurs(seen) && !isShown) return live;
  const others = isShown ? [] : liveAuthorities(seen);
  return { is: 'these', authorities: [...trusted, ...others] };
}

function liveAuthorities(seen: SeenConfig) {
  const live = isOurs(seen) ? trustIn(seen.apiService, seen.now) : undefined;
  return live?.is === 'these' ? live.authorities : [];
}

/** A certificate of a CA that the API server does not trust yet has to wait. */
function renewal(
  secret: KubernetesObject | undefined,
  serving: Judged<Serving>,
  authority: Authority,
  seen: SeenConfig,
): Step[] {
  if (serving.is === 'good' || !isTrusted({ is: 'these', authorities: [authority.current] }, seen)) return [];
  const { servingCertificate } = names(seen.config.metadata.name);
  const material: Material = {
    is: 'serving',
    authority: authority.pair,
    names: hostsOf(seen),
    trusted: pemOf([authority.current]),
  };
  return [issue(servingCertificate, secret, material, serving.because, seen)];
}

/** Old CAs go once no pod shows a certificate of theirs. */
function narrowing(
  caSecret: KubernetesObject | undefined,
  serving: Judged<Serving>,
  { pair, current, trusted }: Authority,
  seen: SeenConfig,
): Step[] {
  const isShown = serving.is === 'good' && showingPods(seen).every((pod) => showsPresent(pod, serving, seen));
  if (trusted.length === 1 || !isShown) return [];
  const data = { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': pemOf([current]) };
  const { servingAuthority } = names(seen.config.metadata.name);
  return [issue(servingAuthority, caSecret, { is: 'given', data }, 'old CAs are not needed any more', seen)];
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
  return (
    shown === certificate.fingerprint256 ||
    startedMs > writtenMs ||
    seen.now.getTime() - writtenMs > surelyLoadedMs
  );
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

/** Our Secrets that the spec wants, or that pods show or may come to show. */
export function secretsInUse({ spec, live, config }: SeenConfig): KubernetesObject[] {
  const { servingCertificate } = names(config.metadata.name);
  const templates = [live.deployment?.spec?.template.spec, ...live.pods.map((pod) => pod.spec)];
  const isShown = templates.some((one) => mountedIn(one) === servingCertificate);
  return spec.servingTls === 'Managed' || isShown ? live.objects.filter(({ kind }) => kind === 'Secret') : [];
}

function secretNamed(name: string, { live }: SeenConfig): KubernetesObject | undefined {
  return live.objects.find(({ kind, metadata }) => kind === 'Secret' && metadata?.name === name);
}

function issue(
  name: string,
  over: KubernetesObject | undefined,
  material: Material,
  because: string,
  seen: SeenConfig,
): Step {
  const { config, spec } = seen;
  const rotated = config.metadata.annotations?.[rotateAnnotation];
  const secret = secretOf(name, seen);
  const annotations = rotated === undefined ? undefined : { [rotatedAnnotation]: rotated };
  const object = ownedBy(
    config,
    { ...secret, metadata: { ...secret.metadata, annotations } },
    spec.deletionPolicy,
  );
  return { action: 'issue', object, over, material, because };
}
