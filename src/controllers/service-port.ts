import type { KubernetesObject, V1APIService, V1Service, V1ServicePort } from '@kubernetes/client-node';
import { manager, names } from '../resources/names.ts';
import { portName, servicePort } from '../resources/service.ts';
import type { SeenConfig } from './observe.ts';
import { portsIn } from './watched.ts';

// kube-proxy needs about a second to learn of a port, more in a large cluster; kube-aggregator hears of the APIService and of
// the Service by two watches, in any order.
const settledAfterMs = 10_000;

/**
 * The Service with the port that it had as well, until the API server asks at the new one: it finds the Service's port by the number
 * that stands in the APIService, and answers 503 where the two do not agree.
 */
export function withOldPort(object: KubernetesObject, seen: SeenConfig): KubernetesObject {
  if (object.kind !== 'Service') return object;
  const old = oldPort(seen);
  if (old === undefined) return object;
  const { spec, ...rest }: V1Service = object;
  const ports = isTooEarly(seen) ? [servicePort(old)] : [...(spec?.ports ?? []), servicePort(old)];
  const service: V1Service = { ...rest, spec: { ...spec, ports } };
  return service;
}

/**
 * A port that somebody else has put in the place of ours, and that bears its name, gets another one: the API server takes no two ports of one
 * name. While it is theirs it stays, and so does its name: they have given it none that would be left.
 */
export function withFreeNames(object: KubernetesObject, seen: SeenConfig): KubernetesObject {
  if (object.kind !== 'Service') return object;
  const { spec, ...rest }: V1Service = object;
  const ports = spec?.ports ?? [];
  const isNamedByUs = ({ name, port }: V1ServicePort) => name === portName(port) && isOfOthers(port, seen);
  const others = (serviceOf(seen)?.spec?.ports ?? []).filter(
    (other) =>
      !ports.some(({ port }) => port === other.port) &&
      (ports.some(({ name }) => name === other.name) || isNamedByUs(other)),
  );
  const renamed = others.map((other) => ({ ...other, name: portName(other.port) }));
  const service: V1Service = { ...rest, spec: { ...spec, ports: [...ports, ...renamed] } };
  return service;
}

function isOfOthers(port: number, seen: SeenConfig): boolean {
  const others = serviceOf(seen)?.metadata?.managedFields?.filter((entry) => entry.manager !== manager) ?? [];
  return others.some(({ fieldsV1 }) =>
    Object.keys(portsIn(fieldsV1) ?? {}).some((key) => key.startsWith(`k:{"port":${port},`)),
  );
}

/** Whether the new port is not there yet and has to wait. */
function isTooEarly(seen: SeenConfig): boolean {
  const ports = serviceOf(seen)?.spec?.ports ?? [];
  return !ports.some(({ port }) => port === wantedPort(seen)) && !isAtOnePort(seen);
}

/**
 * Whether the pods are all at one port. While they move to another there are two EndpointSlices, and after a change of the Service's
 * ports the endpointslice controller may write into the first what was in the second: for some milliseconds none has a ready
 * pod, and kube-aggregator, which sees that, answers 503 (MissingEndpoints).
 */
function isAtOnePort({ live }: SeenConfig): boolean {
  const numbers = live.endpointSlices.flatMap(({ ports }) => ports?.map(({ port }) => port) ?? []);
  return new Set(numbers).size <= 1;
}

/** The port at which the API server asks, or has asked until just now, where that is not the wanted one. */
function oldPort(seen: SeenConfig): number | undefined {
  const wanted = wantedPort(seen);
  const asked = askedPort(seen);
  if (asked === undefined) return undefined; // nobody asks
  if (asked !== wanted) return asked;
  const ours = (serviceOf(seen)?.spec?.ports ?? []).filter(({ name, port }) => name === portName(port));
  const others = ours.map(({ port }) => port).filter((port) => port !== wanted);
  return isSettled(seen.apiService, seen) && isAtOnePort(seen) ? undefined : others[0];
}

/** The port that the APIService names, where it leads to our Service. */
function askedPort(seen: SeenConfig): number | undefined {
  const apiService: V1APIService | undefined = seen.apiService;
  return leadsToOurs(seen) ? apiService?.spec?.service?.port : undefined;
}

/** Whether the API server asks at the Service of our name. */
export function leadsToOurs(seen: SeenConfig): boolean {
  const apiService: V1APIService | undefined = seen.apiService;
  const { name, namespace } = apiService?.spec?.service ?? {};
  return name === names(seen.config.metadata.name).service && namespace === seen.spec.namespace;
}

export function serviceOf({ live }: SeenConfig): V1Service | undefined {
  return live.objects.find(({ kind }) => kind === 'Service');
}

/** Whether what we wrote last into an object has reached every node. */
export function isSettled(object: KubernetesObject | undefined, { now }: SeenConfig): boolean {
  return wasSettled(object, now.getTime());
}

/** Whether it had at some time. */
export function wasSettled(object: KubernetesObject | undefined, atMs: number): boolean {
  return atMs - writtenAtMs(object) >= settledAfterMs;
}

/** When the operator last wrote into an object, as the API server has noted. */
export function writtenAtMs(object: KubernetesObject | undefined): number {
  const ours = (object?.metadata?.managedFields ?? []).filter((entry) => entry.manager === manager);
  return Math.max(0, ...ours.map(({ time }) => new Date(time ?? 0).getTime()));
}

/** Whether the API server may ask at the wanted port: the endpoints must have it, and every node must have heard. */
export function isPortServed(seen: SeenConfig): boolean {
  const asked = askedPort(seen);
  if (asked === undefined || asked === wantedPort(seen)) return true;
  const wanted = portName(wantedPort(seen));
  const isThere = seen.live.endpointSlices.some(({ ports }) => ports?.some(({ name }) => name === wanted));
  return isThere && isSettled(serviceOf(seen), seen);
}

function wantedPort({ spec }: SeenConfig): number {
  return spec.service?.port ?? 443;
}
