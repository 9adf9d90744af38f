import type {
  KubernetesObject,
  V1APIService,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1Service,
} from '@kubernetes/client-node';
import { metricsServerIn } from '../installed/metrics-server-in.ts';
import { apiServiceName, readerRoleName, selectorLabels } from '../resources/names.ts';
import { adopts, hasOurSelector, oldDeployments } from './adoption.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import { ownersOf, unmarking } from './owners.ts';
import { controllerOf, isBootstrap } from './ownership.ts';

/** What may not be taken over, whatever the spec says, and the way out. */
export interface Unadoptable {
  object: KubernetesObject;
  because: string;
  wayOut: string;
}

/** The first fault of what is theirs, if there is one: causes before symptoms. */
export function unadoptable(
  theirs: KubernetesObject[],
  pairs: Pair[],
  seen: SeenConfig,
): Unadoptable | undefined {
  return (
    first(theirs, (one) => anotherMetricsApi(one, seen)) ??
    putBack(theirs, seen) ??
    first(theirs, controlled) ??
    first(theirs, (one) => notMetricsServer(one, seen)) ??
    first(theirs, tooOld) ??
    otherRole(pairs, seen) ??
    noPlace(pairs, seen) ??
    first(theirs, (one) => otherPort(one, seen))
  );
}

function first(
  objects: KubernetesObject[],
  check: (object: KubernetesObject) => Omit<Unadoptable, 'object'> | undefined,
): Unadoptable | undefined {
  for (const object of objects) {
    const found = check(object);
    if (found !== undefined) return { object, ...found };
  }
  return undefined;
}

/** The metrics API is served by something that is not of a name, or not in the namespace, that could be taken over. */
function anotherMetricsApi(object: KubernetesObject, { spec, live, config }: SeenConfig) {
  if (object.kind !== 'APIService') return undefined;
  const apiService: Partial<V1APIService> = object;
  const { name, namespace } = apiService.spec?.service ?? {};
  if (name === undefined) {
    return { because: 'is served by the API server itself', wayOut: 'Find out what registered it.' };
  }
  const because = `leads to Service ${namespace}/${name}`;
  if (name.includes('prometheus-adapter')) {
    const wayOut = `That is prometheus-adapter: leave rules.resource empty in the values of its chart (in kube-prometheus, leave out its APIService), then kubectl delete apiservice ${apiServiceName}`;
    return { because, wayOut };
  }
  if (namespace === 'openshift-monitoring') return undefined; // that owner has its own words
  if (!isLabelled(object) && !/metrics-server/.test(name)) {
    return {
      because,
      wayOut: 'That is no metrics-server. A cluster has one metrics API: uninstall what serves it now.',
    };
  }
  const { name: self } = config.metadata;
  if (namespace !== spec.namespace) {
    const wayOut = `Only what is in spec.namespace, ${spec.namespace}, can be taken over: kubectl delete msc ${self}, and create it again with namespace: ${namespace}, for which the operator needs the rights of config/rbac; with the chart: namespaces={${namespace}}.`;
    return { because, wayOut };
  }
  if (live.releases.includes(name)) return undefined;
  const wayOut = `The operator was not started for a release of that name: add ${name} to its setting ADOPT_NAMES (now: ${live.releases.slice(1).join(',') || 'none'}) and to its rights, see config/rbac; with the chart: adoptNames={${name}}.`;
  return { because, wayOut };
}

/** Another controller would put it back. What Argo CD or Flux once made bears their marks still, so the main object decides. */
function putBack(theirs: KubernetesObject[], seen: SeenConfig): Unadoptable | undefined {
  const deployments = theirs.filter(({ kind }) => kind === 'Deployment');
  const own = theirs.filter((object) => !seen.live.others.includes(object));
  const steady = ownersOf(theirs).find(({ putsBack, marks }) => putsBack && marks === undefined);
  const main = deployments.length > 0 ? deployments : own;
  const owner = steady ?? ownersOf(main).find(({ putsBack }) => putsBack);
  const [object = theirs[0]] = main;
  if (owner === undefined || object === undefined) return undefined;
  return {
    object,
    because: `is put back by ${owner.name}`,
    wayOut: [...owner.steps, ...unmarking(owner, main)].join(' '),
  };
}

function controlled(object: KubernetesObject) {
  const controller = controllerOf(object);
  if (controller === undefined) return undefined;
  const owner = `${controller.kind} ${controller.name}`;
  return {
    because: `is controlled by ${owner}`,
    wayOut: `Delete ${owner}, or stop it from making this object.`,
  };
}

/** A config may be called like anything else, such as coredns. */
function notMetricsServer(object: KubernetesObject, seen: SeenConfig) {
  const wayOut = 'Give the MetricsServerConfig another name.';
  if (isBootstrap(object)) return { because: "is Kubernetes' own", wayOut };
  const because = 'is no metrics-server';
  if (object.kind === 'Deployment') {
    return metricsServerIn({ ...object }) === undefined ? { because, wayOut } : undefined;
  }
  if (object.kind === 'Service' && leadsTo(object, seen)) return undefined;
  return isNamed(object) ? undefined : { because, wayOut };
}

/** Whether a Service leads to the pods of what is taken over. */
function leadsTo(service: V1Service, seen: SeenConfig): boolean {
  return oldDeployments(seen).some(({ spec }) => selects(service, spec?.template.metadata?.labels ?? {}));
}

function selects({ spec }: V1Service, labels: Record<string, string>): boolean {
  const selector = Object.entries(spec?.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}

/** Whether an object calls itself metrics-server, as all of upstream's and of the chart's do. */
function isNamed({ metadata }: KubernetesObject): boolean {
  const name = metadata?.name ?? '';
  return (
    /metrics-server/.test(name) || [apiServiceName, readerRoleName].includes(name) || isLabelled({ metadata })
  );
}

function isLabelled({ metadata }: KubernetesObject): boolean {
  const { labels = {} } = metadata ?? {};
  const words = [labels['k8s-app'], labels['app.kubernetes.io/name'], labels['helm.sh/chart']];
  return words.some((word) => word?.includes('metrics-server'));
}

/** Its pods would lose their rights before ours are ready: releases before 0.6 ask the kubelets for something else. */
function tooOld(object: KubernetesObject) {
  if (object.kind !== 'ClusterRole') return undefined;
  const { rules = [] }: V1ClusterRole = object;
  const resources = (rules ?? []).flatMap(({ resources = [] }) => resources);
  if (!resources.includes('nodes/stats') || resources.includes('nodes/metrics')) return undefined;
  const wayOut = `Update it to 0.6 or newer first, or delete it: kubectl delete clusterrole ${object.metadata?.name}`;
  return { because: 'is of a metrics-server before 0.6, which cannot be taken over without a gap', wayOut };
}

/** Nor can a selector: beside a Deployment of our first name there is one place, and that is taken, too. */
function noPlace(pairs: Pair[], seen: SeenConfig): Unadoptable | undefined {
  const { over } = pairs.find(({ object }) => object.kind === 'Deployment') ?? {};
  if (over === undefined || whoseIs(over, seen) !== 'foreign') return undefined;
  if (!adopts(seen) || hasOurSelector(over, seen.config.metadata.name)) return undefined;
  const { name, namespace } = over.metadata ?? {};
  const wayOut = `Delete it: kubectl -n ${namespace} delete deployment ${name}`;
  return { object: over, because: 'stands where ours would have its place beside the other one', wayOut };
}

/** A roleRef cannot be changed. */
function otherRole(pairs: Pair[], seen: SeenConfig): Unadoptable | undefined {
  for (const { object, over } of pairs) {
    if (over === undefined || whoseIs(over, seen) !== 'foreign' || !over.kind?.endsWith('RoleBinding'))
      continue;
    const [wanted, there] = [object, over].map(roleOf);
    if (wanted === there) continue;
    const { name, namespace } = over.metadata ?? {};
    const place = namespace === undefined ? '' : `-n ${namespace} `;
    const wayOut = `That cannot be changed: kubectl ${place}delete ${over.kind.toLowerCase()} ${name}   # if nothing else needs it`;
    return { object: over, because: `grants ${there}, not ${wanted}`, wayOut };
  }
  return undefined;
}

function roleOf(binding: Partial<V1ClusterRoleBinding>): string {
  return `${binding.roleRef?.kind} ${binding.roleRef?.name}`;
}

/** Their Service selects our pods as well, where these bear the label that upstream selects by; then it must find their port. */
function otherPort(object: KubernetesObject, { config, spec }: SeenConfig) {
  if (object.kind !== 'Service') return undefined;
  const service: V1Service = object;
  if (!selects(service, selectorLabels(config.metadata.name))) return undefined;
  const wrong = (service.spec?.ports ?? [])
    .map(({ targetPort }) => targetPort)
    .find((port) => typeof port === 'number' && port !== spec.servingPort);
  if (wrong === undefined) return undefined;
  return {
    because: `leads to port ${wrong} of every pod, ours too, which would serve on ${spec.servingPort}`,
    wayOut: `Set spec.servingPort: ${wrong}`,
  };
}
