import type { X509Certificate } from 'node:crypto';
import type { KubernetesObject, V1Deployment, V1PodSpec } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { certificatesIn } from '../platform/x509.ts';
import { kubeletCaFile } from '../resources/files.ts';
import { names, title } from '../resources/names.ts';
import { hashOf } from './differ.ts';
import { givenNamed } from './given.ts';
import { authoritiesIn } from './given-certificate.ts';
import { notAllowed } from './grant.ts';
import { isFor, pairIn, pemOf, textIn } from './material.ts';
import { bundleNamed, bundleText } from './named-bundle.ts';
import type { SeenConfig } from './observe.ts';
import { whoseIs } from './obstacles.ts';
import { isReplaced } from './template.ts';

/*
 * Pods mount a copy of the CA that has been checked, so that what the user's object becomes can stop neither those that run nor those that
 * start again. A client certificate is mounted as it is: a private key is not copied about, and metrics-server keeps the last good one.
 */

export interface KubeletPlan {
  /** What the pods get as the CA: what the spec names, or what they have had before. */
  ca: SeenConfig['spec']['kubeletCa'];
  /** What others have to do. */
  trouble?: Finding<'Applied'>;
  /** Whether a pod that starts would find what it needs. */
  isThere: boolean;
}

export function kubeletPlan(seen: SeenConfig): KubeletPlan {
  const client = clientTrouble(seen);
  if (seen.spec.kubeletTls !== 'CustomCA')
    return { ca: undefined, trouble: client, isThere: client === undefined };
  const judged = authority(seen);
  const ca = judged.is === 'good' ? judged.certificates : lastGood(seen);
  const trouble = judged.is === 'good' ? undefined : ending(judged.finding, ca !== undefined, seen);
  return {
    ca: ca === undefined ? undefined : { certificates: ca, hash: hashOf(ca) },
    trouble: trouble ?? client,
    isThere: ca !== undefined && client === undefined,
  };
}

/** Whether a Deployment may be written: not where its new pods could not start. */
export function mayMount(wanted: V1Deployment, { isThere }: KubeletPlan, { live }: SeenConfig): boolean {
  return isThere || (live.deployment !== undefined && !isReplaced(wanted, live.deployment));
}

type Authority = { is: 'good'; certificates: string } | { is: 'bad'; finding: Finding<'Applied'> };

function authority(seen: SeenConfig): Authority {
  const reference = seen.spec.tls?.kubelet?.caBundleRef;
  const bundle = bundleNamed({ field: 'spec.tls.kubelet.caBundleRef', reference }, seen);
  switch (bundle.is) {
    case 'refused':
      return wrong('Forbidden', bundle.message);
    case 'missing':
      return wrong('KubeletCAMissing', bundle.message);
    case 'empty':
      return wrong('KubeletCAInvalid', bundle.message);
    case 'there': {
      const judged = authoritiesIn(bundle, seen.now);
      return judged.is === 'bad'
        ? wrong('KubeletCAInvalid', judged.because)
        : { is: 'good', certificates: pemOf(certificatesIn(bundle.text) ?? []) }; // one that expires is no reason to replace pods
    }
  }
}

/** The CA that the spec names, as far as it can be read. */
export function namedAuthorities({
  spec,
  live,
}: Pick<SeenConfig, 'spec' | 'live'>): X509Certificate[] | undefined {
  return certificatesIn(bundleText(spec.tls?.kubelet?.caBundleRef, { live }));
}

/** What pods were last verified with, where they still are. */
function lastGood(seen: SeenConfig): string | undefined {
  const { live, config } = seen;
  if (!mountsCa(live.deployment?.spec?.template.spec, config.metadata.name)) return undefined;
  const copy = caCopy(seen);
  const text = copy && whoseIs(copy, seen) === 'ours' ? textIn(copy, kubeletCaFile) : undefined;
  return certificatesIn(text) === undefined ? undefined : text;
}

function caCopy({ live, config }: SeenConfig): KubernetesObject | undefined {
  const { kubeletCa } = names(config.metadata.name);
  return live.objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata?.name === kubeletCa);
}

function mountsCa(spec: Pick<V1PodSpec, 'volumes'> | undefined, config: string): boolean {
  return spec?.volumes?.some(({ configMap }) => configMap?.name === names(config).kubeletCa) ?? false;
}

/** The copy, as long as a pod that starts again would need it. */
export function caInUse(seen: SeenConfig): KubernetesObject[] {
  const { live, config } = seen;
  const templates = [live.deployment?.spec?.template.spec, ...live.pods.map(({ spec }) => spec)];
  const copy = caCopy(seen);
  return copy !== undefined && templates.some((one) => mountsCa(one, config.metadata.name)) ? [copy] : [];
}

const clientAuth = '1.3.6.1.5.5.7.3.2';

function clientTrouble({ spec, live, now }: SeenConfig): Finding<'Applied'> | undefined {
  const name = spec.tls?.kubelet?.clientCertificateSecretRef?.name;
  if (name === undefined) return undefined;
  const given = givenNamed({ kind: 'Secret', name }, live.given);
  const secret = title({ kind: 'Secret', metadata: { name, namespace: spec.namespace } });
  const what = `${secret} (spec.tls.kubelet.clientCertificateSecretRef)`;
  const stay = 'No pod is started or replaced until then.';
  if (given?.refused !== undefined) {
    return finding('Forbidden', `${notAllowed(given)} ${stay}`);
  }
  if (given?.object === undefined) {
    const make = `kubectl create secret tls ${name} -n ${spec.namespace} --cert=FILE --key=FILE`;
    return finding('KubeletClientCertMissing', `${what} does not exist. Make it: ${make}. ${stay}`);
  }
  const fault = clientFault(given.object, now);
  return fault === undefined ? undefined : finding('KubeletClientCertInvalid', `${what}: ${fault}. ${stay}`);
}

/** The certificate that kubelets are shown, where it can be used. */
export function clientCertificate(seen: SeenConfig): string | undefined {
  const name = seen.spec.tls?.kubelet?.clientCertificateSecretRef?.name;
  if (name === undefined || clientTrouble(seen) !== undefined) return undefined;
  return textIn(givenNamed({ kind: 'Secret', name }, seen.live.given)?.object, 'tls.crt');
}

function clientFault(secret: KubernetesObject, now: Date): string | undefined {
  const type = 'type' in secret ? secret.type : undefined;
  if (type !== 'kubernetes.io/tls') {
    return `its type is ${type}, not kubernetes.io/tls: delete it and make it again with kubectl create secret tls`;
  }
  const judged = pairIn(secret, now);
  if (judged.is === 'bad') return judged.because;
  return isFor(judged.certificate, clientAuth)
    ? undefined
    : 'its certificate is not for clients (extended key usage clientAuth)';
}

function finding(reason: Finding<'Applied'>['reason'], message: string): Finding<'Applied'> {
  return { status: 'False', reason, message };
}

function wrong(reason: Finding<'Applied'>['reason'], message: string): Authority {
  return { is: 'bad', finding: finding(reason, message) };
}

/** What becomes of the pods meanwhile. */
function ending(
  { message, ...rest }: Finding<'Applied'>,
  isKept: boolean,
  { live }: SeenConfig,
): Finding<'Applied'> {
  const nothingYet =
    live.deployment === undefined
      ? 'No pods are started until then.'
      : 'The pods stay as they are until then.';
  const meanwhile = isKept ? 'Until then the kubelets are verified with what it was before.' : nothingYet;
  return { ...rest, message: `${message.replace(/\.?$/, '.')} ${meanwhile}` };
}
