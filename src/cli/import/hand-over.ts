import { type Owner, unmarking } from '../../controllers/owners.ts';
import { configName } from '../../installed/config-name.ts';
import type { Found } from '../../installed/found.ts';
import { apiServiceName, names, title } from '../../resources/names.ts';
import { references, sharedReferences } from '../../resources/references.ts';

/** What a person does to hand metrics-server over, in this order. */
export function handOver(found: Found, owners: Owner[]): string[] {
  const theirs = owners.flatMap(({ name, steps }) => steps.map((step) => `${name}: ${step}`));
  if (owners.some(({ keeps }) => keeps)) return theirs;
  const isPutBack = owners.some(({ putsBack, marks }) => putsBack && marks === undefined);
  return isPutBack ? byDeletion(found, theirs) : byAdoption(found, owners, theirs);
}

/** Without a gap: what is left in place is taken over. */
function byAdoption({ deployment, service }: Found, owners: Owner[], theirs: string[]): string[] {
  const { name = '', namespace = 'kube-system' } = deployment.metadata ?? {};
  const others = [...new Set([name, service?.metadata?.name ?? name])].filter((one) => one !== configName);
  const setting = `, with ADOPT_NAMES=${others.join(',')} in its environment and the rights for that (config/rbac/adopt.yaml; with the chart adoptNames={${others.join(',')}} does both)`;
  const ours = name === configName ? names(configName).secondDeployment : names(configName).deployment;
  const isForgetting = (step: string) => step.includes('delete secret -l owner=helm');
  return [
    `Install the operator (README, "Use it on your cluster")${others.length === 0 ? '' : setting}.`,
    'Apply the config. It says ForeignObject, touches nothing, and reports how the present metrics-server does.',
    ...theirs.filter((step) => !isForgetting(step)),
    ...owners.flatMap((owner) => unmarking(owner, [{ ...deployment, kind: 'Deployment' }])),
    `kubectl patch msc ${configName} --type=merge -p '{"spec":{"adoption":"IfExists"}}'   # and adoption: IfExists in what Git holds`,
    `kubectl wait --for=condition=Ready msc/${configName} --timeout=5m   # the metrics API answers all along; Deployment ${namespace}/${name} goes once nobody asks it any more`,
    `From then on the Deployment is called ${ours}${ours === configName ? '' : ': the selector of the present one cannot be changed'}; dashboards and scripts that name it want that name.`,
    ...theirs.filter(isForgetting),
  ];
}

function byDeletion(found: Found, theirs: string[]): string[] {
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
  const { secondDeployment } = names(configName);
  const made = references(configName, namespace).filter(
    ({ kind, name }) => name !== secondDeployment && kind !== 'Secret' && kind !== 'ConfigMap',
  );
  const ours = [sharedReferences.readerRole, ...made].map((reference) => ({
    kind: reference.kind,
    metadata: { name: reference.name, namespace: 'namespace' in reference ? reference.namespace : undefined },
  }));
  const known = new Set(ours.map(title));
  const all = [...ours, ...renamed.filter((object) => !known.has(title(object)))];
  const commands = Map.groupBy(all, ({ metadata }) => metadata?.namespace);
  return [
    `    kubectl delete --ignore-not-found apiservice/${apiServiceName}`,
    ...[...commands].map(([place, objects]) => {
      const all = objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata?.name}`).join(' ');
      return `    kubectl delete --ignore-not-found ${place === undefined ? '' : `-n ${place} `}${all}`;
    }),
  ];
}
