import { apiServiceName, title } from '../../resources/names.ts';
import { references, sharedReferences } from '../../resources/references.ts';
import { configName } from './config-name.ts';
import type { Found } from './found.ts';
import type { Owner } from './owners.ts';

/** What a person does to hand metrics-server over, in this order. */
export function handOver(found: Found, owners: Owner[]): string[] {
  const theirs = owners.flatMap(({ name, steps }) => steps.map((step) => `${name}: ${step}`));
  if (owners.some(({ keeps }) => keeps)) return theirs;
  return [
    'Install the operator (README, "Use it on your cluster").',
    ...theirs,
    'Apply the config. While objects of its names are there that somebody else made, it says ForeignObject, names the first, and touches nothing.',
    `Delete those objects; the operator makes its own within seconds. Until two scrapes are in (about two resolutions) there are no metrics, and autoscalers keep their replicas. A ServiceAccount and roles of other names stay: they do no harm, remove them afterwards.\n${deletions(found).join('\n')}`,
    `kubectl wait --for=condition=Ready msc/${configName} --timeout=5m`,
  ];
}

/** The APIService goes first: without a server behind it, it would hold up deletions of namespaces. */
function deletions({ deployment, service, disruptionBudget }: Found): string[] {
  const { namespace = 'kube-system' } = deployment.metadata ?? {};
  const renamed = [
    { ...deployment, kind: 'Deployment' },
    ...(service === undefined ? [] : [{ ...service, kind: 'Service' }]),
    ...(disruptionBudget === undefined ? [] : [{ ...disruptionBudget, kind: 'PodDisruptionBudget' }]),
  ].map(({ kind, metadata }) => ({ kind, metadata }));
  const ours = [sharedReferences.readerRole, ...references(configName, namespace)].map((reference) => ({
    kind: reference.kind,
    metadata: { name: reference.name, namespace: 'namespace' in reference ? reference.namespace : undefined },
  }));
  const known = new Set(ours.map(title));
  const all = [...ours, ...renamed.filter((object) => !known.has(title(object)))];
  const commands = Map.groupBy(all, ({ metadata }) => metadata?.namespace);
  return [
    `    kubectl delete --ignore-not-found apiservice/${apiServiceName}`,
    ...[...commands].map(([place, objects]) => {
      const names = objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata?.name}`).join(' ');
      return `    kubectl delete --ignore-not-found ${place === undefined ? '' : `-n ${place} `}${names}`;
    }),
  ];
}
