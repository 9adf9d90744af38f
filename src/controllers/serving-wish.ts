import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1ObjectMeta } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { certificateKind, certificateName, certManager } from '../resources/cert-manager.ts';
import { names, rotateAnnotation, rotatedAnnotation, title } from '../resources/names.ts';
import { serviceHosts } from '../resources/service.ts';
import { givenNamed } from './given.ts';
import { authoritiesIn, givenCertificate, makingOf } from './given-certificate.ts';
import { notAllowed } from './grant.ts';
import { issue, type Material, secretNamed } from './issuing.ts';
import {
  type Authority,
  authorityIn,
  bad,
  type Judged,
  keyPairIn,
  type Serving,
  servingIn,
} from './material.ts';
import { bundleNamed } from './named-bundle.ts';
import type { SeenConfig } from './observe.ts';
import type { Step } from './plan.ts';

/**
 * What the spec wants pods to show. `pending`: it is not there yet, and `finding` says why if somebody else has to do something.
 * `known`: who vouches for it, whether it is what the Secret of the pods holds, and if not, how to get it there.
 */
export type Wish =
  | { is: 'anything' }
  | { is: 'pending'; steps: Step[]; finding?: Finding<'Applied'> }
  | {
      is: 'known';
      authorities: X509Certificate[];
      present: Judged<Serving>;
      fill: (caCrt: string) => Material;
      /** What is to be done besides. */
      steps?: Step[];
      /** That it soon expires, where somebody else has to replace it. */
      expiring?: string;
    };

export function wishOf(seen: SeenConfig): Wish {
  switch (seen.spec.servingTls) {
    case 'SelfSigned':
      return { is: 'anything' };
    case 'Managed':
      return managed(seen);
    case 'Secret':
      return ofSecret(seen);
    case 'CertManager':
      return ofCertManager(seen);
  }
}

function hostsOf({ config, spec }: SeenConfig): [string, ...string[]] {
  return serviceHosts(config.metadata.name, spec.namespace);
}

function managed(seen: SeenConfig): Wish {
  const { name } = seen.config.metadata;
  const { servingAuthority, servingCertificate } = names(name);
  const secret = secretNamed(servingAuthority, seen);
  const authority = requested(secret, seen) ?? authorityIn(secret, seen.now);
  if (authority.is === 'bad') {
    const material: Material = { is: 'authority', commonName: `CA of MetricsServerConfig ${name}` };
    return { is: 'pending', steps: [issue(servingAuthority, secret, material, authority.because, seen)] };
  }
  const hosts = hostsOf(seen);
  return {
    is: 'known',
    authorities: [authority.certificate],
    present: servingIn(secretNamed(servingCertificate, seen), authority, hosts, seen.now),
    fill: (trusted) => ({ is: 'serving', authority: authority.pair, names: hosts, trusted }),
  };
}

function requested(
  secret: KubernetesObject | undefined,
  { config }: SeenConfig,
): Judged<Authority> | undefined {
  const asked = config.metadata.annotations?.[rotateAnnotation];
  const answered = secret?.metadata?.annotations?.[rotatedAnnotation];
  const isAsked = asked !== undefined && secret !== undefined && asked !== answered;
  return isAsked ? bad(`annotation ${rotateAnnotation} asks for another`) : undefined;
}

function ofSecret(seen: SeenConfig): Wish {
  const { spec, live } = seen;
  const name = spec.tls?.serving?.secretRef?.name ?? '';
  const given = givenNamed({ kind: 'Secret', name }, live.given);
  const what = title({ kind: 'Secret', metadata: { name, namespace: spec.namespace } });
  if (given?.refused !== undefined) return pending('Forbidden', notAllowed(given), seen);
  if (given?.object === undefined) {
    const make = makingOf({ metadata: { name, namespace: spec.namespace } });
    return pending(
      'CertificateMissing',
      `${what} (spec.tls.serving.secretRef) does not exist. Make it, for the name ${hostsOf(seen)[0]}: ${make}`,
      seen,
    );
  }
  return copied(given.object, seen);
}

interface CertManagerCertificate extends KubernetesObject {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

// cert-manager takes a few seconds; what is not there then wants a person.
const patienceMs = 60_000;

function ofCertManager(seen: SeenConfig): Wish {
  const { config, now, live } = seen;
  const { servingIssued } = names(config.metadata.name);
  const given = givenNamed(
    { kind: certificateKind, name: certificateName(config.metadata.name) },
    live.given,
  );
  if (given?.isUnknownKind) {
    const message = `The cluster has no ${certManager}: install cert-manager, or choose another spec.tls.serving.mode; Managed needs nothing.`;
    return pending('CertManagerMissing', message, seen);
  }
  const what = title({ kind: certificateKind, metadata: given?.reference });
  if (given?.refused !== undefined) return pending('Forbidden', notAllowed(given), seen);
  const secret = secretNamed(servingIssued, seen);
  if (secret === undefined) return { is: 'pending', steps: [emptySecret(seen)] };
  const { status, metadata }: CertManagerCertificate = { ...given?.object };
  const steps = metadata === undefined ? [] : owning(secret, metadata);
  const wish = copied(secret, seen);
  if (wish.is === 'known') return { ...wish, steps }; // whatever cert-manager says of it
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return { ...wish, steps };
  const sinceMs = new Date(secret.metadata?.creationTimestamp ?? now).getTime();
  const isLate = now.getTime() - sinceMs >= patienceMs;
  const why =
    ready?.message ?? 'cert-manager has not said anything about it yet: see that its controller runs';
  const reason = isLate ? 'CertificateNotReady' : 'CertificatePending';
  return { ...pending(reason, `${what} is not ready: ${why}`, seen), steps };
}

/** What cert-manager fills. It goes with the Certificate, for as long as that is there it would be made again. */
function emptySecret(seen: SeenConfig): Step {
  const { servingIssued } = names(seen.config.metadata.name);
  const material: Material = { is: 'given', data: { 'tls.crt': '', 'tls.key': '' } };
  return issue(servingIssued, undefined, material, 'absent', seen, 'Orphan');
}

/** It goes with its Certificate. A merge patch, for what the Secret holds is not ours to say. */
function owning(secret: KubernetesObject, { name = '', uid = '' }: V1ObjectMeta): Step[] {
  if (secret.metadata?.ownerReferences?.some((owner) => owner.uid === uid)) return [];
  const owner = { apiVersion: certManager, kind: certificateKind, name, uid };
  const patch = { metadata: { ownerReferences: [owner] } };
  return [{ action: 'patch', object: secret, patch, because: 'its owner' }];
}

/** What is copied cannot be spoilt by a later change of the original, and waits until it is trusted. */
function copied(original: KubernetesObject, seen: SeenConfig): Exclude<Wish, { is: 'anything' }> {
  const bundle = bundleOf(seen);
  if (bundle?.is === 'bad') return pending(bundle.reason, bundle.because, seen);
  const [host] = hostsOf(seen);
  const judged = givenCertificate(original, bundle, [host], seen.now);
  if (judged.is === 'bad')
    return pending('CertificateInvalid', `${title(original)}: ${judged.because}.`, seen);
  const { pair, certificate, authorities } = judged;
  const copy = secretNamed(names(seen.config.metadata.name).servingCertificate, seen);
  const there = copy === undefined ? undefined : keyPairIn(copy);
  const isSame = there?.certificate === pair.certificate && there.key === pair.key;
  return {
    is: 'known',
    authorities,
    present: isSame ? { is: 'good', certificate } : bad(`it is not that of ${title(original)}`),
    fill: (trusted) => ({
      is: 'given',
      data: { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': trusted },
    }),
    ...(isSoonOver(certificate, seen) && {
      expiring: `The certificate in ${title(original)} expires on ${dayOf(certificate)}: replace it before.`,
    }),
  };
}

// cert-manager renews a year's certificate months before, so by then something is wrong there.
const warnedBeforeMs = 30 * 24 * 3_600_000;

/** Whether it has to be replaced within a month. */
export function isSoonOver({ validTo }: X509Certificate, { now }: SeenConfig): boolean {
  return Date.parse(validTo) - now.getTime() < warnedBeforeMs;
}

export function dayOf({ validTo }: X509Certificate): string {
  return new Date(validTo).toISOString().slice(0, 10);
}

type Trusted =
  | { is: 'good'; all: X509Certificate[] }
  | { is: 'bad'; reason: Finding<'Applied'>['reason']; because: string };

/** The CAs in another object than the Secret, where the spec names one. */
function bundleOf(seen: SeenConfig): Trusted | undefined {
  const reference = seen.spec.tls?.serving?.caBundleRef;
  if (reference === undefined) return undefined;
  const bundle = bundleNamed({ field: 'spec.tls.serving.caBundleRef', reference }, seen);
  switch (bundle.is) {
    case 'refused':
      return { ...bad(bundle.message), reason: 'Forbidden' };
    case 'missing':
    case 'empty':
      return { ...bad(bundle.message), reason: 'CertificateInvalid' };
    case 'there': {
      const judged = authoritiesIn(bundle, seen.now);
      return judged.is === 'bad' ? { ...judged, reason: 'CertificateInvalid' } : judged;
    }
  }
}

function pending(
  reason: Finding<'Applied'>['reason'],
  message: string,
  { live }: SeenConfig,
): Extract<Wish, { is: 'pending' }> {
  const meanwhile =
    live.deployment === undefined
      ? 'No pods are started until then.'
      : 'What was shown before is shown until then.';
  return {
    is: 'pending',
    steps: [],
    finding: { status: 'False', reason, message: `${message.replace(/\.?$/, '.')} ${meanwhile}` },
  };
}
