import type {
  KubernetesObject,
  V1Deployment,
  V1NetworkPolicy,
  V1NetworkPolicyPort,
} from '@kubernetes/client-node';
import { type Guard, lastGoodOf } from './guard.ts';
import type { SeenConfig } from './observe.ts';
import { isReplaced } from './template.ts';
import { trialIn } from './trial.ts';

/**
 * The NetworkPolicy with the ports that it has let the pods reach, as long as pods of before may serve: it selects both, and a change
 * that is taken back must find its kubelets again.
 */
export function withOldEgress(
  object: KubernetesObject,
  wanted: V1Deployment | undefined,
  guard: Guard,
  seen: SeenConfig,
): KubernetesObject {
  if (object.kind !== 'NetworkPolicy' || !isMoving(wanted, guard, seen)) return object;
  const live = seen.live.objects.find(({ kind }) => kind === 'NetworkPolicy');
  const { spec, ...rest }: V1NetworkPolicy = object;
  const ports = portsOf(object);
  const old = portsOf(live).filter((one) => !ports.some((port) => isSame(port, one)));
  const policy: V1NetworkPolicy = { ...rest, spec: { ...spec, egress: [{ ports: [...ports, ...old] }] } };
  return policy;
}

function isMoving(wanted: V1Deployment | undefined, guard: Guard, seen: SeenConfig): boolean {
  const { live } = seen;
  const isAboutTo = live.deployment !== undefined && isReplaced(wanted, live.deployment);
  return guard.is === 'closed' || isAboutTo || trialIn(live, lastGoodOf(seen)) !== undefined;
}

function portsOf(object: KubernetesObject | undefined): V1NetworkPolicyPort[] {
  const policy: V1NetworkPolicy = { ...object };
  return (policy.spec?.egress ?? []).flatMap(({ ports }) => ports ?? []);
}

function isSame(a: V1NetworkPolicyPort, b: V1NetworkPolicyPort): boolean {
  return `${a.port}/${a.protocol}` === `${b.port}/${b.protocol}`;
}
