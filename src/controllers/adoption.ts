import type {
  KubernetesObject,
  V1ClusterRoleBinding,
  V1Deployment,
  V1EndpointSlice,
  V1Pod,
} from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { names, selectorLabels, title } from '../resources/names.ts';
import { differences } from './differ.ts';
import { mustWait, takeoverOf } from './drift.ts';
import { withoutBundle, withoutMarks } from './marks.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import { ownersOf } from './owners.ts';
import { type Claimant, isBootstrap, whose } from './ownership.ts';
import type { Step } from './plan.ts';
import { isSettled, leadsToOurs, serviceOf, wasSettled } from './service-port.ts';

/*
 * Taking over what others have installed. The order: accounts and roles; our Deployment, beside theirs; the Service, once our pods
 * are ready; the APIService, once every node has heard; then their Deployment goes, and when its pods are gone, the rest of
 * theirs. Each look sees in the cluster how far it is, so that it can end anywhere and go on.
 */

/** Whether what others have installed may be taken over. */
export function adopts({ spec }: { spec: Pick<SeenConfig['spec'], 'adoption'> }): boolean {
  return spec.adoption === 'IfExists';
}

/** The name of our Deployment: a foreign one of the first name stays beside it, for its selector cannot be changed. */
export function deploymentName(objects: KubernetesObject[], claimant: Claimant, isAdopting: boolean): string {
  const { deployment, secondDeployment } = names(claimant.name);
  const [first, second] = [deployment, secondDeployment].map((name) =>
    objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata?.name === name),
  );
  if (second !== undefined && whose(second, claimant) === 'ours') return secondDeployment;
  const isInTheWay =
    first !== undefined && whose(first, claimant) === 'foreign' && !hasOurSelector(first, claimant.name);
  return isAdopting && isInTheWay ? secondDeployment : deployment;
}

export function hasOurSelector({ spec }: V1Deployment, config: string): boolean {
  return differences({ selector: { matchLabels: selectorLabels(config) } }, spec).length === 0;
}

/** The object under the name that it has in this cluster. */
export function inItsPlace(object: KubernetesObject, { live, config }: SeenConfig): KubernetesObject {
  const { deployment, secondDeployment } = names(config.metadata.name);
  const isBeside = object.kind === 'Deployment' && live.place === secondDeployment;
  if (!isBeside || object.metadata?.name !== deployment) return object;
  return { ...object, metadata: { ...object.metadata, name: secondDeployment } };
}

/** The account of their pods stays in our bindings as long as these serve. */
export function withOldSubjects(object: KubernetesObject, seen: SeenConfig): KubernetesObject {
  if (!object.kind?.endsWith('RoleBinding') || oldDeployments(seen).length === 0) return object;
  const { subjects = [], ...rest }: V1ClusterRoleBinding = { roleRef: noRole, ...object };
  const live: Partial<V1ClusterRoleBinding> | undefined = seen.live.objects.find(
    ({ kind, metadata }) => kind === object.kind && metadata?.name === object.metadata?.name,
  );
  const others = (live?.subjects ?? []).filter((one) => differences(subjects[0], one).length > 0);
  const binding: V1ClusterRoleBinding = { ...rest, subjects: [...subjects, ...others] };
  return binding;
}

const noRole = { apiGroup: '', kind: '', name: '' };

// What their pods need, too, where they run under the same account.
const sharedKinds = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'RoleBinding'];

/** Whether their pods would lose an object if the config were deleted on the way: then it goes without an owner until they are gone. */
export function isShared({ kind = '' }: KubernetesObject, seen: SeenConfig): boolean {
  const account = names(seen.config.metadata.name).serviceAccount;
  const isUsed = oldDeployments(seen).some(({ spec }) => spec?.template.spec?.serviceAccountName === account);
  return isUsed && sharedKinds.includes(kind);
}

/** Deployments of theirs that still serve, also where a takeover was given up. */
export function oldDeployments(seen: SeenConfig): V1Deployment[] {
  return [...seen.live.objects, ...seen.live.others].filter(
    (object) =>
      object.kind === 'Deployment' &&
      object.metadata?.name !== seen.live.place &&
      whoseIs(object, seen) === 'foreign' &&
      isInstalled(object, seen),
  );
}

/** What is theirs among all that may be taken over; none where nothing may be. */
export function foreignObjects(seen: SeenConfig): KubernetesObject[] {
  if (!adopts(seen)) return [];
  const all = [...seen.live.objects, ...seen.live.others, ...(seen.apiService ? [seen.apiService] : [])];
  return all.filter(
    (object) => whoseIs(object, seen) === 'foreign' && !isBootstrap(object) && isInstalled(object, seen),
  );
}

/** Whether an object is of what upstream or the chart installs, or in our way: they make no NetworkPolicy, and no second Deployment. */
function isInstalled({ kind, metadata }: KubernetesObject, { spec, live, config }: SeenConfig): boolean {
  if (kind === 'Secret') return false; // a certificate is never taken over
  if (kind === 'NetworkPolicy') return spec.networkPolicy?.enabled === true;
  if (kind !== 'Deployment' || metadata?.name !== names(config.metadata.name).secondDeployment) return true;
  return live.place === metadata.name || live.releases.includes(metadata.name);
}

/** How an object that is theirs becomes ours, at this point; undefined where there is nothing to take over. */
export function takeOver({ object, over }: Pair, seen: SeenConfig): Step[] | undefined {
  if (over === undefined || !adopts(seen) || whoseIs(over, seen) !== 'foreign') return undefined;
  const takenOver = takeoverOf(over);
  if (mustWait(takenOver, seen.past, seen.now)) return [];
  if (!isTheTurnOf(object, seen)) return unbundling(over, seen);
  const patch = withoutMarks(over, object);
  if (patch !== undefined) return [{ action: 'patch', object: over, patch, because: 'marks of its owner' }];
  return [{ action: 'apply', object, over, because: 'taken over', takenOver }];
}

/** A bundle that fits their certificate does not fit ours, so it goes before the Service that the API server asks at leads to our pods. */
function unbundling(over: KubernetesObject, seen: SeenConfig): Step[] {
  const spec = withoutBundle(over);
  if (spec === undefined || !isRolledOut(seen) || !leadsToOurs(seen)) return [];
  return [{ action: 'patch', object: over, patch: { metadata: {}, spec }, because: 'the CA of theirs' }];
}

function isTheTurnOf({ kind }: KubernetesObject, seen: SeenConfig): boolean {
  if (kind === 'Service') return isRolledOut(seen) && !isBundled(seen);
  if (kind === 'APIService') return isServiceSwitched(seen) && isReachable(seen);
  return kind !== 'PodDisruptionBudget'; // its two bounds exclude each other: theirs is deleted, then ours is made
}

/** Whether the API server may still ask at the Service of our name for the certificate of their pods. */
function isBundled(seen: SeenConfig): boolean {
  const { apiService } = seen;
  if (apiService === undefined || whoseIs(apiService, seen) !== 'foreign' || !leadsToOurs(seen)) return false;
  return withoutBundle(apiService) !== undefined || !isSettled(apiService, seen);
}

/** Whether all pods that we want are there and ready. */
function isRolledOut({ live }: SeenConfig): boolean {
  const { metadata, spec, status } = live.deployment ?? {};
  const replicas = spec?.replicas ?? 1;
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1);
  const counts = [status?.replicas, status?.updatedReplicas, status?.readyReplicas];
  return (
    metadata !== undefined &&
    metadata.name === live.place &&
    isSeen &&
    counts.every((count) => count === replicas)
  );
}

function isServiceSwitched(seen: SeenConfig): boolean {
  const service = serviceOf(seen);
  return (
    service !== undefined &&
    whoseIs(service, seen) === 'ours' &&
    isSettled(service, seen) &&
    isRolledOut(seen)
  );
}

// As for a port: kube-proxy needs about a second to learn of an endpoint, more in a large cluster.
const reachableAfterMs = 10_000;

/** Whether our pods have been endpoints for so long that every node knows them. */
function isReachable({ live, now }: SeenConfig): boolean {
  const hasEndpoint = live.endpointSlices.some(({ endpoints }: V1EndpointSlice) =>
    (endpoints ?? []).some(({ conditions }) => conditions?.ready === true),
  );
  return hasEndpoint && live.pods.every((pod) => now.getTime() - readySinceMs(pod) >= reachableAfterMs);
}

function readySinceMs({ status }: V1Pod): number {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return new Date(ready?.lastTransitionTime ?? 0).getTime();
}

/** What is theirs and no longer needed goes: first what serves, and the rest once its pods are gone. */
export function clearing(seen: SeenConfig): Step[] {
  if (!adopts(seen) || !isSwitched(seen)) return [];
  const old = oldDeployments(seen);
  const theirs = old.length > 0 ? old : leftovers(seen);
  return theirs
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    .map((object) => ({ object, takenOver: takeoverOf(object) }))
    .filter(({ takenOver }) => !mustWait(takenOver, seen.past, seen.now))
    .map(({ object, takenOver }) => ({
      action: 'remove',
      object,
      because: 'taken over',
      takenOver,
      ...(object.kind === 'Deployment' && { adopted: adopted(object, seen) }),
    }));
}

/** Whether the metrics API has been asked at our pods for so long that nothing reaches theirs any more, and answers. */
function isSwitched(seen: SeenConfig): boolean {
  const { apiService, metrics } = seen;
  const isOurs = apiService !== undefined && whoseIs(apiService, seen) === 'ours' && leadsToOurs(seen);
  const isAnswered = metrics.is === 'answered' && wasSettled(apiService, metrics.atMs);
  return isOurs && isAnswered && isServiceSwitched(seen);
}

function leftovers(seen: SeenConfig): KubernetesObject[] {
  const budgets = seen.live.objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
  return foreignObjects(seen).filter((object) => [...seen.live.others, ...budgets].includes(object));
}

/** What an Event says once theirs goes. What a person has to do comes first: Events are short. */
function adopted(object: KubernetesObject, seen: SeenConfig): string {
  const owners = ownersOf([object]);
  const ours = title({ kind: 'Deployment', metadata: seen.live.deployment?.metadata });
  const left = leftovers(seen).map(title);
  return [
    `${title(object)} (${owners.map(({ name }) => name).join('; ')}) is taken over by ${ours} and removed.`,
    ...owners.flatMap(({ steps }) => steps),
    ...(left.length === 0 ? [] : [`Removed next: ${left.join(', ')}.`]),
  ].join(' ');
}

/** How far it is, while it is under way. */
export function adopting(seen: SeenConfig): Finding<'Applied'> | undefined {
  const theirs = foreignObjects(seen);
  const [serving = theirs[0]] = theirs.filter(({ kind }) => kind === 'Deployment');
  if (serving === undefined) return undefined;
  const what = `${title(serving)} (${ownersOf(theirs)
    .map(({ name }) => name)
    .join('; ')}) is being taken over`;
  if (!isRolledOut(seen)) {
    const message = `${what}: it stays as it is until the new pods are ready beside it.`;
    return { status: 'False', reason: 'Adopting', message };
  }
  const next = isSwitched(seen)
    ? 'the metrics API is served by the new pods, and what is left of it is removed'
    : 'the new pods are ready; Service and APIService are switched to them, and 10 s after the metrics API answers there it is removed';
  return { status: 'False', reason: 'Adopting', message: `${what}: ${next}.` };
}
