import type { KubernetesObject } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../crds/effective.ts';
import { apiService } from './api-service.ts';
import { certManagerObjects } from './cert-manager.ts';
import { deployment } from './deployment.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { kubeletCa } from './kubelet-ca.ts';
import { networkPolicy } from './network-policy.ts';
import {
  authDelegator,
  authReader,
  readerRole,
  scraperBinding,
  scraperRole,
  serviceAccount,
} from './rbac.ts';
import { service } from './service.ts';

/** Everything that a config leads to, in the order in which it is applied: the APIService comes last, the role that all configs share first. */
export function objects(config: string, spec: EffectiveSpec): KubernetesObject[] {
  return [
    readerRole(config),
    serviceAccount(config, spec.namespace),
    ...(spec.kubeletCa === undefined ? [] : [kubeletCa(config, spec.namespace, spec.kubeletCa.certificates)]),
    scraperRole(config, spec.release),
    scraperBinding(config, spec.namespace),
    authDelegator(config, spec.namespace),
    authReader(config, spec.namespace),
    service(config, spec),
    ...certManagerObjects(config, spec),
    deployment(config, spec),
    ...(spec.availability.replicas > 1 ? [disruptionBudget(config, spec)] : []),
    ...(spec.networkPolicy?.enabled ? [networkPolicy(config, spec)] : []),
    apiService(config, spec),
  ];
}
