import type { V1Container, V1Deployment, V1Pod } from '@kubernetes/client-node';
import { msOf } from '../crds/duration.ts';
import { commandLineOf } from './command-line.ts';
import { metricsServerIn } from './metrics-server-in.ts';

/** The pods as the health reads them: metrics-server comes first, whatever runs beside it, with its flags as `--name=value`. */
export function plainPods(pods: V1Pod[], deployment: V1Deployment): V1Pod[] {
  const name = metricsServerIn(deployment)?.name;
  return pods.map((pod) => ({
    ...pod,
    spec: { ...pod.spec, containers: plain(pod.spec?.containers ?? [], name) },
    status: {
      ...pod.status,
      containerStatuses: first(pod.status?.containerStatuses ?? [], name),
    },
  }));
}

/** The same of its template, so that pods of it are known as such. */
export function plainDeployment(deployment: V1Deployment): V1Deployment {
  const { spec } = deployment;
  if (spec?.template.spec === undefined) return deployment;
  const containers = plain(spec.template.spec.containers, metricsServerIn(deployment)?.name);
  const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
  return { ...deployment, spec: { ...spec, template } };
}

function plain(containers: V1Container[], name: string | undefined): V1Container[] {
  return first(containers, name).map((one) => (one.name === name ? { ...one, args: argsOf(one) } : one));
}

function argsOf(container: V1Container): string[] {
  const { flags, others } = commandLineOf(container);
  const readable = [...flags].filter(
    ([flag, value]) => flag !== 'metric-resolution' || msOf(value) !== undefined,
  );
  return [...readable.map(([flag, value]) => `--${flag}=${value}`), ...others];
}

function first<T extends { name: string }>(all: T[], name: string | undefined): T[] {
  return [...all].sort((a, b) => Number(b.name === name) - Number(a.name === name));
}
