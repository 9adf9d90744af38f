import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import { certificateKind } from '../resources/cert-manager.ts';
import { objects } from '../resources/objects.ts';
import { inItsPlace, isShared, withOldSubjects } from './adoption.ts';
import { type Guard, guarded, guardOf } from './guard.ts';
import { chosenImage, type ImageChoice, withImageMemory } from './images.ts';
import { type KubeletPlan, kubeletPlan, mayMount } from './kubelet-tls.ts';
import type { SeenConfig } from './observe.ts';
import { isReadable, type Pair } from './obstacles.ts';
import { withOldEgress } from './old-egress.ts';
import { ownedBy } from './ownership.ts';
import { type Registration, registration, withMemory } from './registration.ts';
import { isPortServed, withFreeNames, withOldPort } from './service-port.ts';
import { isIssuable } from './serving-secrets.ts';
import { mayShow, type ServingPlan, servingPlan } from './serving-tls.ts';
import { shownHash } from './shown.ts';
import { chosenSize, type SizeChoice, withSizeMemory } from './sizes.ts';
import { withTrust } from './trust.ts';

/** What a config wants of the cluster, in what the cluster is now. */
export interface Desired {
  /** What was seen; its spec has what others have made for it, too. */
  seen: SeenConfig;
  /** Every object, and what is there under its name. */
  pairs: Pair[];
  registering: Registration;
  /** Certificates that metrics-server shows. */
  tls: ServingPlan;
  /** CAs and certificates for kubelets. */
  kubelets: KubeletPlan;
  image: ImageChoice;
  size: SizeChoice;
  guard: Guard;
  /** The Deployment as it is to be written: that of the spec, or one that served before. */
  next: V1Deployment | undefined;
}

/** The order matters: an object is rendered, keeps what a change needs of the one before, and then is as its guard, its trust and its owner have it. */
export function desiredBy(looked: SeenConfig): Desired {
  const kubelets = kubeletPlan(looked);
  const seen = { ...looked, spec: { ...looked.spec, kubeletCa: kubelets.ca, shownHash: shownHash(looked) } };
  const registering = registration(seen);
  const size = chosenSize(seen);
  const spec = { ...seen.spec, resources: size.resources };
  const image = chosenImage({ ...seen, spec });
  const rendered = objects(seen.config.metadata.name, { ...spec, image: { ...spec.image, ...image.source } })
    .map((object) => withOldSubjects(inItsPlace(object, seen), seen))
    .map((object) => withFreeNames(withOldPort(object, seen), seen))
    .map((object) => withSizeMemory(withImageMemory(withMemory(object, seen, registering), image), size));
  const deployment = rendered.find(({ kind }) => kind === 'Deployment');
  const guard = guardOf(seen, deployment);
  const next = deployment && guarded(deployment, guard, seen);
  const tls = servingPlan(seen, next);
  const pairs = rendered
    .map((object) => withOldEgress(guarded(object, guard, seen), deployment, guard, seen))
    .map((object) => withTrust(object, tls.trust, seen.apiService))
    .map((object) =>
      ownedBy(seen.config, object, isShared(object, seen) ? 'Orphan' : seen.spec.deletionPolicy),
    )
    .map((object) => ({ object, over: twin(object, seen) }));
  return { seen, pairs, registering, tls, kubelets, image, size, guard, next };
}

/** Whether an object may be applied yet: what it needs must be in the cluster. */
export function isDue({ object }: Pair, { seen, registering, tls, kubelets }: Desired): boolean {
  if (!isReadable(object, seen)) return false;
  switch (object.kind) {
    case 'Deployment': // the certificates of its pods, which the API server must trust
      return mayShow(object, tls, seen) && mayMount(object, kubelets, seen);
    case 'APIService': // a pod that answers
      return registering.is !== 'tooEarly' && isPortServed(seen) && tls.trust !== undefined;
    case certificateKind: // the Secret that the answer goes into
      return isIssuable(seen);
    default:
      return true;
  }
}

function twin(wanted: KubernetesObject, { live, apiService }: SeenConfig): KubernetesObject | undefined {
  return [...live.objects, ...(apiService ? [apiService] : [])].find(
    ({ kind, metadata }) =>
      kind === wanted.kind &&
      metadata?.name === wanted.metadata?.name &&
      metadata?.namespace === wanted.metadata?.namespace,
  );
}
